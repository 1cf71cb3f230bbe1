// One sensor: what each of its datastreams reads, with age, quality and trend, and the chart of those that are chosen.

import {$, el, say} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {fly} from './map.js';
import {ageText, isStale, qualityText, resultText, trendText, unitText} from './reading-text.js';
import {MOST_COMPARED, RANGES} from './sensor-address.js';
import {categoryOf, categoryTitle} from './sensor-categories.js';
import {chartNode, LINE_COLORS} from './sensor-chart.js';
import {edgesOf, history, tableText} from './sensor-history.js';
import {bindReplay} from './sensor-replay.js';
import {timed} from './time-address.js';

const REFRESH_MS = 60_000;

export function bindOne({map, store, known, put, now}) {
  const facts = {key: '', ready: '', series: [], edges: null, problem: '', at: 0};
  const replay = bindReplay({store, known});
  let [turn, frameKey] = [0, ''];

  const open = () => store.get().sensors.open && store.get().sensors.thing !== null;
  const readingOf = stream => known.readings.get(stream);
  const unitOf = stream => readingOf(stream)?.unit ?? facts.series.find(({datastream}) => datastream === stream)?.unit ?? null;

  /** The end of a chart: now, the instant of the map, or of the hour that is replayed. */
  const endOf = () => replay.span()?.to ?? now();

  async function ask(anew = false) {
    const {streams, range} = store.get().sensors;
    const end = endOf();
    const key = `${streams.join()} ${range} ${store.get().time.at && !replay.span() ? end : replay.span()?.to ?? 'now'}`;
    if (!open() || (!anew && key === facts.key && Date.now() - facts.at < REFRESH_MS)) return;
    const mine = ++turn;
    if (key !== facts.key) Object.assign(facts, {series: [], problem: ''});
    Object.assign(facts, {key, at: Date.now(), edges: edgesOf(range, end)});
    try {
      const series = streams.length ? await history(streams, range, facts.edges) : [];
      if (mine !== turn) return;
      Object.assign(facts, {series, problem: ''});
    } catch (error) {
      if (mine !== turn) return;
      Object.assign(facts, {series: [], problem: error.message});
    }
    facts.ready = key;
    chart();
  }

  function show() {
    if (!open()) return;
    frame();
    ask();
    chart();
  }
  /** All but the chart and the values: drawn anew only when it is about something else. */
  function frame() {
    const {thing, streams, range} = store.get().sensors;
    const one = known.byId.get(thing);
    const key = JSON.stringify([thing, streams, range, store.get().lang, one?.name, one?.readings.map(({datastream}) => datastream), others(streams).map(({datastream}) => datastream)]);
    if (key === frameKey && $('sensor-head')) return;
    frameKey = key;
    const focus = $('sensors-one').contains(document.activeElement) && document.activeElement.id;
    const readings = one?.readings ?? [];
    const extra = streams.filter(stream => !readings.some(({datastream}) => datastream === stream));
    $('sensors-one').replaceChildren(
      el('div', {className: 'row', id: 'sensor-head'},
        el('button', {className: 'icon', id: 'sensor-back', title: t('sensor.back'), 'aria-label': t('sensor.back'), onclick: () => put({thing: null, streams: []})}, icon('left')),
        el('div', {className: 'names'}, el('p', {className: 'kind'}, one ? categoryTitle(categoryOf(one.category)) : ''), el('h2', {}, one?.name || t('sensor.unnamed', {n: thing})))),
      el('ul', {className: 'sensor-streams', 'aria-label': t('sensor.streams')}, [...readings, ...extra.map(stream => readingOf(stream) ?? {datastream: stream})].map(reading => streamNode(reading, streams, thing))),
      compareNode(streams),
      el('div', {className: 'pair', role: 'group', 'aria-label': t('sensor.range')}, Object.keys(RANGES).map(each => el('button', {id: `sensor-range-${each}`, 'aria-pressed': String(each === range), onclick: () => put({range: each})}, t(`sensor.range.${each}`)))),
      el('div', {id: 'sensor-chart'}),
      el('div', {className: 'actions'},
        el('button', {className: 'plain', id: 'sensor-replay', onclick: replay.toggle}),
        el('button', {className: 'plain', id: 'sensor-csv', onclick: download}, icon('download'), 'CSV'),
        one && el('button', {className: 'plain', id: 'sensor-goto', onclick: () => fly(map, {center: [one.lon, one.lat], zoom: Math.max(17, map.getZoom())})}, icon('target'), t('catalog.goto')),
        el('button', {className: 'plain', id: 'sensor-card', onclick: () => store.set({selected: {layer: 'things', fid: thing, card: true}})}, icon('help'), t('sensor.card'))));
    if (focus) $(focus)?.focus();
  }
  /** A datastream with its value; pressed while it is in the chart. */
  function streamNode(reading, streams, thing) {
    const {datastream: stream} = reading;
    const place = streams.indexOf(stream);
    const foreign = reading.thing !== undefined && reading.thing !== thing ? `${reading.thing_name || ''} ` : '';
    return el('li', {}, el('button', {className: 'sensor-stream', id: `sensor-stream-${stream}`, dataset: {datastream: stream}, 'aria-pressed': String(place >= 0), onclick: () => toggle(stream)},
      el('i', {className: 'swatch', style: {background: place >= 0 ? LINE_COLORS[place] : 'transparent'}}),
      el('span', {className: 'sensor-name'}, `${foreign}${reading.name || t('sensor.unnamed-stream', {n: stream})}`),
      el('b', {className: 'sensor-result'}), el('span', {className: 'sensor-trend'}), el('small', {className: 'sensor-age'})));
  }
  /** What has another unit is shown instead of what is there, for one axis has one unit. */
  function toggle(stream) {
    const {streams} = store.get().sensors;
    if (streams.includes(stream)) return streams.length > 1 && put({streams: streams.filter(each => each !== stream)});
    if (streams.length && unitOf(stream) !== unitOf(streams[0])) {
      say(t('sensor.other-unit', {unit: unitText(unitOf(stream)) || t('sensor.no-unit')}));
      return put({streams: [stream]});
    }
    return streams.length < MOST_COMPARED ? put({streams: [...streams, stream]}) : say(t('sensor.most', {n: MOST_COMPARED}));
  }
  /** Readings of other things in view that go on the same axis. */
  function others(streams) {
    const [first] = streams;
    const property = readingOf(first)?.property_name;
    const {thing} = store.get().sensors;
    if (first === undefined || !readingOf(first)) return [];
    return [...known.readings.values()].filter(each => each.thing !== thing && !streams.includes(each.datastream) && each.unit === unitOf(first) && each.property_name === property).slice(0, 50);
  }
  function compareNode(streams) {
    const offered = others(streams);
    if (!offered.length || streams.length >= MOST_COMPARED) return null;
    const choice = el('select', {id: 'sensor-compare', onchange: () => choice.value && toggle(Number(choice.value))}, el('option', {value: ''}, t('sensor.compare.choose')), offered.map(({datastream, thing_name, name}) => el('option', {value: datastream}, `${thing_name || ''} ${name}`)));
    return el('label', {className: 'field'}, el('span', {}, t('sensor.compare')), choice);
  }

  /** The values of now in the rows, and the newest of all at the end of the chart. */
  function values() {
    if (!open()) return;
    frame();
    replay.words();
    for (const node of $('sensors-one').querySelectorAll('.sensor-stream')) fill(node, readingOf(Number(node.dataset.datastream)));
    ask();
    chart();
  }
  function fill(node, reading) {
    const [result, trend, age] = ['.sensor-result', '.sensor-trend', '.sensor-age'].map(name => node.querySelector(name));
    if (!reading) return (age.textContent = t('sensor.not-in-view'));
    const tends = known.trends.get(reading.datastream);
    putText(result, resultText(reading));
    putText(trend, tends ? tends.sign : '');
    trend.title = tends ? trendText(tends, reading.unit) : '';
    for (const [name, value] of [['role', tends && 'img'], ['aria-label', tends && trendText(tends, reading.unit)]]) {
      if (value) trend.setAttribute(name, value);
      else trend.removeAttribute(name);
    }
    const quality = qualityText(reading.quality);
    putText(age, [ageText(reading.time, now()), quality && t('sensor.quality', {quality})].filter(Boolean).join(' · '));
    node.classList.toggle('stale', isStale(reading.time, now()));
  }

  let [drawn, about] = ['', ''];
  function chart() {
    const root = $('sensor-chart');
    if (!root || !open()) return;
    const {streams, range} = store.get().sensors;
    const mark = store.get().time.at && replay.span() ? Date.parse(store.get().time.at) : null;
    const newest = store.get().time.at ? [] : streams.map(stream => readingOf(stream)?.time);
    const key = JSON.stringify([facts.ready, facts.at, facts.problem, mark, newest]);
    const subject = `${facts.key} ${store.get().lang} ${facts.ready === facts.key} ${mark}`;
    // While somebody reads it, it stays as it is: new values come when they leave.
    const read = root.querySelector('.sensor-chart:focus, .sensor-chart:hover');
    if (root.firstChild && (key === drawn || read) && subject === about) return;
    [drawn, about] = [key, subject];
    root.replaceChildren(...chartNodes(streams, range, mark));
  }
  function chartNodes(streams, range, mark) {
    if (!streams.length) return [el('p', {className: 'quiet'}, t('sensor.chart.choose'))];
    if (facts.problem) return [el('p', {className: 'error', role: 'alert'}, facts.problem, ' ', el('button', {className: 'plain', onclick: () => ask(true)}, t('load.again')))];
    if (facts.ready !== facts.key) return [el('p', {className: 'quiet sensor-nothing'}, t('load.busy'))];
    const end = endOf();
    const edges = store.get().time.at ? facts.edges : edgesOf(range, end);
    const series = facts.series.map(one => ({...one, label: labelOf(one, facts.series), points: withNewest(one)}));
    return [chartNode({series, ...edges, mark, unit: unitOf(streams[0])})];
  }
  /** What came after the history was asked for. */
  function withNewest({datastream, points}) {
    const newest = store.get().time.at ? null : readingOf(datastream);
    const at = newest && Date.parse(newest.time);
    if (!newest || typeof newest.result !== 'number' || (points.length && at <= points.at(-1).at)) return points;
    return [...points, {at, mean: newest.result, min: newest.result, max: newest.result, count: 1}];
  }
  function download() {
    const url = URL.createObjectURL(new Blob(['\uFEFF', tableText(facts.series)], {type: 'text/csv'}));
    el('a', {href: url, download: `readings-${store.get().sensors.streams.join('-')}.csv`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
  /** The thing of a datastream that is not in view. */
  async function thingOf(stream) {
    try {
      const {properties} = await fetchJson(timed(`/collections/datastreams/items/${stream}?f=json`, store.get().time));
      return properties.thing;
    } catch (error) {
      say(error.message);
      return null;
    }
  }
  return {show, values, thingOf};
}

/** What tells series apart: the name of the thing where there are several, and that of the datastream. */
function labelOf({thing_name, name}, series) {
  const several = new Set(series.map(one => one.thing)).size > 1;
  return several ? `${thing_name || ''} ${name}`.trim() : name;
}

const putText = (node, text) => node.textContent !== text && (node.textContent = text);
