// What deck.gl draws over the map: the outline of what was clicked, in 3-D the names and heights of the tallest, and annotations.

import {annotationLayers} from './annotation-marks.js';
import {framed} from './element.js';
import {named} from './i18n.js';
import {number} from './format.js';
import {isRaised, legendOf} from './style.js';
import {modelLayers, selecting} from './building-models.js';

// What holds others has no shape of its own that could be raised.
const HOLDERS = new Set(['site', 'building', 'storey']);
// The parts of the state that decide what is drawn.
const PARTS = ['mode', 'shape', 'sketch', 'lang', 'theme', 'layers', 'modelsNear', 'design', 'building', 'live', 'time', 'annotations', 'listed', 'draft', 'scheme', 'move'];
const MOST = 14;
const LEAST_M = 90;
const STAFF_M = 26;
const DARK = {text: [236, 239, 243], paper: [28, 33, 39, 235], staff: [236, 239, 243, 150]};

export function bindOverlay({map, overlay, store, catalog}) {
  const declared = Object.fromEntries(overlay._props.layers.map(layer => [layer.id, layer]));
  const raised = catalog.layers.filter(layer => isRaised(layer) && !['3d', 'hazards'].includes(layer.theme)); // wholes, not their parts
  const onTilesetLoad = selecting(overlay, map);
  let drawn = [];
  const draw = framed(() => {
    const state = store.get();
    const towers = state.mode === '3d' ? tallest(map, overlay, raised, state) : [];
    // Which annotations share a mark depends on how near they are to each other on the screen.
    const seen = state.annotations?.open ? String(overlay._deck?.getViewports()[0]?.pixelProjectionMatrix) : '';
    const wanted = [...PARTS.map(part => state[part]), JSON.stringify(towers), seen];
    // Layers given anew are drawn anew, after which the map is idle again: what is there already is not given again.
    if (wanted.every((part, place) => part === drawn[place]) && drawn.length) return;
    drawn = wanted;
    overlay.setProps({layers: [...modelLayers(declared['building-models'], state, onTilesetLoad), sketch(declared, state), selection(declared, state), ...skyline(declared, towers, state), ...annotationLayers(declared, state, overlay)]});
  });
  store.on(PARTS, draw);
  map.on('idle', draw);
  map.on('moveend', draw);
}

function selection(declared, state) {
  const {mode, move} = state;
  // Of a model that is being moved nothing stands where it was chosen.
  const shape = move && state.shape?.properties?.dataset === move.model ? null : state.shape;
  const raised = mode === '3d' && shape?.properties?.height_m > 0 && !HOLDERS.has(shape.properties.kind);
  return declared.selection.clone({data: shape ? [mode === '3d' ? lifted(shape) : shape] : [], extruded: raised});
}

/** A part that does not stand on the ground, from its own base up. */
function lifted(shape) {
  const {height_m: top, min_height_m: low} = shape.properties;
  if (!low) return shape;
  const raise = at => (typeof at[0] === 'number' ? [at[0], at[1], low] : at.map(raise));
  return {...shape, geometry: {...shape.geometry, coordinates: raise(shape.geometry.coordinates)}, properties: {...shape.properties, height_m: Math.max(top - low, 0.1)}};
}

/** What panels draw by hand: towers that do not stand, lines, places, the thing that a list points at. */
function sketch(declared, {sketch: drawn = {}, mode}) {
  const data = Object.values(drawn).flat();
  return declared.sketch.clone({data, extruded: mode === '3d', textCharacterSet: letters(data.map(({properties}) => ({text: properties.label || ''})))});
}

function skyline(declared, towers, {theme}) {
  const colors = theme === 'dark' ? {getColor: DARK.text, getBackgroundColor: DARK.paper} : {};
  const staff = theme === 'dark' ? {getColor: DARK.staff} : {};
  return [
    declared['skyline-staff'].clone({data: towers, ...staff}),
    declared['skyline-name'].clone({data: towers, characterSet: letters(towers), ...colors})
  ];
}

const letters = towers => [...new Set(['0', ...towers.flatMap(({text}) => [...text])])];

/** The tallest named buildings whose names do not cover each other on the screen. */
function tallest(map, overlay, raised, state) {
  const viewport = overlay._deck?.getViewports()[0];
  if (!viewport) return [];
  const found = raised.flatMap(layer => towersOf(map, layer, state)).sort((one, other) => other.height - one.height);
  const taken = panelBoxes();
  const most = taken.length + MOST;
  return found.filter(tower => {
    if (taken.length >= most) return false;
    const box = labelBox(viewport, tower);
    if (!box || taken.some(other => overlaps(box, other))) return false;
    return taken.push(box);
  });
}

function towersOf(map, layer, state) {
  const own = state.layers[layer.id];
  if (!own.on || !map.getSource(layer.id)) return [];
  const found = new Map();
  const filter = ['>=', ['to-number', ['get', 'height_m'], 0], LEAST_M];
  for (const feature of map.querySourceFeatures(layer.id, {sourceLayer: layer.id, filter})) {
    if (named(feature.properties).first && !filteredOut(layer, own, feature.properties)) gather(found, feature);
  }
  return [...found.values()].map(tower);
}

function filteredOut(layer, own, properties) {
  const legend = legendOf(layer, own.variant);
  const value = properties[legend?.column];
  return own.hidden.map(place => legend?.entries[place]).filter(Boolean).some(entry =>
    legend.kind === 'ramp' ? value >= entry.from && value < (entry.to ?? Infinity) : value === entry.value);
}

// A building that a tile's edge cuts comes once from each tile: its box is that of all its pieces.
function gather(found, feature) {
  const box = found.get(feature.id)?.box || [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of feature.geometry.coordinates.flat(feature.geometry.type === 'MultiPolygon' ? 2 : 1)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  found.set(feature.id, {box, properties: feature.properties});
}

function tower({box, properties}) {
  const [lon, lat, height] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, properties.height_m];
  const text = `${named(properties).first}  ${number(height, 'm')}`;
  return {text, height, roof: [lon, lat, height], tip: [lon, lat, height + STAFF_M]};
}

function labelBox(viewport, {tip, text}) {
  const [x, y] = viewport.project(tip);
  const wide = [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 12 : 6.6), 16);
  return x > 0 && y > 0 && x < viewport.width && y < viewport.height ? {left: x - wide / 2, right: x + wide / 2, top: y - 22, bottom: y + 2} : null;
}

/** Where panels lie, no name can be read. */
const panelBoxes = () => [...document.querySelectorAll('.panel:not([hidden])')].map(panel => panel.getBoundingClientRect());

const overlaps = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
