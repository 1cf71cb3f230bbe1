// Every state is in the address: view, mode, layers, opacity, variant, legend filter, selection, time, language, theme.

import {readAnnotations, writeAnnotations} from './annotation-address.js';
import {debounce} from './element.js';
import {readCells, writeCells} from './cells.js';
import {readMeasure, writeMeasure} from './measure.js';
import {readQuality, writeQuality} from './quality-address.js';
import {readBuilding, writeBuilding} from './building-models.js';
import {readSensors, writeSensors} from './sensor-address.js';
import {readSun, writeSun} from './sun.js';
import {readTime, writeTime} from './time-address.js';
import {isStep, readWind, writeWind} from './wind-address.js';

const ROUND = {lon: 5, lat: 5, zoom: 2, bearing: 1, pitch: 1};

/** The state that an address hash tells, over the defaults in `state`. */
export function readHash(hash, state) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const patch = {layers: readLayers(words.get('layers'), state.defaults), selected: readSelected(words.get('select')), wind: readWind(words), time: readTime(words), cells: readCells(words.get('cells')), building: readBuilding(words.get('building')), measure: readMeasure(words.get('measure')), sun: readSun(words.get('sun')), scheme: /^[a-z0-9][a-z0-9_.-]*$/.test(words.get('scheme') || '') ? words.get('scheme') : null, bare: words.get('bare') === '1', quality: readQuality(words), annotations: readAnnotations(words.get('notes')), sensors: readSensors(words.get('sensors'))};
  const view = readView(words.get('view'));
  if (view) patch.view = view;
  patch.grid = words.get('grid') === 'beidou';
  patch.mode = words.get('mode') === '3d' ? '3d' : '2d';
  if (['zh', 'en'].includes(words.get('lang'))) patch.lang = words.get('lang');
  if (['light', 'dark'].includes(words.get('theme'))) patch.theme = words.get('theme');
  return patch;
}

function readView(text) {
  const [lat, lon, zoom, bearing = 0, pitch = 0] = (text || '').split(',').map(Number);
  const sound = Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 24;
  return text && sound ? {lon, lat, zoom, bearing: bearing || 0, pitch: pitch || 0} : null;
}

function readSelected(text) {
  const [, layer, fid] = /^(\w+)\/(\d+)$/.exec(text || '') || [];
  return layer ? {layer, fid: Number(fid)} : null;
}

// One layer: [-|*]id[:variant][@opacity][!hidden.hidden], for example "buildings:use@0.8!0.3,-roads,*poi".
function readLayers(text, defaults) {
  const layers = {...defaults};
  for (const word of (text || '').split(',')) {
    const [, sign, id, variant, opacity, hidden] = /^([-*]?)(\w+)(?::(\w+))?(?:@([\d.]+))?(?:!([\d.]+))?$/.exec(word) || [];
    if (!layers[id]) continue;
    layers[id] = {
      on: sign === '-' ? false : sign === '*' ? true : layers[id].on,
      variant: variant && layers[id].variants.includes(variant) ? variant : layers[id].variant,
      variants: layers[id].variants,
      opacity: opacity ? Math.min(1, Number(opacity)) : layers[id].opacity,
      hidden: hidden ? hidden.split('.').map(Number) : []
    };
  }
  return layers;
}

function writeLayer(id, layer, normal) {
  let word = layer.on === normal.on ? '' : layer.on ? '*' : '-';
  const bare = word;
  word += id;
  if (layer.variant !== normal.variant) word += `:${layer.variant}`;
  if (layer.opacity !== normal.opacity) word += `@${Number(layer.opacity.toFixed(2))}`;
  if (layer.hidden.length) word += `!${layer.hidden.join('.')}`;
  return word === id && !bare ? null : word;
}

export function writeHash(state) {
  const {view, layers, defaults, mode, lang, theme, selected, wind, grid, time, cells, building, quality, measure, sun, scheme, annotations, sensors} = state;
  const parts = [`view=${['lat', 'lon', 'zoom', 'bearing', 'pitch'].map(key => Number(view[key].toFixed(ROUND[key]))).join(',')}`];
  if (mode === '3d') parts.push('mode=3d');
  if (grid) parts.push('grid=beidou');
  const words = Object.keys(layers).map(id => writeLayer(id, layers[id], defaults[id])).filter(Boolean);
  if (words.length) parts.push(`layers=${words.join(',')}`);
  if (scheme) parts.push(`scheme=${scheme}`);
  if (selected) parts.push(`select=${selected.layer}/${selected.fid}`);
  parts.push(...writeCells(cells), ...writeBuilding(building), ...writeMeasure(measure), ...writeSun(sun), ...writeTime(time), ...writeWind(wind), ...writeQuality(quality), ...writeAnnotations(annotations), ...writeSensors(sensors), `lang=${lang}`);
  if (theme === 'dark') parts.push('theme=dark');
  return `#${parts.join('&')}`;
}

/** Keep the address and the store the same. A move replaces the entry of the history; anything else adds one. */
export function bindAddress(store) {
  const write = how => {
    const hash = writeHash(store.get());
    if (hash !== location.hash) history[how](null, '', hash);
  };
  const replaceSoon = debounce(250, () => write('replaceState'));
  let restoring = false;
  write('replaceState');
  store.on(['view'], replaceSoon);
  store.on(['layers', 'mode', 'selected', 'lang', 'theme', 'grid', 'cells', 'building', 'quality', 'measure', 'scheme', 'annotations', 'sensors'], () => restoring || write('pushState'));
  store.on(['time'], ({time}, before) => restoring || (time.open !== before.time.open || !time.compare !== !before.time.compare ? write('pushState') : replaceSoon()));
  store.on(['wind'], ({wind}, before) => restoring || (isStep(wind, before.wind) ? write('pushState') : replaceSoon()));
  store.on(['sun'], ({sun}, before) => restoring || (!sun === !before.sun ? replaceSoon() : write('pushState')));
  addEventListener('popstate', () => {
    restoring = true;
    // A light page is not written into the address.
    store.set({theme: 'light', ...readHash(location.hash, store.get()), restored: performance.now()});
    restoring = false;
  });
}
