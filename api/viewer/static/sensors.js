// The panel of sensors 物联感知: what is in view with its newest readings, one of them with its chart, and alarms.

import {bindAlarms} from './alarms.js';
import {$, el} from './element.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {SHUT, TABS} from './sensor-address.js';
import {createFeed, NEAREST_ZOOM} from './sensor-feed.js';
import {trends as askTrends} from './sensor-history.js';
import {bindMarks} from './sensor-marks.js';
import {bindOne} from './sensor-one.js';
import {thingsOf} from './sensor-things.js';
import {bindView} from './sensor-view.js';

const [AGES_MS, TRENDS_MS] = [10_000, 60_000];
// Layers whose objects are told of here.
const OF_SENSORS = {readings: 'datastream', datastreams: 'datastream', things: 'thing'};

export function bindSensors({map, store, catalog, mapOverlays, renew}) {
  const known = {things: [], byId: new Map(), readings: new Map(), trends: new Map(), marked: [], feed: {how: 'none', problem: '', cut: false}};
  const put = patch => store.set({sensors: {...store.get().sensors, ...patch}});
  const shown = () => Boolean(catalog.byId.readings) && (store.get().sensors.open || (store.get().layers.readings.on && map.getZoom() >= NEAREST_ZOOM));
  const now = () => (store.get().time.at ? Date.parse(store.get().time.at) : Date.now());
  const alarms = bindAlarms({map, store, catalog, mapOverlays, renew, choose});
  const marks = bindMarks({map, store, mapOverlays, choose});
  const desk = {map, store, catalog, known, put, now, choose};
  const one = bindOne(desk);
  const view = bindView(desk);
  const feed = createFeed({map, store, wanted: shown, tell: told, alarmed: alarms.told});
  let [built, trendsAt] = [false, 0];

  function told({readings, ...feed}) {
    known.feed = feed;
    if (readings !== known.readings) {
      known.readings = readings;
      known.things = thingsOf(readings);
      known.byId = new Map(known.things.map(thing => [thing.id, thing]));
      tend();
    }
    draw();
  }
  /** Arrows are asked for once a minute, for what is in view. */
  async function tend() {
    if (Date.now() - trendsAt < TRENDS_MS && known.feed.how !== 'past') return;
    trendsAt = Date.now();
    const streams = [...store.get().sensors.streams, ...known.readings.keys()];
    try {
      known.trends = await askTrends([...new Set(streams)], now());
      draw();
    } catch {
      known.trends = new Map(); // readings are of use without arrows
    }
  }
  function draw() {
    if (store.get().layers.readings?.on) known.marked = marks.put({things: known.things, trends: known.trends, chosen: store.get().sensors.thing, now: now()});
    else known.marked = marks.take();
    values();
  }
  /** New readings are put into what is there already: nothing that somebody reads or types is drawn anew. */
  function values() {
    if (!store.get().sensors.open) return;
    said();
    view.values();
    one.values();
  }
  function said() {
    const {how, problem, cut} = known.feed;
    if (!$('sensors-said')) return;
    const words = [problem || t(`sensor.feed.${how}`, {n: known.readings.size}), cut ? t('sensor.feed.cut') : ''].filter(Boolean).join(' · ');
    const node = $('sensors-said');
    node.dataset.how = problem ? 'lost' : how;
    if (node.dataset.said === words) return;
    node.dataset.said = words;
    node.replaceChildren(words, problem ? el('button', {className: 'plain', onclick: () => feed.retry()}, t('load.again')) : '');
  }

  /** What is inside is made when the panel is first opened. */
  function build() {
    built = true;
    $('sensors').replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {id: 'sensors-title'}), el('button', {className: 'icon', id: 'sensors-close', onclick: close}, icon('close'))),
      el('div', {id: 'sensors-tabs', className: 'tabs', role: 'tablist'}, TABS.map(tab => el('button', {role: 'tab', id: `tab-sensors-${tab}`, 'aria-controls': `sensors-${tab}`, onclick: () => put({tab}), onkeydown: step}))),
      el('div', {className: 'scroll', id: 'sensors-scroll'}, TABS.map(tab => el('div', {id: `sensors-${tab}`, role: 'tabpanel', tabIndex: 0, 'aria-labelledby': `tab-sensors-${tab}`}))));
    $('sensors-view').append(el('p', {id: 'sensors-said', className: 'quiet small', role: 'status'}), el('div', {id: 'sensors-one'}), el('div', {id: 'sensors-list'}));
  }
  function words() {
    $('sensors-title').textContent = t('sensor.title');
    $('sensors-tabs').setAttribute('aria-label', t('sensor.title'));
    for (const name of ['title', 'aria-label']) $('sensors-close').setAttribute(name, t('sensor.close'));
    for (const tab of TABS) $(`tab-sensors-${tab}`).textContent = t(`sensor.tab.${tab}`, {n: alarms.count()});
  }
  function step(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!by) return;
    const tab = TABS[(TABS.indexOf(store.get().sensors.tab) + by + TABS.length) % TABS.length];
    put({tab});
    $(`tab-sensors-${tab}`).focus();
  }
  function show() {
    const {open, tab, thing} = store.get().sensors;
    $('sensors').hidden = !open;
    $('sensors-open').setAttribute('aria-pressed', String(open));
    if (!open) return;
    if (!built) build();
    words();
    for (const each of TABS) {
      $(`sensors-${each}`).hidden = each !== tab;
      $(`tab-sensors-${each}`).setAttribute('aria-selected', String(each === tab));
      $(`tab-sensors-${each}`).tabIndex = each === tab ? 0 : -1;
    }
    $('sensors-one').hidden = thing === null;
    $('sensors-list').hidden = thing !== null;
    one.show();
    view.show();
    alarms.show();
    values();
  }
  /** Tell of a thing, and chart one of its datastreams, the first where none is named. */
  function choose(thing, stream = null) {
    const readings = known.byId.get(thing)?.readings ?? [];
    open({tab: 'view', thing, streams: [stream ?? readings[0]?.datastream].filter(Boolean)});
  }
  // The same place of the page is the wind's and that of quality: the one that is opened last has it.
  function open(patch) {
    const {sensors, quality, wind} = store.get();
    store.set({sensors: {...sensors, ...patch, open: true}, quality: {...quality, open: false}, wind: {...wind, open: false}, selected: null});
  }
  function close() {
    put(SHUT);
    $('sensors-open').focus();
  }

  $('sensors-open').addEventListener('click', () => (store.get().sensors.open ? close() : open({})));
  store.on(['wind', 'quality'], ({wind, quality, sensors}, before) => sensors.open && ((wind.open && !before.wind.open) || (quality.open && !before.quality.open)) && put({open: false}));
  store.on(['selected'], ({selected}) => selected && !selected.card && OF_SENSORS[selected.layer] && found(selected));
  store.on(['sensors'], () => {
    show();
    feed.look();
    draw();
  });
  store.on(['layers'], ({layers}, before) => layers.readings?.on !== before.layers.readings?.on && (feed.look(), draw()));
  store.on(['lang', 'theme', 'alarms'], () => built && show());
  store.on(['lang', 'theme'], draw);
  store.on(['time'], () => (trendsAt = 0));
  setInterval(() => document.hidden || !known.readings.size || draw(), AGES_MS);

  /** What was clicked on the map from afar, or found by a search. */
  async function found({layer, fid}) {
    if (OF_SENSORS[layer] === 'thing') return choose(fid);
    const thing = known.readings.get(fid)?.thing ?? await one.thingOf(fid);
    return thing ? choose(thing, fid) : undefined;
  }

  show();
  feed.look();
  alarms.ask();
  return {feed, known};
}
