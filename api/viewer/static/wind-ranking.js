// The ranked list of a run: what is in danger, the worst first, why, whose it is; a click goes there.

import {$, el} from './element.js';
import {number} from './format.js';
import {fetchJson} from './http.js';
import {named, t, titled} from './i18n.js';
import {CLOSEST_3D, fly} from './map.js';

const PAGE = 30;
const FILTERS = ['all', 'yellow', 'orange', 'red'];

export function bindRanking(desk) {
  const {map, store, facts, fault} = desk;
  const root = $('wind-ranking');
  let level = 'all';
  let next = null;
  let objects = [];
  let chosen = null;
  let asked = 0;

  async function load(address) {
    const {run} = facts.get();
    const mine = ++asked;
    if (!address) objects = [];
    if (!run) return root.replaceChildren();
    try {
      const filter = level === 'all' ? '' : `&level=${level}`;
      const page = await fetchJson(address || `/scenarios/wind/runs/${run.id}/objects?limit=${PAGE}${filter}`);
      if (mine !== asked) return;
      objects = [...objects, ...page.objects];
      next = page.links.find(link => link.rel === 'next')?.href;
      draw();
    } catch (error) {
      if (mine === asked) root.replaceChildren(filters(), fault(error, () => load(address)));
    }
  }
  function draw(focus) {
    const more = next && el('button', {className: 'plain', onclick: () => load(own(next))}, t('wind.more'));
    const list = el('ol', {className: 'ranking', 'aria-label': t('wind.ranking')}, objects.map(row));
    const note = objects.some(one => one.screening) && el('p', {className: 'note'}, t('wind.screening.note'));
    root.replaceChildren(...[filters(), note, objects.length ? list : el('p', {className: 'quiet pad'}, t('wind.ranking.none')), more].filter(Boolean));
    if (focus) root.querySelector('[aria-current] button')?.focus();
  }
  function filters() {
    const choose = one => {
      level = one;
      load();
    };
    const radios = FILTERS.map(one => el('label', {className: 'chip'}, el('input', {type: 'radio', name: 'wind-level', value: one, checked: one === level, onchange: () => choose(one)}), t(`wind.filter.${one}`)));
    return el('div', {className: 'chips', role: 'radiogroup', 'aria-label': t('wind.filter')}, radios);
  }
  function row(one) {
    const {first} = named(one);
    const kind = kindOf(one.kind);
    const people = one.people >= 1 ? t('wind.people', {n: number(Math.round(one.people))}) : '';
    const go = el('button', {className: 'plain title', onclick: () => choose(one)}, first || kind);
    return el('li', {'aria-current': one === chosen ? 'true' : null, dataset: {level: one.level, key: one.key}, style: {borderLeftColor: one.color}},
      el('div', {className: 'row'}, el('span', {className: 'rank'}, String(one.rank)), go, el('span', {className: 'level', style: {background: one.color}, dataset: {level: one.level}}, titled(one.level_title))),
      el('p', {}, titled(one.reason)),
      el('small', {}, [kind, people, one.screening ? t('wind.screening') : ''].filter(Boolean).join(' · ')),
      one.owner && el('small', {}, t('wind.owner', {name: one.owner, phone: one.phone || ''})));
  }
  async function choose(one) {
    chosen = one;
    draw(true);
    const raised = store.get().mode === '3d';
    mark(pointOf(one));
    fly(map, {center: [one.lon, one.lat], zoom: raised ? CLOSEST_3D + 0.5 : Math.max(16.5, map.getZoom())});
    const [layer, fid] = one.key.split('/');
    if (!store.get().layers[layer]) return;
    try {
      const feature = await fetchJson(`/collections/${layer}/items/${fid}`);
      if (chosen === one) mark(feature);
    } catch {
      // the point stands for a thing that is gone from the map since the run
    }
  }
  const mark = feature => store.set({sketch: {...store.get().sketch, mark: feature ? [feature] : []}});

  facts.on(['run'], ({run}, before) => {
    if (run?.id === before.run?.id) return;
    chosen = null;
    mark(null);
    load();
  });
  store.on(['lang'], () => facts.get().run && draw());
}

const pointOf = ({lon, lat}) => ({type: 'Feature', geometry: {type: 'Point', coordinates: [lon, lat]}, properties: {}});
const own = href => href.replace(/^https?:\/\/[^/]+/, ''); // behind a proxy the page knows its own address best

const KINDS = ['facade', 'sign', 'scaffold', 'tower_crane', 'tree', 'temporary', 'rooftop_plant', 'canopy', 'curtain_wall', 'street', 'sky_deck', 'metro_exit', 'square', 'ferry', 'footbridge', 'pedestrian'];
const kindOf = kind => (KINDS.includes(kind) ? t(`wind.kind.${kind}`) : kind);
