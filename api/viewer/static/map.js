// The map: a MapLibre map that pydeck's bundle makes, drawing our tiles by a style that follows the state.

import {framed, stillness} from './element.js';
import {t} from './i18n.js';
import {problem} from './http.js';
import {putStyle} from './raster.js';
import {bare, composed} from './style.js';

export const PITCH = 58;
export const CLOSEST_3D = 15; // nearer, the eye is among the towers and sees no roof

/** Make the map; resolves with {map, overlay} when it can be drawn on. */
export function createMap(container, deckJson, view) {
  const {longitude, latitude, zoom} = deckJson.initialViewState;
  const start = view ? {longitude: view.lon, latitude: view.lat, zoom: view.zoom, bearing: view.bearing, pitch: view.pitch} : {longitude, latitude, zoom};
  return new Promise((resolve, reject) => {
    const jsonInput = {...deckJson, mapStyle: bare(deckJson.mapStyle), initialViewState: start};
    const overlay = globalThis.createDeck({container, jsonInput, tooltip: false});
    if (!overlay) return reject(new Error(t('error.webgl')));
    // The bundle hands `setProps` a version that calls itself without end; the class has the true one.
    delete overlay.setProps;
    // One drawing with one depth: what stands in front of a model hides it, and the other way round.
    overlay._interleaved = true;
    const onAdd = overlay.onAdd.bind(overlay);
    overlay.onAdd = map => {
      const node = onAdd(map);
      queueMicrotask(() => resolve({map: prepared(map, overlay), overlay}));
      return node;
    };
  });
}

// Zooming, attribution and logo have their places in our own panels.
function prepared(map, overlay) {
  for (const control of [...map._controls]) if (control !== overlay) map.removeControl(control);
  map.dragRotate.enable();
  map.keyboard.enable();
  map.getCanvas().setAttribute('aria-label', t('map.label'));
  // Names appear at once for those who want no motion; the bundle's factory takes no options of the map.
  if (stillness()) map._fadeDuration = 0;
  return map;
}

/** Keep the map's style, camera and the state the same. */
export function bindMap({map, store, catalog, base, mapOverlays}) {
  const style = () => {
    const made = mapOverlays.onto(composed(base, catalog, store.get(), location.origin));
    retile(map, made.sources);
    putStyle(map, made);
  };
  const restyle = framed(style);
  store.on(['layers', 'mode', 'lang', 'theme', 'members', 'mapOverlays', 'terrain', 'time', 'modelsNear', 'design'], restyle);
  store.on(['mode'], state => state.restored || tilt(map, state.mode));
  store.on(['restored'], state => map.jumpTo(camera(state.view)));
  map.on('move', framed(() => store.set({view: viewOf(map)})));
  map.on('moveend', () => store.set({view: viewOf(map), restored: 0}));
  bindLoad(map, store, base);
  style();
  if (store.get().mode === '3d' && !map.getPitch()) tilt(map, '3d');
  /** Rows of a layer were changed, perhaps where it had none: its tiles are asked for anew, and beyond its bounds too. */
  function renew(id) {
    if (!base.sources[id]?.bounds) return map.getSource(id) && retry(map, store, id);
    delete base.sources[id].bounds;
    style();
  }
  return {retry: id => retry(map, store, id), renew};
}

// A source whose tiles alone are others (those of another time) shows what it has until the new ones are there.
export function retile(map, sources) {
  for (const [id, {tiles}] of Object.entries(sources)) {
    const live = tiles && map.getSource(id);
    if (live?.tiles && live.tiles[0] !== tiles[0]) live.setTiles(tiles);
  }
}

function tilt(map, mode) {
  const up = {pitch: PITCH, bearing: map.getBearing() || -18, zoom: Math.min(map.getZoom(), CLOSEST_3D)};
  move(map, mode === '3d' ? up : {pitch: 0, bearing: 0});
}

/** Go there: gliding, or at once for those who want no motion. */
export function move(map, target) {
  if (stillness()) map.jumpTo(target);
  else map.easeTo({...target, duration: 700});
}

export function fly(map, target) {
  if (stillness()) map.jumpTo(target);
  else map.flyTo({...target, duration: 1400});
}

export function fit(map, bounds) {
  const [west, south, east, north] = bounds;
  map.fitBounds([[west, south], [east, north]], {padding: framePadding(), maxZoom: 17.5, animate: !stillness()});
}

// The room that open panels take from the map, in pixels: on a wide page at its sides, on a narrow one below it.
function framePadding() {
  const open = id => !document.getElementById(id).hidden;
  const panels = ['right', 'wind', 'compare', 'quality', 'sensors'].filter(open);
  if (innerWidth <= 900) {
    const tops = panels.map(id => document.getElementById(id).getBoundingClientRect().top).filter(top => top > 0);
    return {top: 110, bottom: tops.length ? innerHeight - Math.min(...tops) + 10 : 50, left: 40, right: 70};
  }
  return {top: 70, bottom: open('clock') ? 190 : 50, left: open('left') ? 320 : 40, right: panels.length ? (open('sensors') ? 410 : 370) : 70};
}

export const camera = view => ({center: [view.lon, view.lat], zoom: view.zoom, bearing: view.bearing, pitch: view.pitch});

export function viewOf(map) {
  const {lng, lat} = map.getCenter();
  return {lon: lng, lat, zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch()};
}

// Each layer has its own source, so that a slow or broken one tells of itself alone.
function bindLoad(map, store, base) {
  const ids = Object.keys(base.sources);
  const look = framed(() => {
    for (const id of ids) {
      const busy = Boolean(map.getSource(id)) && !map.isSourceLoaded(id);
      if (busy !== store.get().load[id]?.busy) store.setLoad(id, {busy});
    }
  });
  for (const event of ['sourcedataloading', 'sourcedata', 'idle', 'render']) map.on(event, look);
  map.on('error', async event => {
    const id = event.sourceId;
    if (!id) return store.set({fault: event.error?.message || String(event.error)});
    store.setLoad(id, {busy: false, error: await sentence(event.error)});
  });
}

async function sentence(error) {
  if (error?.body instanceof Blob) return problem(new Response(error.body, {status: error.status}));
  return error?.status ? t('error.status', {status: error.status}) : t('error.offline');
}

function retry(map, store, id) {
  store.setLoad(id, {error: null, busy: true});
  map.getSource(id).setTiles(map.getSource(id).tiles);
}
