// What the pointer does on the map: a tooltip and a highlight under it, a card for what is clicked.

import {seenOn} from './building-models.js';
import {$, copy, framed, say} from './element.js';
import {place, valued} from './format.js';
import {named, t, titled} from './i18n.js';
import {layerOf, roleOf} from './style.js';

const NEAR_PX = 5;
const MUTE = ['casing', 'outline'];
const [WHOLES, PARTS] = ['buildings', 'building_parts'];

export function bindPointer({map, overlay, store, catalog, lens, pickModel}) {
  let over = null;
  let point = null;

  const hover = framed(() => {
    const shown = point && lens.mapAt(point);
    const feature = point && !map.isMoving() ? found(shown, catalog, point, true) : null;
    over = highlight(map, over, shown === map ? feature : null);
    map.getCanvas().style.cursor = feature ? 'pointer' : '';
    hint(feature, catalog, point);
  });
  map.on('mousemove', event => {
    point = event.point;
    store.set({pointer: event.lngLat});
    hover();
  });
  for (const event of ['mouseout', 'movestart']) {
    map.on(event, () => {
      point = null;
      hover();
    });
  }
  map.on('mouseout', () => store.set({pointer: null}));
  map.on('click', async event => {
    if (store.get().asking || event.defaultPrevented) return; // a panel asked for this place, or has a mark there
    store.set({selected: await meantAt(event), at: event.lngLat});
  });
  /** What a click means: {layer, fid, position} with the place that was seen, degrees and metres; null for nothing. */
  async function meantAt({point, lngLat}) {
    const shown = lens.mapAt(point);
    const feature = found(shown, catalog, point, false);
    const meant = upwards(shown, feature, store.get().selected);
    const earlier = shown === map ? {} : {at: store.get().time.compare};
    const position = seen(shown, point, feature) || [lngLat.lng, lngLat.lat, 0];
    const flat = meant ? {layer: meant.source, fid: meant.id, position, name: named(meant.properties || feature.properties).first, ...earlier} : null;
    return (await solid(shown === map, point, feature)) || flat;
  }
  const seen = (shown, point, feature) => (shown === map && feature?.layer.type === 'fill-extrusion' ? seenOn(overlay, point, feature) : null);
  /** The part of a building model there; a server that does not answer leaves what the map has. */
  async function solid(here, point, feature) {
    try {
      return here ? await pickModel(point, feature?.layer.type === 'fill-extrusion' ? feature : null) : null;
    } catch (error) {
      say(error.message);
      return null;
    }
  }
  map.on('contextmenu', async event => {
    const text = place(event.lngLat.lng, event.lngLat.lat);
    await copy(text);
    say(t('said.copied', {text}));
  });
  return {meantAt};
}

/** A part leads up to its building: the first click opens that, one more the part itself. */
export function upwards(map, feature, selected) {
  if (feature?.source !== PARTS) return feature;
  const whole = wholeOf(map, feature);
  return whole && !(selected?.layer === WHOLES && selected.fid === whole.id) ? {source: WHOLES, id: whole.id} : feature;
}

function wholeOf(map, part) {
  const place = middle(part.geometry);
  return map.getSource(WHOLES) && map.querySourceFeatures(WHOLES, {sourceLayer: WHOLES}).find(({id, geometry}) => id !== undefined && covers(geometry, place));
}

const ringsOf = ({type, coordinates}) => (type === 'MultiPolygon' ? coordinates.flat() : coordinates);

function middle(geometry) {
  const corners = ringsOf(geometry)[0].slice(1);
  return [0, 1].map(axis => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
}

/** Whether a place is inside an odd number of rings. */
function covers(geometry, [x, y]) {
  const crossed = ring => ring.slice(1).filter((two, place) => {
    const one = ring[place];
    return (one[1] > y) !== (two[1] > y) && x < one[0] + (y - one[1]) / (two[1] - one[1]) * (two[0] - one[0]);
  }).length;
  return ringsOf(geometry).reduce((sum, ring) => sum + crossed(ring), 0) % 2 === 1;
}

/** The topmost thing there; points and lines may be missed by a few pixels; `light` passes over plain areas. */
function found(map, catalog, point, light) {
  const layers = map.getStyle().layers.filter(part => asked(part) && catalog.byId[layerOf(part)]).map(part => part.id);
  const exact = map.queryRenderedFeatures(point, {layers}).filter(feature => feature.id !== undefined);
  const solid = exact.find(feature => !isPlainArea(feature, catalog));
  if (solid) return solid;
  const box = [[point.x - NEAR_PX, point.y - NEAR_PX], [point.x + NEAR_PX, point.y + NEAR_PX]];
  const near = map.queryRenderedFeatures(box, {layers}).find(feature => ['circle', 'line', 'symbol'].includes(feature.layer.type) && feature.id !== undefined);
  return near || (light ? null : exact[0]) || null;
}

function asked(part) {
  return part.source && part.layout?.visibility !== 'none' && !MUTE.includes(roleOf(part));
}

function isPlainArea(feature, catalog) {
  const raised = catalog.byId[layerOf(feature.layer)]?.columns.some(column => column.name === 'height_m');
  return feature.layer.type === 'fill' && !raised;
}

function highlight(map, before, feature) {
  const next = feature && {source: feature.source, sourceLayer: feature.sourceLayer, id: feature.id};
  if (before?.source === next?.source && before?.id === next?.id) return before;
  if (before) map.removeFeatureState(before, 'hover');
  if (next) map.setFeatureState(next, {hover: true});
  return next;
}

function hint(feature, catalog, point) {
  const node = $('hint');
  const text = feature && point ? words(feature, catalog) : '';
  node.hidden = !text;
  if (!text) return;
  node.textContent = text;
  const left = Math.min(point.x + 14, innerWidth - node.offsetWidth - 8);
  node.style.transform = `translate(${left}px, ${Math.min(point.y + 16, innerHeight - node.offsetHeight - 40)}px)`;
}

function words(feature, catalog) {
  const layer = catalog.byId[feature.source];
  const {properties} = feature;
  const facts = ['height_m', 'floors', 'use', 'lines', 'class'].map(name => [layer.columns.find(column => column.name === name), properties[name]]);
  const told = facts.filter(([column, value]) => column && value !== undefined).slice(0, 2).map(([column, value]) => fact(column, value));
  return [named(properties).first || titled(layer.title), ...told].join(' · ');
}

const fact = (column, value) => (column.name === 'floors' ? t('value.floors', {n: value}) : valued(column, value));
