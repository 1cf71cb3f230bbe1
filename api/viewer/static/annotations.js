// The panel of annotations: those in view, one of them with its answers, and the form in which another is written.

import {SHUT} from './annotation-address.js';
import {draftNode, entryNode} from './annotation-entry.js';
import {isHidden} from './annotation-marks.js';
import {ANNOTATIONS, annotatable, mayAnnotate} from './annotation-subject.js';
import {$, debounce, el, redraw, say} from './element.js';
import {fetchJson, nextPath, sendJson} from './http.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {fly} from './map.js';
import {timed} from './time-address.js';

const MOST = 100;
// From how near one is looked at, and from how much farther for each doubling of its height over so many metres.
const [CLOSE, LOW_M] = [18, 40];

export function bindAnnotations({map, store, catalog, meantAt}) {
  const root = $('annotations');
  const facts = {more: false, problem: '', busy: false, editing: null};
  let asked = 0;
  const put = patch => store.set({annotations: {...store.get().annotations, ...patch}});

  async function ask() {
    const {annotations, time} = store.get();
    const mine = ++asked;
    if (!annotations.open) return;
    try {
      const [page, chosen] = await Promise.all([
        fetchJson(timed(`/bim/annotations?bbox=${boxOf(map)}&limit=${MOST}${annotations.all ? '' : '&state=open'}`, time)),
        annotations.chosen ? fetchJson(timed(`/bim/annotations/${annotations.chosen}`, time)).catch(error => (error.status === 404 ? null : Promise.reject(error))) : null
      ]);
      if (mine !== asked) return;
      Object.assign(facts, {more: Boolean(nextPath(page)), problem: ''});
      const rest = page.annotations.filter(({id}) => id !== chosen?.id);
      store.set({listed: chosen ? [chosen, ...rest] : rest});
    } catch (error) {
      if (mine !== asked) return;
      facts.problem = error.message;
    }
    frame();
  }
  /** Do something over HTTP, and show what is there then; what goes wrong is said beside it. */
  async function act(path, options, done = () => {}) {
    facts.busy = true;
    try {
      const answer = await (options.method ? fetchJson(path, options) : sendJson(path, options.body));
      facts.editing = null;
      done(answer);
    } catch (error) {
      facts.problem = error.message;
      say(error.message);
    }
    facts.busy = false;
    await ask();
  }

  function listen() {
    store.set({asking: false, draft: null});
    store.set({asking: 'annotate'});
    map.getCanvas().style.cursor = 'crosshair';
    say(`${t('annotation.where')} ${t('pick.escape')}`);
  }
  async function take(event) {
    if (store.get().asking !== 'annotate') return;
    const meant = await meantAt(event);
    const about = annotatable(catalog, meant) ? {layer: meant.layer, fid: meant.fid, name: meant.name} : null;
    begin({position: meant?.position || [event.lngLat.lng, event.lngLat.lat, 0], about});
    setTimeout(() => store.get().asking === 'annotate' && store.set({asking: false}));
  }
  /** Where somebody works without a pointer: the middle of the map. */
  function here() {
    const {lng, lat} = map.getCenter();
    store.set({asking: false});
    begin({position: [lng, lat, 0], about: null});
  }
  function begin(draft) {
    store.set({draft: {...draft, grade: 'open'}});
    $('annotation-text')?.focus();
  }
  function save({text, grade, position, about}) {
    act('/bim/annotations', {body: {text, grade, point: position, about: about && {layer: about.layer, fid: about.fid}}}, made => {
      store.set({draft: null});
      put({chosen: made.id});
      say(t('annotation.saved', {n: made.id}));
    });
  }
  function choose(one) {
    const {annotations} = store.get();
    if (annotations.chosen === one.id) return put({chosen: null});
    put({chosen: one.id});
    if (one.about?.scheme && store.get().scheme !== one.about.scheme) store.set({scheme: one.about.scheme, mode: '3d'});
    const [lon, lat, height] = one.position;
    const zoom = CLOSE - Math.max(0, Math.log2(height / LOW_M));
    fly(map, {center: [lon, lat], zoom: store.get().mode === '3d' ? zoom : Math.max(map.getZoom(), CLOSE - 1)});
  }

  function frame() {
    const {annotations, listed = [], draft, asking} = store.get();
    $('annotations-open').setAttribute('aria-pressed', String(annotations.open));
    root.hidden = !annotations.open;
    if (!annotations.open) return root.replaceChildren();
    redraw(root,
      el('header', {className: 'panel-head'}, el('h1', {}, t('annotation.title')), el('button', {className: 'icon', id: 'annotations-close', title: t('annotation.close'), 'aria-label': t('annotation.close'), onclick: close}, icon('close'))),
      el('div', {className: 'pad scroll annotations-body'},
        mayAnnotate(store.get()) ? writeNode(asking === 'annotate') : null,
        draft ? draftNode({draft, store, save, stop: () => store.set({draft: null})}) : null,
        facts.problem ? el('p', {className: 'error', role: 'alert'}, facts.problem) : null,
        whichNode(annotations.all),
        listed.length ? el('ol', {className: 'annotation-list'}, listed.map(one => entryNode(one, {store, facts, choose, act, frame, chosen: annotations.chosen === one.id, hidden: isHidden(one, store.get())}))) : el('p', {className: 'quiet'}, t('annotation.none')),
        facts.more ? el('p', {className: 'quiet small'}, t('annotation.more', {n: MOST})) : null));
  }
  function writeNode(busy) {
    const start = el('button', {className: 'main', id: 'annotation-write', 'aria-pressed': String(busy), onclick: listen}, t(busy ? 'annotation.where' : 'annotation.write'));
    return el('div', {className: 'annotation-acts'}, start, busy ? el('button', {className: 'plain', id: 'annotation-here', onclick: here}, icon('target'), t('annotation.here')) : null);
  }
  function whichNode(all) {
    const button = (id, on, value) => el('button', {id: `annotations-${id}`, 'aria-pressed': String(on), onclick: () => put({all: value})}, t(id === 'all' ? 'annotation.all' : 'annotation.unsettled'));
    return el('div', {className: 'pair', role: 'group', 'aria-label': t('annotation.which')}, button('unsettled', !all, false), button('all', all, true));
  }
  function close() {
    store.set({annotations: SHUT, draft: null, asking: false});
    $('annotations-open').focus();
  }

  $('annotations-open').addEventListener('click', () => (store.get().annotations.open ? close() : put({open: true})));
  map.on('click', take);
  map.on('moveend', debounce(200, ask));
  store.on(['asking'], ({asking}, before) => {
    if (before.asking === 'annotate' && asking !== 'annotate') map.getCanvas().style.cursor = '';
    if (store.get().annotations.open) frame();
  });
  store.on(['annotations'], ({annotations}, before) => {
    frame();
    if (annotations.open !== before.annotations.open || annotations.all !== before.annotations.all || annotations.chosen) ask();
  });
  store.on(['time'], ask);
  store.on(['draft', 'lang', 'building', 'scheme', 'mode'], frame);
  // One that was found or clicked on the flat map is told of here, with its answers.
  store.on(['selected'], ({selected}) => selected?.layer === ANNOTATIONS && store.set({selected: null, annotations: {...store.get().annotations, open: true, all: true, chosen: selected.fid}}));
  frame();
  ask();
}

function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((edge, place) => Math.min(place % 2 ? 90 : 180, Math.max(place % 2 ? -90 : -180, edge)).toFixed(6)).join();
}
