// Looking into the air: an upright section along a line, and the wind over a place, drawn where a person clicks.

import {$, debounce, el} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {pickPoints} from './pick-point.js';
import {runWord} from './wind-field.js';
import {profilePlot, sectionPlot} from './wind-plot.js';
import {cityOf} from './wind-stage.js';

const HALF_M = 350;
const METRES_PER_DEGREE = 111_320;

export function bindSection(desk) {
  const {map, store, facts, fault} = desk;
  const root = $('wind-section');
  let ends = null;
  let spot = null;
  let asked = 0;

  function build() {
    root.replaceChildren(
      el('div', {className: 'actions'},
        el('button', {className: 'plain', id: 'section-draw', onclick: () => pickPoints(desk, 2, {sentence: t('wind.section.where'), each: sketch, done: lay})}, t('wind.section.draw')),
        el('button', {className: 'plain', id: 'section-along', onclick: () => lay(along())}, t('wind.section.along')),
        el('button', {className: 'plain', id: 'profile-draw', onclick: () => pickPoints(desk, 1, {sentence: t('wind.profile.where'), each: ([one]) => sketch(ends || [], one), done: ([one]) => stand(one)})}, t('wind.profile.draw'))),
      el('div', {id: 'section-plot'}),
      el('div', {id: 'profile-plot'}));
    if (!ends && !spot) $('section-plot').replaceChildren(el('p', {className: 'quiet'}, t('wind.section.none')));
  }
  /** A line with the wind through the middle of the map. */
  function along() {
    const {lng, lat} = map.getCenter();
    const angle = (store.get().wind.from * Math.PI) / 180;
    const high = (HALF_M * Math.cos(angle)) / METRES_PER_DEGREE;
    const wide = (HALF_M * Math.sin(angle)) / METRES_PER_DEGREE / Math.cos((lat * Math.PI) / 180);
    return [[lng + wide, lat + high], [lng - wide, lat - high]];
  }
  function sketch(line, place = spot) {
    const features = line.map((point, at) => feature({type: 'Point', coordinates: point}, 'AB'[at]));
    if (line.length === 2) features.push(feature({type: 'LineString', coordinates: line}, ''));
    if (place) features.push(feature({type: 'Point', coordinates: place}, t('wind.profile.mark')));
    store.set({sketch: {...store.get().sketch, section: features}});
  }
  function lay(line) {
    ends = line;
    sketch(line);
    load();
  }
  function stand(place) {
    spot = place;
    sketch(ends || [], place);
    load();
  }
  async function load() {
    if (store.get().wind.tab !== 'section' || !(ends || spot)) return;
    const {wind} = store.get();
    const words = `speed=${wind.speed}&from=${Math.round(wind.from) % 360}${runWord(cityOf(facts.get().run))}`;
    const mine = ++asked;
    if (ends) await fill('section-plot', `/scenarios/wind/section?from_lon=${ends[0][0]}&from_lat=${ends[0][1]}&to_lon=${ends[1][0]}&to_lat=${ends[1][1]}&${words}`, sectionNodes, mine);
    if (spot) await fill('profile-plot', `/scenarios/wind/profile?lon=${spot[0]}&lat=${spot[1]}&${words}`, profileNodes, mine);
  }
  async function fill(id, path, nodes, mine) {
    try {
      const answer = await fetchJson(path);
      if (mine === asked) $(id).replaceChildren(...nodes(answer));
    } catch (error) {
      if (mine === asked) $(id).replaceChildren(fault(error, load));
    }
  }

  store.on(['lang'], () => {
    build();
    load();
  });
  store.on(['wind'], (_, before) => {
    const {wind} = store.get();
    if (wind.tab !== before.wind.tab) load();
    else if (wind.speed !== before.wind.speed || wind.from !== before.wind.from) later();
    if (!wind.open && before.wind.open) store.set({sketch: {}});
  });
  const later = debounce(160, load);
  store.on(['theme'], () => load());
  facts.on(['run'], () => load());
  build();
}

const feature = (geometry, label) => ({type: 'Feature', geometry, properties: {label, height_m: 0}});

function sectionNodes(section) {
  const {canvas, value} = sectionPlot(section);
  const said = el('output', {className: 'small quiet'}, worst(section));
  canvas.addEventListener('pointermove', ({offsetX, offsetY}) => (said.textContent = value((offsetX * 308) / canvas.clientWidth, (offsetY * 308) / canvas.clientWidth) || worst(section)));
  canvas.addEventListener('pointerleave', () => (said.textContent = worst(section)));
  return [el('h3', {}, t('wind.section.title')), canvas, said];
}

/** The strongest gust at the height of people, in words: also for those who see no plot. */
function worst({distance_m: distance, z_m: heights, gust_ms: gusts, inside}) {
  const at = gusts[0].reduce((best, gust, column) => (!inside[0][column] && (best < 0 || gust > gusts[0][best]) ? column : best), -1);
  return at < 0 ? '' : t('wind.section.worst', {gust: gusts[0][at].toFixed(1), d: Math.round(distance[at]), z: heights[0]});
}

function profileNodes(profile) {
  const at = profile.z_m.findIndex((height, place) => !profile.inside?.[place]);
  const words = at < 0 ? '' : t('wind.profile.said', {z: profile.z_m[at], mean: profile.mean_ms[at].toFixed(1), gust: profile.gust_ms[at].toFixed(1)});
  return [el('h3', {}, t('wind.profile.title')), profilePlot(profile).canvas, el('p', {className: 'small quiet'}, words)];
}
