// One track of the time line: bars of what changed, a handle over them, and years or hours under them.

import {el} from './element.js';
import {count, moment} from './format.js';
import {lang, t} from './i18n.js';

const STEPS = 4000;
const BAR_PX = 5;
const DAY_MS = 86_400_000;
export const KIND_COLORS = {added: '#008a5e', removed: '#c9302c', changed: '#c97a00'};
const KINDS = Object.keys(KIND_COLORS);

/** From a little before the first change until now, or until the last one that is planned: {from, to} in ms. */
export function extentOf(instants) {
  const now = Date.now();
  const first = instants.length ? instants[0].us / 1000 : now - 365 * DAY_MS;
  const last = Math.max(now, instants.length ? instants.at(-1).us / 1000 : now);
  const room = Math.max((last - first) * 0.04, 3600_000);
  return {from: first - room, to: last > now ? last + room : now};
}

/** `id` names its nodes; `slide(ms)` is called as the handle moves and `key(event)` for its keys. */
export function createTrack(id, {slide, key}) {
  const bars = el('div', {className: 'bars', 'aria-hidden': 'true'});
  const past = el('div', {className: 'past', 'aria-hidden': 'true'});
  const ticks = el('div', {className: 'ticks', 'aria-hidden': 'true'});
  const range = el('input', {type: 'range', id, min: 0, max: STEPS, step: 1, oninput: () => slide(extent.from + (range.value / STEPS) * (extent.to - extent.from), Number(range.value) >= STEPS * 0.995), onkeydown: key});
  const node = el('div', {className: 'track'}, past, bars, range, ticks);
  let extent = extentOf([]);

  /** Show the bars of these instants. */
  function fill(instants) {
    extent = extentOf(instants);
    const columns = Math.max(20, Math.floor((node.clientWidth || 600) / BAR_PX));
    bars.replaceChildren(...barNodes(binned(instants, extent, columns), columns));
    ticks.replaceChildren(...tickNodes(extent));
  }
  /** Put the handle to an instant, or to now. */
  function put(iso) {
    const ms = iso ? Date.parse(iso) : Date.now();
    const share = Math.min(1, Math.max(0, (ms - extent.from) / (extent.to - extent.from)));
    range.value = Math.round(share * STEPS);
    range.setAttribute('aria-valuetext', iso ? t('time.said', {moment: moment(iso)}) : t('time.now'));
    past.style.width = `${share * 100}%`;
    node.classList.toggle('moved', Boolean(iso));
  }
  return {node, range, fill, put};
}

function binned(instants, {from, to}, columns) {
  const bins = new Map();
  for (const one of instants) {
    const place = Math.min(columns - 1, Math.floor(((one.us / 1000 - from) / (to - from)) * columns));
    const bin = bins.get(place) ?? bins.set(place, {added: 0, removed: 0, changed: 0, at: one.at}).get(place);
    for (const kind of KINDS) bin[kind] += one[kind];
  }
  return bins;
}

const sum = bin => KINDS.reduce((whole, kind) => whole + bin[kind], 0);

/** A single edit is seen beside a load of ten thousand: heights are by the logarithm. */
function barNodes(bins, columns) {
  const most = Math.log1p(Math.max(1, ...[...bins.values()].map(sum)));
  return [...bins].map(([place, bin]) => {
    const high = Math.max(18, (Math.log1p(sum(bin)) / most) * 100);
    const parts = KINDS.filter(kind => bin[kind]).map(kind => el('b', {style: {flexGrow: String(Math.log1p(bin[kind])), background: KIND_COLORS[kind]}}));
    return el('i', {style: {left: `${(place / columns) * 100}%`, width: `${90 / columns}%`, height: `${high}%`}, title: `${moment(bin.at)} · ${count(sum(bin))}`}, parts);
  });
}

// The coarsest step that gives enough ticks, in ms; months and years count as their means.
const TICKS = [3600_000, 6 * 3600_000, DAY_MS, 7 * DAY_MS, 30.44 * DAY_MS, 91.3 * DAY_MS, 365.25 * DAY_MS, 5 * 365.25 * DAY_MS, 10 * 365.25 * DAY_MS, 50 * 365.25 * DAY_MS];

function tickNodes({from, to}) {
  const step = TICKS.find(each => (to - from) / each <= 9) ?? TICKS.at(-1);
  const nodes = [];
  for (let ms = firstTick(from, step); ms < to; ms = nextTick(ms, step)) {
    const share = (ms - from) / (to - from);
    if (share > 0.03 && share < 0.94) nodes.push(el('span', {style: {left: `${share * 100}%`}}, tickText(ms, step)));
  }
  return [...nodes, el('span', {className: 'end', style: {left: `${((Math.min(Date.now(), to) - from) / (to - from)) * 100}%`}}, t('time.now'))];
}

// Days of Beijing begin at 16:00 UTC of the day before.
const BEIJING_MS = 8 * 3600_000;

function firstTick(from, step) {
  if (step < 30 * DAY_MS) return Math.ceil((from + BEIJING_MS) / step) * step - BEIJING_MS;
  const date = new Date(from + BEIJING_MS);
  return nextTick(Date.UTC(date.getUTCFullYear(), step > 300 * DAY_MS ? 0 : date.getUTCMonth(), 1) - BEIJING_MS, step, true);
}

function nextTick(ms, step) {
  if (step < 30 * DAY_MS) return ms + step;
  const date = new Date(ms + BEIJING_MS);
  const months = Math.max(1, Math.round(step / (30.44 * DAY_MS)));
  const month = Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months) * months + months;
  return Date.UTC(Math.floor(month / 12), month % 12, 1) - BEIJING_MS;
}

function tickText(ms, step) {
  const parts = step < DAY_MS ? {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'} : step < 30 * DAY_MS ? {month: 'numeric', day: 'numeric'} : step < 300 * DAY_MS ? {year: 'numeric', month: 'short'} : {year: 'numeric'};
  return new Intl.DateTimeFormat(lang() === 'zh' ? 'zh-CN' : 'en-GB', {timeZone: 'Asia/Shanghai', ...parts}).format(ms);
}
