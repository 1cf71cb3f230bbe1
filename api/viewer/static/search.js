// The search box: names in both languages and addresses from the server, coordinates and layers at once.

import {$, debounce, el} from './element.js';
import {fetchJson} from './http.js';
import {lang, named, t, titled} from './i18n.js';
import {place} from './format.js';
import {CLOSEST_3D, fit, fly} from './map.js';
import {timed} from './time-address.js';

const MOST = 10;
const CODE = /^[NS]\d{2}[A-V][0-9A-E]*$/;
const LENGTHS = [4, 6, 7, 9, 11, 12, 14, 16, 18, 20];
// Unified codes: a street, an object in the form of a part code, a building.
const UNIFIED = /^(\d{9}|\d{16}|\d{17})$/;

export function bindSearch({map, store, catalog}) {
  const box = $('query');
  const list = $('answers');
  let answers = [];
  let active = -1;
  let request = null;

  function draw(note = '') {
    list.replaceChildren(...answers.map((answer, at) => answerNode(answer, at === active, () => choose(at))));
    if (note) list.append(el('li', {className: 'quiet pad', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false'}, note));
    list.hidden = !answers.length && !note;
    box.setAttribute('aria-expanded', String(!list.hidden));
    box.setAttribute('aria-activedescendant', active >= 0 ? `answer-${active}` : '');
    list.children[active]?.scrollIntoView({block: 'nearest'});
  }
  function close() {
    answers = [];
    active = -1;
    draw();
  }
  function choose(at) {
    const answer = answers[at];
    if (!answer) return;
    close();
    box.blur();
    answer.go();
  }
  const ask = debounce(180, async () => {
    const text = box.value.trim();
    request?.abort();
    if (!text) return close();
    let local = [...coordinates(text, map), ...layers(text, catalog, store, map)];
    request = new AbortController();
    try {
      local = [...(await cells(text, store, map, request.signal)), ...(await objects(text, store, map, request.signal)), ...local];
      const path = timed(`/search?q=${encodeURIComponent(text)}&limit=${MOST}`, store.get().time);
      const {results} = await fetchJson(path, {signal: request.signal});
      answers = [...local, ...results.map(result => thing(result, store, map))];
      if (!answers.length) answers = await addresses(text, store, map, request.signal);
      active = answers.length ? 0 : -1;
      draw(answers.length ? '' : t('search.nothing', {text}));
    } catch (error) {
      if (error.name === 'AbortError') return;
      answers = local;
      draw(local.length ? '' : error.message);
    }
  });

  box.addEventListener('input', ask);
  box.addEventListener('focus', () => box.value && ask());
  box.addEventListener('blur', () => setTimeout(close, 150));
  box.addEventListener('keydown', event => {
    const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (by && answers.length) {
      active = (active + by + answers.length) % answers.length;
      event.preventDefault();
      draw();
    } else if (event.key === 'Enter') choose(Math.max(active, 0));
  });
}

function answerNode({title, second, kind}, active, choose) {
  const at = [...document.querySelectorAll('#answers li')].length;
  const node = el('li', {role: 'option', className: active ? 'active' : '', 'aria-selected': String(active), onmousedown: event => {
    event.preventDefault();
    choose();
  }}, el('span', {className: 'answer'}, title, second ? el('small', {}, second) : null), el('span', {className: 'kind'}, kind));
  node.id = `answer-${at}`;
  return node;
}

function thing(result, store, map) {
  const {first, second} = named(result);
  const go = () => {
    const layer = store.get().layers[result.layer];
    if (layer && !layer.on) store.setLayer(result.layer, {on: true});
    store.set({selected: {layer: result.layer, fid: result.fid}});
    const zoom = Math.max(result.zoom || 16.5, 15);
    const raised = store.get().mode === '3d'; // then the roof, not the foot, belongs in the middle
    fly(map, {center: [result.lon, result.lat], zoom: raised ? Math.min(zoom, CLOSEST_3D) : zoom, offset: [0, raised ? innerHeight * 0.2 : 0]});
  };
  return {title: first, second: second || result.address, kind: titled(result.layer_title), go};
}

/** "121.5, 31.23" or "31.23 121.5": the one that can be no latitude is the longitude. */
function coordinates(text, map) {
  const [, one, other] = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) || [];
  if (!one) return [];
  const [lon, lat] = Math.abs(Number(one)) > 90 || Math.abs(Number(other)) <= 90 && Number(one) > Number(other) ? [Number(one), Number(other)] : [Number(other), Number(one)];
  if (Math.abs(lat) > 85 || Math.abs(lon) > 180) return [];
  const go = () => fly(map, {center: [lon, lat], zoom: Math.max(16, map.getZoom())});
  return [{title: place(lon, lat), kind: t('search.coordinates'), go}];
}

/** A BeiDou grid code as the cell that it names; anything shorter or longer is still being written. */
async function cells(text, store, map, signal) {
  const code = text.toUpperCase();
  if (!CODE.test(code) || !LENGTHS.includes(code.length)) return [];
  const cell = await fetchJson(`/grids/beidou/cells/${code}`, {signal});
  const ring = cell.geometry.coordinates[0];
  const [lons, lats] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)];
  const go = () => {
    store.set({sketch: {...store.get().sketch, mark: [cell]}});
    fit(map, [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)]);
  };
  return [{title: code, second: place(cell.properties.lon, cell.properties.lat), kind: t('search.code'), go}];
}

/** A unified code as the object that has it; what nothing has is looked for as a name. */
async function objects(text, store, map, signal) {
  if (!UNIFIED.test(text)) return [];
  const found = await fetchJson(`/objects/${text}`, {signal}).catch(error => {
    if (error.name === 'AbortError') throw error;
    return null;
  });
  if (!found) return [];
  const told = Object.fromEntries(found.attributes.map(({name, value}) => [name, value]));
  const [lons, lats] = [0, 1].map(axis => found.geometry.coordinates.flat(Infinity).filter((_, at) => at % 2 === axis));
  const middle = side => (Math.min(...side) + Math.max(...side)) / 2;
  const place = {layer: found.layer.id, layer_title: found.layer.title, fid: found.fid, lon: middle(lons), lat: middle(lats)};
  const {first} = named(told);
  return [{...thing({...told, ...place}, store, map), title: first || text, second: first ? text : ''}];
}

/** What no name is: an address in any spelling, with how it was matched and how sure that is. */
async function addresses(text, store, map, signal) {
  const found = await fetchJson(`/geocode?q=${encodeURIComponent(text)}&limit=3`, {signal});
  const likely = found.answers.filter(({confidence}) => confidence >= 0.3);
  return likely.map(answer => ({
    title: answer.matched,
    second: `${titled(answer.how)} · ${t('search.sure', {n: Math.round(answer.confidence * 100)})}`,
    kind: t('search.address'),
    go: () => {
      const point = {type: 'Feature', geometry: {type: 'Point', coordinates: [answer.lon, answer.lat]}, properties: {}};
      store.set({sketch: {...store.get().sketch, mark: [point]}});
      fly(map, {center: [answer.lon, answer.lat], zoom: 16.5});
    }
  }));
}

function layers(text, catalog, store, map) {
  const wanted = text.toLowerCase();
  const found = catalog.layers.filter(layer => [layer.title.zh, layer.title.en, layer.id].some(name => name?.toLowerCase().includes(wanted)));
  return found.slice(0, 3).map(layer => ({
    title: titled(layer.title),
    second: lang() === 'zh' ? layer.title.en : layer.title.zh,
    kind: t('search.layer'),
    go: () => {
      store.setLayer(layer.id, {on: true});
      if (layer.bounds) fit(map, layer.bounds);
    }
  }));
}
