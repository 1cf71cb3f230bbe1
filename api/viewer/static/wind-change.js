// A changed city to try out: towers that do not stand yet, and buildings taken away.

import {el} from './element.js';
import {t} from './i18n.js';
import {pickPoints} from './pick-point.js';

const METRES_PER_DEGREE = 111_320; // of latitude
const USUAL = {height_m: 200, size_m: 40};

export function changeNode(desk) {
  const {map, store, facts} = desk;
  const list = el('ul', {className: 'changes'});
  const set = patch => {
    facts.set(patch);
    draw();
  };
  const towers = () => facts.get().towers || [];
  const removed = () => facts.get().removed || [];
  const change = (at, patch) => set({towers: towers().map((tower, place) => (place === at ? {...tower, ...patch} : tower))});

  function draw() {
    store.set({sketch: {...store.get().sketch, towers: towers().map(featureOf)}});
    const rows = [...towers().map(towerRow), ...removed().map(removedRow)];
    list.replaceChildren(...rows);
    list.hidden = !rows.length;
  }
  function towerRow(tower, at) {
    const input = (name, most) => el('label', {}, el('span', {}, t(`wind.tower.${name}`)), el('input', {type: 'number', min: 5, max: most, step: 5, value: tower[name], onchange: ({target}) => change(at, {[name]: Math.min(most, Math.max(5, Number(target.value) || USUAL[name]))})}), 'm');
    return el('li', {}, el('b', {}, tower.name), input('height_m', 1000), input('size_m', 200), gone(() => set({towers: towers().filter((_, place) => place !== at)})));
  }
  const removedRow = one => el('li', {}, el('span', {className: 'grow'}, t('wind.tower.removed', {name: one.name})), gone(() => set({removed: removed().filter(other => other !== one)})));
  const gone = onclick => el('button', {className: 'plain small', onclick}, t('wind.tower.drop'));

  const add = () => pickPoints(desk, 1, {sentence: t('wind.tower.where'), done: ([[lon, lat]]) => set({towers: [...towers(), {name: t('wind.tower.name', {n: towers().length + 1}), lon, lat, ...USUAL}]})});
  const take = () => pickPoints(desk, 1, {sentence: t('wind.tower.which'), done: ([spot]) => {
    const layers = map.getStyle().layers.filter(part => part.source === 'buildings' && part.type !== 'symbol').map(part => part.id);
    const [found] = map.queryRenderedFeatures(map.project(spot), {layers});
    const key = found && `buildings/${found.id}`;
    if (key && !removed().some(one => one.key === key)) set({removed: [...removed(), {key, name: found.properties.name || key}]});
  }});
  const buttons = el('div', {className: 'actions'}, el('button', {className: 'plain small', id: 'wind-add', onclick: add}, t('wind.tower.add')), el('button', {className: 'plain small', onclick: take}, t('wind.tower.remove')));
  draw();
  return el('details', {className: 'wind-change', open: Boolean(towers().length || removed().length)}, el('summary', {}, t('wind.change')), el('p', {className: 'quiet small'}, t('wind.change.said')), list, buttons);
}

function ringOf({lon, lat, size_m: size}) {
  const high = size / 2 / METRES_PER_DEGREE;
  const wide = high / Math.cos((lat * Math.PI) / 180);
  return [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([x, y]) => [lon + x * wide, lat + y * high]);
}

const outlineOf = tower => ({type: 'Polygon', coordinates: [ringOf(tower)]});
const featureOf = tower => ({type: 'Feature', geometry: outlineOf(tower), properties: {height_m: tower.height_m, label: tower.name}});

/** The change that a run is asked for, or null. */
export function changeOf({towers = [], removed = []}) {
  if (!towers.length && !removed.length) return null;
  return {remove: removed.map(one => one.key), add: towers.map(tower => ({name: tower.name, height_m: tower.height_m, outline: outlineOf(tower)}))};
}
