// The panel of data quality 数据质量: opened by its button or `q`, and nothing is fetched before; each tab is a module of its own.

import {$, el} from './element.js';
import {bindQuarantine} from './quarantine.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {bindMatches} from './matches.js';
import {SHUT, TABS} from './quality-address.js';
import {bindMarks} from './quality-marks.js';
import {bindScores} from './quality-scores.js';
import {createShapes} from './quality-shapes.js';

const WRITERS = ['administrator', 'steward'];
const INTERNAL = 2; // the grade of data from which on quarantine is seen

export function bindQuality({map, store, catalog, mapOverlays, renew}) {
  const put = patch => store.set({quality: {...store.get().quality, ...patch}});
  const has = roles => roles.some(role => store.get().principal?.roles?.includes(role));
  const desk = {
    map, store, catalog, put, fault,
    shapes: createShapes(mapOverlays),
    marks: bindMarks({map, store, mapOverlays}),
    may: {write: () => has(WRITERS), read: () => has(WRITERS) || store.get().principal?.clearance >= INTERNAL},
    /** Layers that keep rows of their own, those with rows first. */
    layers: catalog.layers.filter(layer => layer.temporal && layer.columns),
    changed
  };
  let tabs = null;
  let shown = null; // the tab that has things on the map

  /** What is inside is made when the panel is first opened. */
  function build() {
    const press = (id, sign, onclick) => el('button', {className: 'icon', id, onclick}, icon(sign));
    $('quality').replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {id: 'quality-title'}), press('quality-close', 'close', () => put({open: false}))),
      el('div', {id: 'quality-tabs', className: 'tabs', role: 'tablist'}, TABS.map(tab => el('button', {role: 'tab', id: `tab-quality-${tab}`, 'aria-controls': `quality-${tab}`, onclick: () => go(tab), onkeydown: step}))),
      el('div', {className: 'scroll', id: 'quality-scroll'}, TABS.map(tab => el('div', {id: `quality-${tab}`, role: 'tabpanel', tabIndex: 0, 'aria-labelledby': `tab-quality-${tab}`}))));
    tabs = {scores: bindScores(desk), quarantine: bindQuarantine(desk), matches: bindMatches(desk)};
    words();
  }
  const go = tab => put({tab, state: null, row: null, relation: null});

  function step(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!by) return;
    const tab = TABS[(TABS.indexOf(store.get().quality.tab) + by + TABS.length) % TABS.length];
    go(tab);
    $(`tab-quality-${tab}`).focus();
  }
  function words() {
    $('quality-title').textContent = t('quality.title');
    for (const name of ['title', 'aria-label']) $('quality-close').setAttribute(name, t('quality.close'));
    for (const tab of TABS) $(`tab-quality-${tab}`).textContent = t(`quality.tab.${tab}`);
    $('quality-tabs').setAttribute('aria-label', t('quality.title'));
  }
  /** Rows of a layer were decided on: its tiles, its scores and the lists are brought anew. */
  function changed(layer) {
    renew(layer);
    for (const tab of Object.values(tabs)) tab.stale(layer);
    show();
  }
  function show() {
    const {open, tab} = store.get().quality;
    $('quality').hidden = !open;
    $('quality-open').setAttribute('aria-pressed', String(open));
    if (open && !tabs) build();
    if (!tabs) return;
    for (const one of TABS) {
      $(`quality-${one}`).hidden = one !== tab;
      $(`tab-quality-${one}`).setAttribute('aria-selected', String(one === tab));
      $(`tab-quality-${one}`).tabIndex = one === tab ? 0 : -1;
    }
    if (shown && (!open || shown !== tab)) tabs[shown].leave();
    shown = open ? tab : null;
    if (open) tabs[tab].show();
  }

  // The same place of the page is the wind's: the one that is opened last has it.
  $('quality-open').addEventListener('click', () => {
    const {quality, wind} = store.get();
    store.set(quality.open ? {quality: {...quality, open: false}} : {quality: {...SHUT, ...quality, open: true}, wind: {...wind, open: false}, selected: null});
  });
  store.on(['wind'], ({wind, quality}, before) => wind.open && !before.wind.open && quality.open && put({open: false}));
  store.on(['quality'], show);
  store.on(['lang'], () => tabs && (words(), show()));
  show();
}

/** An error as a sentence with a way to try again. */
function fault(error, again) {
  return el('p', {className: 'error', role: 'alert'}, error.message, ' ', el('button', {className: 'plain', onclick: again}, t('load.again')));
}
