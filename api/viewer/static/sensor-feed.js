// Readings in view, as they come: by the stream of changes, and by asking every few seconds where it fails. Of a time
// that is past, what had been read by then.

import {debounce} from './element.js';
import {fetchAnswer, fetchJson} from './http.js';
import {isNow, timed} from './time-address.js';

export const NEAREST_ZOOM = 13; // from which on single sensors are told apart
const ROOM = 0.25; // beyond the edges of the view, so that a small move asks for nothing
const [POLL_MS, RETURN_MS] = [5000, 60_000];
const MOST_ITEMS = 1000;

/** `tell({readings, how, of, problem, cut})` is called with all readings in view by their datastreams whenever some are new. */
export function createFeed({map, store, wanted, tell, alarmed}) {
  const facts = {readings: new Map(), how: 'none', of: null, problem: '', cut: false};
  let [source, timer, box, turn] = [null, 0, null, 0];
  let heard = null;
  let things = {key: '', byId: new Map()};

  /** What is told first is what the page has asked for itself. */
  function hear(alarms) {
    const text = JSON.stringify(alarms);
    if (heard !== null && heard !== text) alarmed();
    heard = text;
  }
  const say = patch => tell(Object.assign(facts, patch));
  const mine = () => {
    const own = ++turn;
    return () => own === turn;
  };
  function stop() {
    turn++;
    source?.close();
    source = null;
    clearTimeout(timer);
  }
  /** Begin anew where what is in view is not what is told of. */
  function look(anew = false) {
    const {time} = store.get();
    if (!wanted() || document.hidden) {
      stop();
      box = null;
      return facts.how !== 'none' && say({readings: wanted() ? facts.readings : new Map(), how: 'none', problem: ''});
    }
    const view = boxOf(map);
    if (!anew && box && within(view, box)) return undefined;
    stop();
    box = widened(view);
    heard = null;
    return isNow(time) ? stream() : recall();
  }
  const path = () => `/sensing/changes?bbox=${box.map(edge => edge.toFixed(6)).join()}`;

  function stream() {
    const current = mine();
    let first = true;
    source = new EventSource(path());
    const on = (event, take) => source.addEventListener(event, ({data}) => current() && take(JSON.parse(data)));
    on('readings', list => {
      say({readings: merged(first ? new Map() : facts.readings, list), how: 'stream', problem: '', ...(first ? {cut: false} : {})});
      first = false;
    });
    on('gone', numbers => say({readings: without(facts.readings, numbers)}));
    on('cut', () => say({cut: true}));
    on('alarms', hear);
    // A browser begins a stream that was cut by itself, and then all in view comes first again.
    source.onopen = () => (first = true);
    source.onerror = () => current() && (source.readyState === EventSource.CLOSED ? poll(Date.now() + RETURN_MS) : say({how: 'lost'}));
  }
  /** Ask again and again, until it is time to try the stream once more. */
  async function poll(until) {
    const current = mine();
    source = null;
    if (Date.now() > until) return stream();
    try {
      const told = eventsOf(await (await fetchAnswer(`${path()}&lasting=0`)).text());
      if (!current()) return undefined;
      for (const [event, content] of told) if (event === 'alarms') hear(content);
      say({readings: merged(new Map(), told.filter(([event]) => event === 'readings').flatMap(([, list]) => list)), how: 'poll', problem: '', cut: told.some(([event]) => event === 'cut')});
    } catch (error) {
      if (!current()) return undefined;
      say({how: 'lost', problem: error.message});
    }
    timer = setTimeout(() => poll(until), POLL_MS);
    return undefined;
  }
  /** What had been read by the instant that the map shows. */
  async function recall() {
    const current = mine();
    const {time} = store.get();
    const query = `bbox=${box.map(edge => edge.toFixed(6)).join()}&limit=${MOST_ITEMS}&f=json`;
    try {
      const [items] = await Promise.all([fetchJson(timed(`/collections/readings/items?${query}`, time)), nameThings(query, time)]);
      if (!current()) return;
      say({readings: merged(new Map(), items.features.filter(({geometry}) => geometry).map(feature => past(feature, things.byId))), how: 'past', of: time.at, problem: '', cut: items.features.length >= MOST_ITEMS});
    } catch (error) {
      if (current()) say({how: 'past', of: time.at, problem: error.message});
    }
  }
  /** Things stay what they are while an hour is replayed: asked for once for a view and a day. */
  async function nameThings(query, time) {
    const key = `${query} ${(time.at || '').slice(0, 10)} ${time.known}`;
    if (things.key === key) return;
    const {features} = await fetchJson(timed(`/collections/things/items?${query}`, time));
    things = {key, byId: new Map(features.map(({id, properties}) => [id, properties]))};
  }

  map.on('moveend', debounce(150, () => look()));
  document.addEventListener('visibilitychange', () => look(true));
  store.on(['time'], ({time}, before) => (time.at !== before.time.at || time.known !== before.time.known) && look(true));
  return {look, facts, retry: () => look(true)};
}

function merged(before, list) {
  const after = new Map(before);
  for (const reading of list) after.set(reading.datastream, reading);
  return after;
}

function without(before, numbers) {
  const after = new Map(before);
  for (const number of numbers) after.delete(number);
  return after;
}

/** The events of a stream that ended. */
function eventsOf(text) {
  const parts = text.split('\n\n').map(part => part.split('\n')).filter(lines => lines.some(line => line.startsWith('data: ')));
  const word = (lines, name) => lines.find(line => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return parts.map(lines => [word(lines, 'event'), JSON.parse(word(lines, 'data'))]);
}

/** An item of the layer of readings as the stream tells it. */
function past({id, geometry, properties}, things) {
  const {name, thing, value, text, unit, time, property_name} = properties;
  const [lon, lat] = geometry.coordinates.flat(Infinity);
  const own = things.get(thing);
  return {datastream: id, thing, name, property_name, thing_name: own?.name, category: own?.category, result: value ?? text, unit, time, quality: null, lon, lat};
}

function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

function widened([west, south, east, north]) {
  const [x, y] = [(east - west) * ROOM, (north - south) * ROOM];
  return [Math.max(-180, west - x), Math.max(-90, south - y), Math.min(180, east + x), Math.min(90, north + y)];
}

/** Whether a view lies in a box, and is not so much smaller that the box tells of too much. */
function within([west, south, east, north], box) {
  const inside = west >= box[0] && south >= box[1] && east <= box[2] && north <= box[3];
  return inside && (east - west) * 6 > box[2] - box[0];
}
