// The sun over the map: the shadows of an instant on the ground, the light on the walls, and a day to play.

import {$, debounce, el, stillness} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {fieldOf, ofField, secondOf, timed} from './time-address.js';

const ID = 'shadows';
const LEAST_ZOOM = 14;
// Degrees from the middle of the view, and the lattice that the asked box lies on, so that a small move asks for nothing.
const FAR = 0.02;
const BLOCK = 0.002;
const DAY_MIN = 1440;
const STEP_MIN = 10;
const MINUTE_MS = 60_000;

/** `sun` of the state as a word of the address, and back: an instant. */
export const writeSun = sun => (sun ? [`sun=${sun.at}`] : []);
export const readSun = text => (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(text || '') && !Number.isNaN(Date.parse(text)) ? {at: secondOf(Date.parse(text))} : null);

export function bindSun({map, store, mapOverlays}) {
  const root = $('sun');
  let asked = 0;
  let told = null;
  let shownAs = '';
  let playing = false;
  const put = at => store.set({sun: {at: secondOf(at)}});

  async function ask() {
    const {sun, time, scheme} = store.get();
    if (!sun) return hide();
    if (map.getZoom() < LEAST_ZOOM) return say(null, t('sun.closer'));
    const path = timed(`/bim/review/shadows?bbox=${boxOf(map).join()}&time=${sun.at}${scheme ? `&scheme=${encodeURIComponent(scheme)}` : ''}`, time);
    if (path === shownAs) return;
    const mine = ++asked;
    try {
      const shadows = await fetchJson(path);
      if (mine !== asked) return;
      shownAs = path;
      lay(shadows);
      say(shadows.properties);
    } catch (error) {
      if (mine === asked) say(null, error.message);
    }
  }
  function lay(data) {
    const {azimuth_deg: azimuth, elevation_deg: elevation, night} = data.properties;
    const light = {anchor: 'map', color: night ? '#8fa3c8' : '#ffffff', intensity: night ? 0.15 : 0.45, position: [1.5, azimuth, night ? 60 : Math.max(0, 90 - elevation)]};
    mapOverlays.lay(ID, {type: 'geojson', data, tolerance: 0}, layers => under(layers, part(store.get().theme)), light);
  }
  function hide() {
    asked++;
    told = null;
    shownAs = '';
    playing = false;
    mapOverlays.take(ID);
    frame();
  }
  function say(properties, problem = '') {
    told = {properties, problem};
    if (problem) {
      shownAs = '';
      playing = false;
      mapOverlays.take(ID);
    }
    answer();
    if (playing) later();
  }

  function frame() {
    const {sun} = store.get();
    root.hidden = !sun;
    $('sun-open').setAttribute('aria-pressed', String(Boolean(sun)));
    if (!sun) return root.replaceChildren();
    if (!$('sun-day')) {
      root.replaceChildren(
        el('header', {className: 'panel-head'}, el('h1', {}, t('sun.title')), el('button', {className: 'icon', id: 'sun-close', title: t('sun.close'), 'aria-label': t('sun.close'), onclick: close}, icon('close'))),
        el('div', {className: 'pad sun-body'},
          el('label', {className: 'field'}, el('span', {}, t('sun.day')), el('input', {type: 'date', id: 'sun-day', min: '1950-01-01', max: '2049-12-31', onchange: event => event.target.value && put(Date.parse(ofField(`${event.target.value}T${fieldOf(store.get().sun.at).slice(11, 16)}`)))})),
          el('div', {className: 'sun-hour'},
            el('button', {className: 'icon', id: 'sun-play', onclick: play}),
            el('input', {type: 'range', id: 'sun-minute', min: 0, max: DAY_MIN - 1, step: 1, 'aria-label': t('sun.hour'), oninput: event => put(midnight() + Number(event.target.value) * MINUTE_MS)}),
            el('output', {id: 'sun-clock'})),
          el('output', {id: 'sun-said', 'aria-live': 'polite'}),
          el('p', {className: 'quiet small'}, t('sun.rests-on'))));
    }
    const field = fieldOf(sun.at);
    $('sun-day').value = field.slice(0, 10);
    const minute = Number(field.slice(11, 13)) * 60 + Number(field.slice(14, 16));
    $('sun-minute').value = minute;
    $('sun-minute').setAttribute('aria-valuetext', field.slice(11, 16));
    $('sun-clock').textContent = field.slice(11, 16);
    const label = t(playing ? 'sun.pause' : 'sun.play');
    $('sun-play').replaceChildren(icon(playing ? 'pause' : 'play'));
    $('sun-play').setAttribute('aria-label', label);
    $('sun-play').title = label;
    answer();
  }
  function answer() {
    if (!$('sun-said')) return;
    const {properties, problem} = told || {};
    if (!properties) return $('sun-said').replaceChildren(problem ? el('span', {className: 'error'}, problem) : t('load.busy'));
    const {azimuth_deg: azimuth, elevation_deg: elevation, night, without_height: unknown} = properties;
    $('sun-said').replaceChildren(
      el('strong', {}, night ? t('sun.night') : t('sun.stands', {azimuth: azimuth.toFixed(1), elevation: elevation.toFixed(1)})),
      ...(unknown ? [el('span', {className: 'quiet'}, t('sun.unknown', {n: unknown}))] : []));
  }

  // ---- a day played: the next step when the one before is drawn
  function play() {
    playing = !playing;
    frame();
    if (playing) step();
  }
  const later = () => setTimeout(() => playing && step(), stillness() ? 400 : 80);
  function step() {
    const {sun} = store.get();
    if (!sun) return;
    const next = ((Date.parse(sun.at) - midnight()) / MINUTE_MS + STEP_MIN) % DAY_MIN;
    put(midnight() + next * MINUTE_MS);
  }
  const midnight = () => Date.parse(ofField(`${fieldOf(store.get().sun.at).slice(0, 10)}T00:00`));
  function close() {
    store.set({sun: null});
    $('sun-open').focus();
  }

  const soon = debounce(60, ask);
  const afresh = () => {
    shownAs = '';
    root.replaceChildren();
    frame();
    ask();
  };
  $('sun-open').addEventListener('click', () => (store.get().sun ? close() : put(Date.now())));
  store.on(['sun'], () => {
    frame();
    soon();
  });
  store.on(['lang', 'theme', 'time', 'scheme'], () => store.get().sun && afresh());
  map.on('moveend', soon);
  frame();
  ask();
}

/** Over the land and its streets, under whatever stands on it. */
function under(layers, shadow) {
  const at = layers.findIndex(({source, type}) => ['buildings', 'building_parts', 'building_elements'].includes(source) || type === 'symbol');
  const place = at < 0 ? layers.length : at;
  return [...layers.slice(0, place), shadow, ...layers.slice(place)];
}

const part = theme => ({id: ID, type: 'fill', source: ID, paint: {'fill-color': theme === 'dark' ? '#000000' : '#1b2733', 'fill-opacity': theme === 'dark' ? 0.45 : 0.3, 'fill-antialias': false}});

function boxOf(map) {
  const {lng, lat} = map.getCenter();
  const bounds = map.getBounds();
  const down = value => Math.floor(value / BLOCK) * BLOCK;
  const up = value => Math.ceil(value / BLOCK) * BLOCK;
  const edges = [down(Math.max(bounds.getWest(), lng - FAR)), down(Math.max(bounds.getSouth(), lat - FAR)), up(Math.min(bounds.getEast(), lng + FAR)), up(Math.min(bounds.getNorth(), lat + FAR))];
  return edges.map(edge => Number(edge.toFixed(4)));
}
