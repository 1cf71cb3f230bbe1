// A model moved by hand: dragged on the map, by arrow keys or in numbers; it follows at once, and the server when it is saved.

import {modelPrefix} from './building-models.js';
import {$, el, redraw, say} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {moveNodes, showNumbers} from './model-move-form.js';
import {metresBetween, placedKey, shifted} from './model-shift.js';
import {isNow} from './time-address.js';

const KEYS = {ArrowLeft: ['east', -1], ArrowRight: ['east', 1], ArrowDown: ['north', -1], ArrowUp: ['north', 1], PageUp: ['up', 1], PageDown: ['up', -1], ',': ['turn', -1], '.': ['turn', 1], '<': ['turn', -1], '>': ['turn', 1]};
const STEP = 0.1;
const BIG_STEP = 1;
const NOTHING = {east: 0, north: 0, up: 0, turn: 0};
const pathOf = model => `/bim/models/${encodeURIComponent(model)}/placement`;
const hasMoved = draft => Object.keys(NOTHING).some(name => Math.abs(draft[name]) > 1e-9);

export function bindModelMove({map, overlay, store, refreshModels, renew}) {
  const root = $('move');
  let told = null;

  async function open(model) {
    try {
      told = await fetchJson(pathOf(model.id));
    } catch (error) {
      return say(error.message);
    }
    if (store.get().mode !== '3d') store.set({mode: '3d'});
    begin(model.id, model.title || model.id);
    root.querySelector('#move-pad')?.focus();
  }
  function begin(id, title) {
    const {lon, lat} = told.placement;
    store.set({move: {model: id, title, key: keyOf(id), draft: {...NOTHING, pivot: [lon, lat]}}});
    listen();
    draw();
  }
  /** Where the map draws the model as it is on the server. */
  function keyOf(id) {
    const {models = [], design} = store.get();
    const known = [...models, ...(design?.models || [])].find(one => one.id === id);
    return known ? placedKey(known) : '';
  }
  function listen() {
    if (store.get().asking === 'move') return;
    store.set({asking: false}); // another panel that asks for places gives up
    store.set({asking: 'move'});
  }
  function close() {
    if (store.get().asking === 'move') setTimeout(() => store.set({asking: false}));
    store.set({move: null});
    told = null;
    draw();
  }
  function put(patch) {
    const {move} = store.get();
    if (!move) return;
    const draft = {...move.draft, ...patch};
    for (const name of Object.keys(NOTHING)) draft[name] = Math.round(draft[name] * 1e6) / 1e6;
    store.set({move: {...move, key: keyOf(move.model), draft, error: null}});
    showNumbers(told, draft, null);
  }
  const step = (name, by) => put({[name]: store.get().move.draft[name] + by});

  async function send(call) {
    const {move} = store.get();
    store.set({move: {...move, busy: true, error: null}});
    draw();
    try {
      told = await call(pathOf(move.model));
    } catch (error) {
      // What was dragged and typed stays, to be tried again.
      store.set({move: {...store.get().move, busy: false, error}});
      return draw();
    }
    store.set({placed: (store.get().placed || 0) + 1}); // design schemes are judged anew
    await refreshModels();
    renewRows(store, renew);
    begin(move.model, move.title);
    say(t('move.saved'));
  }
  const reason = usual => $('move-why').value.trim() || t(usual);
  function save() {
    const {draft} = store.get().move;
    const [lon, lat] = shifted(draft.pivot, draft.east, draft.north);
    const {heading_deg: heading, height_m: height} = told.placement;
    const relocation = {why: reason('move.why-usual'), version: told.version, lon, lat, height_m: height + draft.up, heading_deg: (((heading + draft.turn) % 360) + 360) % 360, anchor: told.placement.anchor};
    return send(path => fetchJson(path, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(relocation)}));
  }
  function takeBack() {
    const query = new URLSearchParams({why: reason('move.why-back')});
    return send(path => fetchJson(`${path}?${query}`, {method: 'DELETE'}));
  }

  function draw() {
    const {move} = store.get();
    root.hidden = !move;
    if (!move || !told) return root.replaceChildren();
    const head = el('header', {className: 'panel-head'}, el('h1', {}, t('move.title')), el('button', {className: 'icon', id: 'move-close', title: t('move.cancel'), 'aria-label': t('move.cancel'), onclick: close}, icon('close')));
    redraw(root, head, moveNodes({move, told, put, step, save, takeBack, close, reset: () => put(NOTHING)}));
    showNumbers(told, move.draft, move.error && sentence(move.error));
  }

  /** Keys move the model wherever nothing is written; the map does not hear of them. */
  function onKey(event) {
    if (store.get().asking !== 'move' || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    if (event.target.matches('input, select, textarea') || document.querySelector('dialog[open]')) return;
    if (event.target.closest('.panel') && !root.contains(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const [name, way] = KEYS[event.key];
    step(name, way * (event.shiftKey ? BIG_STEP : STEP));
  }

  /** From the first press on the model until it is let go. */
  function grab(event) {
    const {asking, move} = store.get();
    if (asking !== 'move' || event.originalEvent.touches?.length > 1 || !isOver(overlay, move, event.point)) return;
    event.preventDefault(); // the map stays where it is
    const [from, start] = [[event.lngLat.lng, event.lngLat.lat], move.draft];
    const follow = ({lngLat}) => {
      const [east, north] = metresBetween(from, [lngLat.lng, lngLat.lat]);
      put({east: Math.round((start.east + east) * 100) / 100, north: Math.round((start.north + north) * 100) / 100});
    };
    const touch = event.type === 'touchstart';
    map.on(touch ? 'touchmove' : 'mousemove', follow);
    const drop = () => map.off(touch ? 'touchmove' : 'mousemove', follow);
    for (const end of touch ? ['touchend', 'touchcancel'] : ['mouseup']) addEventListener(end, drop, {once: true});
  }

  addEventListener('keydown', onKey, {capture: true});
  map.on('mousedown', grab);
  map.on('touchstart', grab);
  map.on('mousemove', ({point}) => store.get().asking === 'move' && (map.getCanvas().style.cursor = isOver(overlay, store.get().move, point) ? 'move' : ''));
  // Whoever comes back to the panel goes on where another one, or Escape, broke off.
  root.addEventListener('pointerdown', () => store.get().move && listen());
  root.addEventListener('focusin', () => store.get().move && listen());
  store.on(['asking'], ({asking, move}, before) => {
    if (before.asking === 'move' && !asking && move && !hasMoved(move.draft) && !move.busy) close();
  });
  store.on(['lang'], draw);
  // What was is not moved: another time puts an end to it, unless something would be lost.
  store.on(['time'], ({time, move}) => move && !isNow(time) && !hasMoved(move.draft) && close());
  store.on(['move'], ({move}) => store.set({sketch: {...store.get().sketch, move: move ? trace(move.draft) : []}}));
  store.on(['wantsMove'], ({wantsMove}) => {
    if (!wantsMove) return;
    store.set({wantsMove: null});
    open(wantsMove);
  });
  addEventListener('beforeunload', event => store.get().move && hasMoved(store.get().move.draft) && event.preventDefault());
}

function isOver(overlay, move, {x, y}) {
  const id = overlay.pickObject({x, y, radius: 2})?.layer?.id;
  return Boolean(move && id?.startsWith(modelPrefix(move.model)));
}

/** The rows of the model lie elsewhere: tiles are asked for anew, and the card of what is chosen. */
function renewRows(store, renew) {
  for (const layer of ['building_elements', 'scheme_elements']) renew(layer);
  const {selected} = store.get();
  if (selected) store.set({selected: {...selected}});
}

/** Why a move was not saved, in the language of the page; the server's own sentence where we have none. */
function sentence({status, parameter, message}) {
  if (status === 401 || status === 403) return t('move.error.rights');
  if (status === 404) return t('move.error.gone');
  if (status === 409) return t('move.error.conflict');
  if (status === 400) return `${t('move.error.place')}${parameter ? ` (${parameter})` : ''}`;
  return message;
}

/** A line from where the model stands to where it would. */
function trace({east, north, pivot}) {
  if (Math.hypot(east, north) < 0.005) return [];
  const line = [pivot, shifted(pivot, east, north)];
  const feature = (geometry, label) => ({type: 'Feature', geometry, properties: {label}});
  return [feature({type: 'LineString', coordinates: line}, ''), feature({type: 'Point', coordinates: line[1]}, `${Math.hypot(east, north).toFixed(2)} m`)];
}
