// Measuring on the map: lengths and areas, which the server knows on the ellipsoid, and heights over a foot in 3-D.

import {$, el, say} from './element.js';
import {degrees, number} from './format.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {icon} from './icons.js';

export const KINDS = ['length', 'area', 'height'];
const MOST = 200;
const MOST_HEIGHT_M = 2000;
const ROUND = 7;

/** `measure` of the state as a word of the address, and back: "length:121.5,31.2;121.6,31.3"; a height has its metres last. */
export const writeMeasure = measure => (measure ? [`measure=${measure.kind}:${measure.spots.map(spot => spot.map(value => Number(value.toFixed(ROUND))).join()).join(';')}`] : []);
export function readMeasure(text) {
  const [, kind, rest] = /^(\w+):([-\d.,;]*)$/.exec(text || '') || [];
  const spots = (rest || '').split(';').filter(Boolean).map(spot => spot.split(',').map(Number)).slice(0, MOST);
  const sound = ([lon, lat, up = 0]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && Number.isFinite(up);
  return KINDS.includes(kind) && spots.every(sound) ? {kind, spots} : null;
}

export function bindMeasure({map, overlay, store}) {
  const root = $('measure');
  let told = null;
  let asked = 0;
  const put = patch => store.set({measure: {...store.get().measure, ...patch}});

  function begin(kind) {
    if (kind === 'height' && store.get().mode !== '3d') store.set({mode: '3d'});
    store.set({measure: {kind, spots: []}});
    listen();
  }
  function listen() {
    store.set({asking: false}); // another panel that asks for places gives up
    store.set({asking: 'measure'});
    map.doubleClickZoom.disable();
    map.getCanvas().style.cursor = 'crosshair';
  }
  function rest() {
    map.getCanvas().style.cursor = '';
    setTimeout(() => map.doubleClickZoom.enable());
    if (store.get().asking === 'measure') setTimeout(() => store.set({asking: false}));
  }
  function take({point, lngLat}) {
    const {asking, measure} = store.get();
    if (asking !== 'measure' || !measure) return;
    const spot = [lngLat.lng, lngLat.lat];
    if (measure.kind !== 'height') return measure.spots.length < MOST ? put({spots: [...measure.spots, spot]}) : say(t('measure.most', {n: MOST}));
    if (!measure.spots.length) return put({spots: [spot]});
    const height = heightAt(overlay, measure.spots[0], point);
    if (height === null) return say(t('measure.no-height'));
    put({spots: [measure.spots[0], [...measure.spots[0], height]]});
    rest();
  }
  /** The second click of a double click has set its place already, so the place before it is the last. */
  function last(event) {
    const {asking, measure} = store.get();
    if (asking !== 'measure' || measure?.kind === 'height') return;
    event.preventDefault();
    put({spots: measure.spots.slice(0, -1)});
    rest();
  }

  async function ask() {
    const {measure} = store.get();
    const mine = ++asked;
    told = null;
    if (measure && measure.kind !== 'height' && measure.spots.length > (measure.kind === 'area' ? 2 : 1)) {
      try {
        told = await fetchJson(`/measure?points=${measure.spots.map(([lon, lat]) => `${lon},${lat}`).join(';')}&closed=${measure.kind === 'area'}`);
      } catch (error) {
        told = {error: error.message};
      }
    }
    if (mine === asked) frame();
  }
  function frame() {
    const {measure, asking} = store.get();
    const focus = root.contains(document.activeElement) && document.activeElement.id;
    root.hidden = !measure;
    $('measure-open').setAttribute('aria-pressed', String(Boolean(measure)));
    store.set({sketch: {...store.get().sketch, measure: measure ? drawn(measure, told) : []}});
    if (!measure) return root.replaceChildren();
    const kinds = KINDS.map(kind => el('button', {id: `measure-${kind}`, 'aria-pressed': String(kind === measure.kind), onclick: () => begin(kind)}, t(`measure.${kind}`)));
    const busy = asking === 'measure';
    root.replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {}, t('measure.title')), el('button', {className: 'icon', id: 'measure-close', title: t('measure.close'), 'aria-label': t('measure.close'), onclick: close}, icon('close'))),
      el('div', {className: 'pad measure-body'},
        el('div', {className: 'pair', role: 'group', 'aria-label': t('measure.title')}, kinds),
        el('output', {id: 'measure-said', 'aria-live': 'polite'}, answer(measure, told)),
        el('p', {className: 'quiet small'}, t(busy ? hintOf(measure) : 'measure.again'))));
    if (focus) $(focus)?.focus();
  }
  function close() {
    rest();
    store.set({measure: null});
    $('measure-open').focus();
  }

  $('measure-open').addEventListener('click', () => (store.get().measure ? close() : begin('length')));
  map.on('click', take);
  map.on('dblclick', last);
  addEventListener('keydown', event => event.key === 'Enter' && store.get().asking === 'measure' && event.target === map.getCanvas() && rest());
  store.on(['asking'], ({asking}, before) => {
    if (before.asking === 'measure' && asking !== 'measure') rest();
    if (store.get().measure) frame();
  });
  store.on(['measure'], ask);
  store.on(['lang'], frame);
  ask();
}

function hintOf({kind}) {
  if (kind === 'height') return 'measure.hint.height';
  return kind === 'area' ? 'measure.hint.area' : 'measure.hint.length';
}

/** What was found, as lines. */
function answer({kind, spots}, told) {
  if (told?.error) return el('span', {className: 'error'}, told.error);
  if (kind === 'height') return spots.length === 2 ? [strong(number(spots[1][2], 'm'))] : '–';
  if (!told) return '–';
  const turn = told.azimuths_deg.length === 1 ? el('span', {}, t('measure.azimuth', {angle: degrees(told.azimuths_deg[0], '', '')})) : null;
  if (kind === 'length') return [strong(metres(told.length_m)), turn];
  return [strong(squares(told.area_m2)), el('span', {}, t('measure.around', {length: metres(told.length_m)}))];
}

const strong = text => el('strong', {}, text);
const metres = value => (value < 10000 ? `${value.toFixed(2)} m` : number(value / 1000, 'km'));
const squares = value => (value < 1e6 ? `${value.toFixed(1)} m²` : number(value / 1e6, 'km²'));

/** The line, outline or staff on the map, with what it measures at its end. */
function drawn({kind, spots}, told) {
  const feature = (geometry, label = '') => ({type: 'Feature', geometry, properties: {label}});
  const points = spots.map((coordinates, place) => feature({type: 'Point', coordinates}, place === spots.length - 1 ? labelOf(kind, spots, told) : ''));
  if (spots.length < 2) return points;
  const shape = kind === 'area' && spots.length > 2 ? {type: 'Polygon', coordinates: [[...spots, spots[0]]]} : {type: 'LineString', coordinates: kind === 'height' ? [[...spots[0], 0], spots[1]] : spots};
  return [feature(shape), ...points];
}

function labelOf(kind, spots, told) {
  if (kind === 'height') return spots.length === 2 ? number(spots[1][2], 'm') : '';
  if (!told || told.error) return '';
  return kind === 'area' ? squares(told.area_m2) : metres(told.length_m);
}

/** The height on the staff over a foot that is nearest to a pixel, metres; null where the staff is not seen from the side. */
export function heightAt(overlay, [lon, lat], {x, y}) {
  const viewport = overlay._deck?.getViewports()[0];
  if (!viewport) return null;
  const gap = height => {
    const [atX, atY] = viewport.project([lon, lat, height]);
    return (atX - x) ** 2 + (atY - y) ** 2;
  };
  // Beyond the height of the eye the staff is behind it.
  let [low, high] = [0, Math.min(MOST_HEIGHT_M, 0.95 * eyeHeight(viewport))];
  if (Math.abs(viewport.project([lon, lat, 0])[1] - viewport.project([lon, lat, 10])[1]) < 0.5) return null;
  for (let turn = 0; turn < 60; turn++) {
    const [one, two] = [low + (high - low) / 3, high - (high - low) / 3];
    if (gap(one) < gap(two)) high = two;
    else low = one;
  }
  return Math.round(low * 10) / 10;
}

const eyeHeight = ({cameraPosition, distanceScales}) => cameraPosition[2] / distanceScales.unitsPerMeter[2];
