// Alarms: a list of what is raised, rings on the map, and for those who may the word that one knows of it.

import {layAlarms} from './alarm-marks.js';
import {$, debounce, el, say} from './element.js';
import {moment} from './format.js';
import {fetchJson, sendJson} from './http.js';
import {lang, t} from './i18n.js';
import {fly} from './map.js';
import {ageText, amount} from './reading-text.js';
import {timed} from './time-address.js';

const LAYER = 'alarms';
const [MOST, EVERY_MS, SOON_MS] = [200, 30_000, 300];
const WRITERS = ['administrator', 'steward'];
const ORDER = ['raised', 'acknowledged', 'cleared'];
export const LEVEL_COLORS = {1: '#1e6fff', 2: '#f2c300', 3: '#ff7a00', 4: '#e02020'};

export function bindAlarms({map, store, catalog, mapOverlays, renew, choose}) {
  const facts = {alarms: [], problem: '', known: false, more: false, busy: null};
  const present = Boolean(catalog.byId[LAYER]);
  const may = () => WRITERS.some(role => store.get().principal?.roles?.includes(role)) && store.get().time.at === null;
  let turn = 0;

  async function ask() {
    if (!present) return;
    const mine = ++turn;
    try {
      const {features} = await fetchJson(timed(`/collections/${LAYER}/items?limit=${MOST}&f=json`, store.get().time));
      if (mine !== turn) return;
      Object.assign(facts, {alarms: features.map(alarmOf).sort(byWeight), problem: '', known: true, more: features.length >= MOST});
    } catch (error) {
      if (mine !== turn) return;
      facts.problem = error.message;
    }
    layAlarms({store, mapOverlays}, facts.alarms);
    store.set({alarms: raised().length});
    show();
  }
  const raised = () => facts.alarms.filter(({state}) => state === 'raised');
  const soon = debounce(SOON_MS, () => {
    renew(LAYER);
    ask();
  });

  async function acknowledge(alarm) {
    facts.busy = alarm.id;
    show();
    try {
      await sendJson(`/sensing/alarms/${alarm.id}/acknowledge`, {});
      say(t('alarm.acknowledged'));
    } catch (error) {
      say(error.message);
    }
    facts.busy = null;
    renew(LAYER);
    await ask();
  }
  function go(alarm) {
    if (alarm.lon !== undefined) fly(map, {center: [alarm.lon, alarm.lat], zoom: Math.max(16, map.getZoom())});
    choose(alarm.thing, alarm.datastream);
  }

  function show() {
    const {open, tab} = store.get().sensors;
    if (!open || tab !== 'alarms' || !$('sensors-alarms')) return;
    const focus = document.activeElement?.dataset?.focus;
    $('sensors-alarms').replaceChildren(...nodes());
    if (focus) ($('sensors-alarms').querySelector(`[data-focus="${CSS.escape(focus)}"]`) ?? $('sensors-alarms')).focus();
  }
  function nodes() {
    if (facts.problem) return [el('p', {className: 'error', role: 'alert'}, facts.problem, ' ', el('button', {className: 'plain', onclick: ask}, t('load.again')))];
    if (!facts.alarms.length) return [el('p', {className: 'quiet', role: 'status'}, t(present && !facts.known ? 'load.busy' : 'alarm.none'))];
    const counted = el('p', {className: 'quiet small', role: 'status'}, t('alarm.count', {raised: raised().length, n: facts.alarms.length}), facts.more ? ` · ${t('alarm.more', {n: MOST})}` : '');
    return [counted, el('ol', {className: 'alarm-list'}, facts.alarms.map(entry))];
  }
  function entry(alarm) {
    const {id, name, kind, state, level, since} = alarm;
    const sign = el('i', {className: 'alarm-level', style: {background: LEVEL_COLORS[level] ?? LEVEL_COLORS[1]}});
    const head = el('button', {className: 'alarm-head', dataset: {focus: `alarm-${id}`}, onclick: () => go(alarm)}, sign, el('span', {}, el('b', {}, messageOf(alarm) || name), el('small', {}, [t(`alarm.level.${level}`), t(`alarm.kind.${kind}`), t(`alarm.state.${state}`)].join(' · '))));
    const told = [limits(alarm), since && `${moment(since)} · ${ageText(since)}`].filter(Boolean).join(' · ');
    const act = state === 'raised' && may() ? el('button', {className: 'main small', dataset: {focus: `acknowledge-${id}`}, disabled: facts.busy === id, onclick: () => acknowledge(alarm)}, t('alarm.acknowledge')) : null;
    return el('li', {dataset: {alarm: id, state}}, head, el('p', {className: 'quiet small'}, told), act);
  }

  store.on(['time'], ({time}, before) => (time.at !== before.time.at || time.known !== before.time.known) && soon());
  store.on(['theme'], () => layAlarms({store, mapOverlays}, facts.alarms));
  setInterval(() => document.hidden || !store.get().sensors.open || ask(), EVERY_MS);
  return {ask, show, told: soon, count: () => (facts.alarms.length ? raised().length : 0)};
}

function alarmOf({id, geometry, properties}) {
  const [lon, lat] = geometry?.coordinates ?? [];
  return {...properties, id, lon, lat};
}

const byWeight = (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || other.level - one.level || Date.parse(other.since) - Date.parse(one.since);
const messageOf = ({message_zh: zh, message_en: en}) => (lang() === 'zh' ? zh || en : en || zh);

/** What was read, and what it was held against. */
function limits({value, limit_value: limit, unit}) {
  if (typeof value !== 'number') return '';
  const read = amount(value, unit);
  return typeof limit === 'number' ? t('alarm.limit', {value: read, limit: amount(limit, unit)}) : read;
}
