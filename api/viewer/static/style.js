// The MapLibre style of a state: switches, variants, opacity, legend filters, language, 2-D or 3-D, light or dark.

import {DESIGN_ELEMENTS, ELEMENTS, modelled} from './building-models.js';
import {darkTheme} from './dark-theme.js';
import {isNow, timed} from './time-address.js';
import {onTerrain} from './raster.js';

const OPACITY = {
  fill: ['fill-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  raster: ['raster-opacity'],
  symbol: ['text-opacity', 'icon-opacity'],
  'fill-extrusion': ['fill-extrusion-opacity']
};
const COLOR = {fill: 'fill-color', line: 'line-color', circle: 'circle-color', 'fill-extrusion': 'fill-extrusion-color'};
// The parts of a tower stand in the tower's place while they are shown, and take its colours where they have them.
const [WHOLES, PARTS] = ['buildings', 'building_parts'];
const LIGHT = {anchor: 'viewport', color: '#ffffff', intensity: 0.28, position: [1.3, 210, 35]};

export const roleOf = part => part.metadata?.['twin:role'] || part.type;
export const layerOf = part => part.metadata?.['twin:layer'] || part.source;

/** Only what lies under the data: enough for a map that is ready at once, before any tile has come. */
export function bare(base) {
  return {...base, sources: {}, layers: base.layers.filter(part => part.type === 'background')};
}

/** The style `base` (from the server) as the state wants it, the layers being those of the catalogue. */
export function composed(base, catalog, state, origin) {
  const parts = drawnParts(base, catalog, state).map(part => dressed(part, catalog.byId[layerOf(part)], state));
  const layers = state.theme === 'dark' ? parts.map(part => darkTheme(part, catalog.byId[layerOf(part)])) : parts;
  const sources = absolute(joined(dated(base.sources, catalog, state.time), state.members), origin);
  return onTerrain({...base, light: LIGHT, sources, layers}, catalog, state, origin);
}

/** Layers that keep their times show the one that is asked for. */
function dated(sources, catalog, time) {
  if (!time || isNow(time)) return sources;
  const shown = ([id, source]) => [id, catalog.byId[id]?.temporal ? {...source, tiles: source.tiles.map(path => timed(path, time))} : source];
  return Object.fromEntries(Object.entries(sources).map(shown));
}

/** Layers of a scenario's runs show the run that is opened: its own tiles, of a time where one is chosen. */
function joined(sources, members = {}) {
  const out = {...sources};
  for (const [id, {id: member, time}] of Object.entries(members)) {
    if (!sources[id]) continue;
    const {bounds, ...rest} = sources[id]; // those of the run that everybody sees, which may lie elsewhere
    out[id] = {...rest, tiles: [`/tiles/${member}/{z}/{x}/{y}.mvt${time ? `?datetime=${encodeURIComponent(time)}` : ''}`]};
  }
  return out;
}

/** The address of a layer's collection: that of the opened run where there is one. */
export const collectionOf = (layer, {members}) => members?.[layer]?.id ?? layer;

function absolute(sources, origin) {
  const whole = path => (path.startsWith('/') ? origin + path : path);
  return Object.fromEntries(Object.entries(sources).map(([id, source]) => [id, {...source, tiles: source.tiles.map(whole)}]));
}

/** The parts in the base style's order, each as the chosen variant of its layer draws it. */
function drawnParts(base, catalog, state) {
  const chosen = new Map();
  for (const layer of catalog.layers) {
    for (const part of layer.maplibre[variantOf(layer, state)] || []) chosen.set(part.id, part);
  }
  return base.layers.map(part => {
    const own = chosen.get(part.id);
    return own ? {...own, layout: {...own.layout, ...fonts(part)}} : part;
  });
}

function variantOf(layer, state) {
  const own = state.layers[layer.id];
  const wholes = state.layers[WHOLES];
  return layer.id === PARTS && wholes?.on && own.variants.includes(wholes.variant) ? wholes.variant : own.variant;
}

/** Parts are for 3-D, and not while buildings are coloured by something that parts do not know. */
function partsShown({layers, mode}) {
  const parts = layers[PARTS];
  const wholes = layers[WHOLES];
  return Boolean(parts?.on) && mode === '3d' && (!wholes?.on || parts.variants.includes(wholes.variant));
}

const fonts = part => (part.type === 'symbol' ? {'text-font': part.layout['text-font']} : {});

function dressed(part, layer, state) {
  if (!layer) return part;
  const own = state.layers[layer.id];
  const shown = own.on && inMode(part, layer, state.mode) && (layer.id !== PARTS || partsShown(state));
  const out = {...part, layout: {...part.layout, visibility: shown ? 'visible' : 'none'}, paint: {...part.paint}};
  if (part.type === 'symbol') out.layout['text-field'] = nameText(part, state.lang);
  for (const property of OPACITY[part.type] || []) fade(out.paint, property, own.opacity);
  if (COLOR[part.type] && roleOf(part) !== 'casing') highlight(out.paint, COLOR[part.type]);
  const filter = combined(wholeOrParts(part, state), legendFilter(layer, own), standing(part, layer, state));
  if (state.members?.[layer.id]) out['source-layer'] = state.members[layer.id].id;
  delete out.filter;
  if (filter) out.filter = filter;
  return out;
}

function inMode(part, layer, mode) {
  if (part.type === 'fill-extrusion') return mode === '3d';
  if ([ELEMENTS, DESIGN_ELEMENTS].includes(layer.id)) return mode !== '3d'; // there they stand as models
  return !(mode === '3d' && isRaised(layer) && part.type === 'symbol'); // in 3-D the skyline's names stand on the roofs
}

export const isRaised = layer => Object.values(layer.maplibre).flat().some(part => part.type === 'fill-extrusion');

function nameText(part, lang) {
  if (!JSON.stringify(part.layout['text-field'] ?? '').includes('"name"')) return part.layout['text-field'];
  const names = lang === 'zh' ? ['name', 'name_en'] : ['name_en', 'name'];
  return ['coalesce', ...names.map(name => ['get', name]), ''];
}

function fade(paint, property, opacity) {
  const before = paint[property] ?? 1;
  if (opacity === 1) return;
  if (typeof before === 'number') paint[property] = before * opacity;
  else if (!zooms(before)) paint[property] = ['*', before, opacity];
}

const zooms = expression => JSON.stringify(expression).includes('["zoom"]');

function highlight(paint, property) {
  const before = paint[property];
  if (before === undefined || zooms(before)) return;
  paint[property] = ['case', ['boolean', ['feature-state', 'hover'], false], '#f0a35e', before];
}

function wholeOrParts(part, state) {
  const unless = JSON.stringify(part.filter || '').includes('"has_parts"');
  return unless && !partsShown(state) ? null : part.filter;
}

/** A building of which a model is drawn is not drawn again as a block. */
function standing(part, layer, state) {
  const taken = part.type === 'fill-extrusion' ? modelled(layer.id, state) : [];
  return taken.length ? ['!', ['in', ['id'], ['literal', taken]]] : null;
}

const combined = (...filters) => {
  const some = filters.filter(Boolean);
  return some.length > 1 ? ['all', ...some] : some[0];
};

export const legendOf = (layer, variant) => layer.legends.find(legend => legend.id === variant) || layer.legends[0];

/** What the legend of the shown variant lets through, its `hidden` entries (by number) being left out. */
function legendFilter(layer, own) {
  const legend = legendOf(layer, own.variant);
  if (!legend?.column || !own.hidden.length) return null;
  const gone = own.hidden.map(place => legend.entries[place]).filter(Boolean).map(entry => matches(legend, entry));
  return ['!', ['any', ...gone]];
}

function matches(legend, entry) {
  if (legend.kind === 'ramp') return inStep(legend, entry);
  const value = ['to-string', ['get', legend.column]];
  if (entry.value !== null && entry.value !== undefined) return ['==', value, String(entry.value)];
  const named = legend.entries.filter(other => other.value !== null && other.value !== undefined).map(other => String(other.value));
  return ['!', ['in', value, ['literal', named]]];
}

function inStep(legend, entry) {
  const value = ['to-number', ['get', legend.column], -1];
  const first = legend.entries[0] === entry;
  const bounds = [];
  if (!first && entry.from !== null && entry.from !== undefined) bounds.push(['>=', value, entry.from]);
  if (entry.to !== null && entry.to !== undefined) bounds.push(['<', value, entry.to]);
  return ['all', ['has', legend.column], ...bounds];
}
