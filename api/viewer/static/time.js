// The time line: opened by its button or `t`, it drives every layer, card and search by the time of the world and,
// as an advanced switch, by what was known then. The strip of a storm is another one, and lies under it.

import {$, debounce, el} from './element.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {bindPastBanner} from './past-banner.js';
import {isNow, fieldOf, micros, ofField, secondOf} from './time-address.js';
import {createInstants, following, preceding} from './time-instants.js';
import {createTrack} from './time-track.js';

const EVERY_MS = 1600;
const SPEEDS = [0.5, 1, 2, 4];
const SOON_MS = 120;
const NOTHING = Object.freeze([]);

export function bindTime({store, catalog}) {
  const root = $('clock');
  const asked = createInstants();
  let [world, beliefs] = [NOTHING, NOTHING];
  let [timer, speed, knowing, turn] = [0, 1, store.get().time.known !== null, 0];

  const put = patch => store.set({time: {...store.get().time, ...patch}});
  const soon = debounce(SOON_MS, put);
  const valid = createTrack('clock-at', {slide: (ms, end) => moved({at: end ? null : secondOf(ms)}), key: event => onKey(event, 'at', world)});
  const known = createTrack('clock-known', {slide: (ms, end) => moved({known: end ? null : secondOf(ms)}), key: event => onKey(event, 'known', beliefs)});

  /** While a handle is dragged its words follow at once, and the map when it rests. */
  function moved(patch) {
    stop();
    said({...store.get().time, ...patch});
    soon(patch);
  }
  /** To the next change after, or the one before, what is shown; after the last that is past comes now. */
  function step(by, name = 'at', instants = world) {
    const shown = store.get().time[name];
    const here = shown ? micros(shown) : Date.now() * 1000;
    const found = by > 0 ? following(instants, here) : preceding(instants, here);
    const passed = by > 0 && shown && here < Date.now() * 1000 && (!found || found.us > Date.now() * 1000);
    if (passed) put({[name]: null});
    else if (found) put({[name]: found.at});
    return passed || !found;
  }
  function onKey(event, name, instants) {
    const acts = {ArrowLeft: () => step(-1, name, instants), ArrowRight: () => step(1, name, instants), Home: () => instants.length && put({[name]: instants[0].at}), End: () => put({[name]: null})};
    if (!acts[event.key] || event.shiftKey) return;
    event.preventDefault();
    stop();
    acts[event.key]();
  }
  function play() {
    if (timer) return stop();
    if (store.get().time.at === null && world.length) put({at: world[0].at});
    timer = setInterval(() => step(1) && stop(), EVERY_MS / speed);
    words();
  }
  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    words();
  }
  function setSpeed(next) {
    speed = next;
    if (timer) {
      stop();
      play();
    }
  }

  const tool = (id, sign, onclick) => el('button', {id, className: 'icon', onclick}, icon(sign));
  function build() {
    const field = el('input', {type: 'datetime-local', id: 'clock-field', step: 1, onchange: () => put({at: ofField(field.value)})});
    const choice = el('select', {id: 'clock-speed', onchange: () => setSpeed(Number(choice.value))}, SPEEDS.map(each => el('option', {value: each, selected: each === speed}, `${each}×`)));
    root.replaceChildren(
      el('div', {className: 'clock-tools', role: 'group'},
        tool('clock-back', 'back', () => stop() || step(-1)), tool('clock-play', 'play', play), tool('clock-next', 'next', () => stop() || step(1)), choice, field,
        el('button', {id: 'clock-now', className: 'chip', onclick: () => stop() || put({at: null, known: null})}),
        el('output', {id: 'clock-said'}),
        el('button', {id: 'clock-knowing', className: 'chip', onclick: () => knowWhat(!knowing)}),
        el('button', {id: 'clock-compare', className: 'chip', onclick: () => put({compare: store.get().time.compare ? null : compareOf(store.get().time, world)})}),
        tool('clock-close', 'close', () => put({open: false}))),
      valid.node,
      el('div', {id: 'clock-beliefs', hidden: !knowing}, el('span', {id: 'clock-beliefs-label'}), known.node));
    words();
  }
  function knowWhat(on) {
    knowing = on;
    $('clock-beliefs').hidden = !on;
    if (!on) put({known: null});
    words();
    load();
  }
  function words() {
    if (!root.firstChild) return;
    const names = {'clock-back': 'back', 'clock-next': 'next', 'clock-close': 'close', 'clock-speed': 'speed', 'clock-field': 'field', 'clock-at': 'valid', 'clock-known': 'known'};
    for (const [id, key] of Object.entries(names)) for (const name of ['title', 'aria-label']) $(id)?.setAttribute(name, t(`time.${key}`));
    for (const name of ['title', 'aria-label']) $('clock-play').setAttribute(name, t(timer ? 'time.pause' : 'time.play'));
    $('clock-play').replaceChildren(icon(timer ? 'pause' : 'play'));
    $('clock-now').textContent = t('time.now');
    $('clock-knowing').textContent = t('time.knowing');
    $('clock-knowing').setAttribute('aria-pressed', String(knowing));
    $('clock-compare').textContent = t('compare.open');
    $('clock-beliefs-label').textContent = t('time.known');
    root.querySelector('.clock-tools').setAttribute('aria-label', t('time.label'));
    said(store.get().time);
  }
  /** Put the handles, the field and the sentence to a time. */
  function said(time) {
    if (!root.firstChild) return;
    valid.put(time.at);
    known.put(time.known);
    $('clock-field').value = fieldOf(time.at ?? new Date().toISOString());
    $('clock-now').setAttribute('aria-pressed', String(isNow(time)));
    $('clock-compare').setAttribute('aria-pressed', String(time.compare !== null));
    $('clock-said').textContent = sentence(time, world);
  }
  async function load() {
    if (!store.get().time.open) return;
    const mine = ++turn;
    const ids = catalog.layers.filter(layer => layer.temporal && store.get().layers[layer.id].on).map(layer => layer.id);
    try {
      const found = await Promise.all([asked.of(ids, 'valid', store.get().time.known), knowing ? asked.of(ids, 'known', null) : NOTHING]);
      if (mine !== turn) return;
      [world, beliefs] = found;
      fill();
    } catch (error) {
      if (mine === turn) $('clock-said').textContent = error.message;
    }
  }
  function fill() {
    valid.fill(world);
    if (knowing) known.fill(beliefs);
    said(store.get().time);
  }
  function show({time}, before) {
    root.hidden = !time.open;
    $('clock-open').setAttribute('aria-pressed', String(time.open));
    if (time.open && !before?.time.open) {
      if (!root.firstChild) build();
      asked.forget();
      load();
      if (before) valid.range.focus();
    }
    if (!time.open) stop();
    if (before && time.known !== before.time.known) load();
    said(time);
  }

  $('clock-open').addEventListener('click', () => put({open: !store.get().time.open}));
  store.on(['time'], show);
  store.on(['layers'], ({layers}, before) => catalog.layers.some(({id}) => layers[id].on !== before.layers[id].on) && load());
  store.on(['lang'], () => root.firstChild && (words(), fill()));
  addEventListener('resize', debounce(200, () => root.hidden || fill()));
  bindPastBanner({store, put});
  show(store.get());
}

function sentence({at, known}, instants) {
  const here = at && instants.find(one => one.at === at);
  const parts = [at ? t('time.said', {moment: moment(at)}) : t('time.is-now')];
  if (here) parts.push(t('time.changes', {added: here.added, removed: here.removed, changed: here.changed}));
  if (known) parts.push(t('time.known-at', {moment: moment(known)}));
  return parts.join(' · ');
}

/** Just before the last change of what is shown: so that a comparison shows something from the beginning. */
function compareOf({at}, instants) {
  const here = at ? micros(at) + 1 : Date.now() * 1000;
  const last = preceding(instants, here);
  return secondOf((last ? last.us : here - 365 * 86_400e6) / 1000 - 1000);
}
