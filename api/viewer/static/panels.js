// Panels that open and close, the bar of switches, and the keyboard.

import {$, copy, el, say} from './element.js';
import {t} from './i18n.js';
import {move} from './map.js';

const KEYS = [['/', 'keys.search'], ['L', 'keys.layers'], ['W', 'keys.wind'], ['G', 'keys.grid'], ['M', 'keys.measure'], ['S', 'keys.sun'], ['P', 'keys.scheme'], ['N', 'keys.annotation'], ['T', 'keys.time'], ['Q', 'keys.quality'], ['I', 'keys.sensors'], ['Esc', 'keys.close-one'], ['3', 'keys.mode'], ['+ −', 'keys.zoom'], ['← ↑ → ↓', 'keys.pan'], ['?', 'keys.help']];

export function bindPanels({map, store, home, print}) {
  $('left-close').addEventListener('click', () => showLeft(false));
  $('left-open').addEventListener('click', () => showLeft(true));
  $('mode-2d').addEventListener('click', () => store.set({mode: '2d'}));
  $('mode-3d').addEventListener('click', () => store.set({mode: '3d'}));
  $('language').addEventListener('click', () => store.set({lang: store.get().lang === 'zh' ? 'en' : 'zh'}));
  $('theme').addEventListener('click', () => store.set({theme: store.get().theme === 'dark' ? 'light' : 'dark'}));
  $('share').addEventListener('click', () => copy(location.href).then(() => say(t('said.link'))));
  $('print').addEventListener('click', print);
  $('help').addEventListener('click', showKeys);
  $('zoom-in').addEventListener('click', () => move(map, {zoom: map.getZoom() + 1}));
  $('zoom-out').addEventListener('click', () => move(map, {zoom: map.getZoom() - 1}));
  $('north').addEventListener('click', () => move(map, {bearing: 0}));
  $('home').addEventListener('click', () => move(map, home));
  store.on(['mode', 'lang', 'theme', 'view'], put);
  addEventListener('keydown', event => onKey(event, store));
  showLeft(innerWidth > 900);
  put(store.get());
}

function put({mode, lang, theme, view}) {
  document.documentElement.dataset.theme = theme;
  $('mode-2d').setAttribute('aria-pressed', String(mode === '2d'));
  $('mode-3d').setAttribute('aria-pressed', String(mode === '3d'));
  $('language').textContent = lang === 'zh' ? 'EN' : '中文';
  $('language').setAttribute('lang', lang === 'zh' ? 'en' : 'zh');
  $('north').querySelector('svg').style.transform = `rotate(${-view.bearing}deg)`;
}

export function showLeft(open) {
  $('left').hidden = !open;
  $('left-open').hidden = open;
}

function showKeys() {
  $('keys-list').replaceChildren(...KEYS.flatMap(([key, words]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, t(words))]));
  $('keys').showModal();
}

const writes = node => node.matches('select, textarea, input:not([type=checkbox], [type=range])');

function onKey(event, store) {
  if (event.key === 'Escape') return escape(store);
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
  const actions = {
    '/': () => $('query').focus(),
    l: () => toggleLeft(),
    w: () => $('wind-open').click(),
    g: () => $('grid-open').click(),
    m: () => $('measure-open').click(),
    n: () => $('annotations-open').click(),
    p: () => $('schemes-open').click(),
    s: () => $('sun-open').click(),
    t: () => $('clock-open').click(),
    q: () => $('quality-open').click(),
    i: () => $('sensors-open').click(),
    3: () => store.set({mode: store.get().mode === '3d' ? '2d' : '3d'}),
    '?': showKeys
  };
  const action = actions[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

function toggleLeft() {
  showLeft($('left').hidden);
  if (!$('left').hidden) $('themes').querySelector('input')?.focus();
}

// Escape closes what lies on top, one thing at a time; an open dialog closes itself.
function escape(store) {
  if (document.querySelector('dialog[open]')) return;
  if (store.get().asking) return store.set({asking: false});
  if (document.activeElement === $('query')) {
    $('query').value = '';
    $('query').blur();
  } else if ($('move').contains(document.activeElement)) $('move-close').click();
  else if (store.get().selected) store.set({selected: null});
  else if ($('clock').contains(document.activeElement)) $('clock-close').click();
  else if ($('cells').contains(document.activeElement)) $('cells-close').click();
  else if ($('measure').contains(document.activeElement)) $('measure-close').click();
  else if ($('sun').contains(document.activeElement)) $('sun-close').click();
  else if ($('schemes').contains(document.activeElement)) $('schemes-close').click();
  else if ($('annotations').contains(document.activeElement)) $('annotations-close').click();
  else if ($('compare').contains(document.activeElement)) $('compare-close').click();
  else if ($('quality').contains(document.activeElement)) $('quality-close').click();
  else if ($('sensors').contains(document.activeElement)) $('sensors-close').click();
  else if ($('wind').contains(document.activeElement)) $('wind-close').click();
  else if (innerWidth <= 900) showLeft(false);
}
