// The scenario panel 风险情景: opened by its button or `w`, and nothing is fetched before; each tab is a module of its own.

import {$, el} from './element.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {createStore} from './store.js';
import {TABS} from './wind-address.js';
import {bindCompare} from './wind-compare.js';
import {bindLibrary} from './wind-library.js';
import {bindPick} from './wind-pick.js';
import {bindRanking} from './wind-ranking.js';
import {bindRuns} from './wind-runs.js';
import {bindSection} from './wind-section.js';
import {bindStage} from './wind-stage.js';
import {bindTasks} from './wind-tasks.js';
import {bindTimeline} from './wind-timeline.js';

const MAY = ['administrator', 'duty'];
const LISTS = ['ranking', 'tasks'];

export function bindWind({map, overlay, store, catalog, mapOverlays}) {
  const facts = createStore({});
  const put = patch => store.set({wind: {...store.get().wind, ...patch}});
  const may = () => MAY.some(role => store.get().principal?.roles?.includes(role));
  const desk = {map, overlay, store, catalog, mapOverlays, facts, put, may, fault, follow: () => {}, refresh: () => {}};
  let built = false;

  /** What is inside is made when the panel is first opened. */
  function build() {
    built = true;
    frame();
    for (const bind of [bindLibrary, bindPick, bindRuns, bindRanking, bindTasks, bindTimeline, bindSection, bindCompare, bindStage]) bind(desk);
    facts.on(['scenario'], head);
    desk.refresh();
  }
  function frame() {
    const part = (id, ...children) => el('div', {id, role: 'tabpanel', tabIndex: 0, 'aria-labelledby': `tab-${id}`}, children);
    $('wind').replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {id: 'wind-title'}), button('wind-fold', 'down', fold), button('wind-close', 'close', () => put({open: false}))),
      el('div', {id: 'wind-body'},
        el('div', {id: 'wind-tabs', className: 'tabs', role: 'tablist'}, TABS.map(tab => el('button', {role: 'tab', id: `tab-wind-${tab}`, 'aria-controls': `wind-${tab}`, dataset: {tab}, onclick: () => put({tab}), onkeydown: step}))),
        el('div', {id: 'wind-library', className: 'pad', role: 'status', hidden: true}),
        el('div', {className: 'scroll'},
          part('wind-pick'),
          part('wind-runs', el('div', {id: 'wind-run-list'}), el('div', {id: 'wind-run-open', hidden: true}, el('div', {id: 'wind-run-head'}), lists(), el('div', {id: 'wind-ranking'}), el('div', {id: 'wind-tasks', hidden: true}))),
          part('wind-section'),
          part('wind-compare')),
        el('footer', {id: 'wind-legends', role: 'group'})));
    words();
    place();
  }
  const lists = () => el('div', {className: 'pair', id: 'wind-lists', role: 'group'}, LISTS.map(list => el('button', {dataset: {list}, 'aria-pressed': String(list === 'ranking'), onclick: () => {
    for (const other of LISTS) $(`wind-${other}`).hidden = other !== list;
    for (const press of $('wind-lists').children) press.setAttribute('aria-pressed', String(press.dataset.list === list));
  }})));
  const button = (id, sign, onclick) => el('button', {className: 'icon', id, onclick}, icon(sign));

  function step(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!by) return;
    const tab = TABS[(TABS.indexOf(store.get().wind.tab) + by + TABS.length) % TABS.length];
    put({tab});
    $(`tab-wind-${tab}`).focus();
  }
  function fold() {
    const closed = $('wind').classList.toggle('folded');
    $('wind-fold').setAttribute('aria-expanded', String(!closed));
  }
  function words() {
    head();
    for (const [id, text] of [['wind-fold', t('wind.fold')], ['wind-close', t('wind.close')]]) for (const name of ['title', 'aria-label']) $(id).setAttribute(name, text);
    for (const tab of TABS) $(`tab-wind-${tab}`).textContent = t(`wind.tab.${tab}`);
    for (const press of $('wind-lists').children) press.textContent = t(`wind.tab.${press.dataset.list}`);
    $('wind-tabs').setAttribute('aria-label', t('wind.title'));
  }
  const head = () => ($('wind-title').textContent = titled(facts.get().scenario?.title) || t('wind.title'));
  function place() {
    const {open, tab} = store.get().wind;
    $('wind').hidden = !open;
    $('wind-open').setAttribute('aria-pressed', String(open));
    if (!built) return;
    for (const one of TABS) {
      $(`wind-${one}`).hidden = one !== tab;
      $(`tab-wind-${one}`).setAttribute('aria-selected', String(one === tab));
      $(`tab-wind-${one}`).tabIndex = one === tab ? 0 : -1;
    }
  }
  function follow(_, before) {
    const {open} = store.get().wind;
    if (open && !built) build();
    else if (open && !before.wind.open) desk.refresh();
    place();
  }

  $('wind-open').addEventListener('click', () => put({open: !store.get().wind.open}));
  store.on(['wind'], follow);
  store.on(['lang'], () => built && words());
  if (store.get().wind.open) build();
  place();
}

/** An error as a sentence with a way to try again. */
function fault(error, again) {
  return el('p', {className: 'error', role: 'alert'}, error.message, ' ', el('button', {className: 'plain', onclick: again}, t('load.again')));
}
