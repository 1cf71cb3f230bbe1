// The catalogue: themes and their layers, each with switch, legend, opacity, grade, date, source, download, zoom to.

import {cellsOf} from './cells.js';
import {$, el} from './element.js';
import {count, moment} from './format.js';
import {lang, t, titled} from './i18n.js';
import {icon} from './icons.js';
import {legendNode, signNode} from './legend.js';
import {fit} from './map.js';
import {timed} from './time-address.js';
import {terrainNode} from './raster.js';
import {isRaised} from './style.js';

/** The catalogue of the server, what lies on top listed first: {themes, layers, byId}. */
export function readCatalog(json) {
  const themes = json.themes.map(theme => ({...theme, layers: theme.layers.map(layer => ({...layer, theme: theme.id})).sort((one, other) => (other.order ?? 0) - (one.order ?? 0))}));
  const layers = themes.flatMap(theme => theme.layers);
  return {...json, themes, layers, byId: Object.fromEntries(layers.map(layer => [layer.id, layer]))};
}

/** How each layer stands before anybody touched it. */
export function defaultLayers(catalog) {
  return Object.fromEntries(catalog.layers.map(layer => {
    const variants = Object.keys(layer.maplibre);
    return [layer.id, {on: layer.visible, opacity: 1, variant: variants[0], variants, hidden: []}];
  }));
}

export function bindCatalog({map, store, catalog, retry}) {
  const opened = new Set(catalog.layers.filter(layer => layer.visible && layer.legends.length > 1).map(layer => layer.id).slice(0, 1));
  const rows = new Map();
  const tools = {map, store, retry, opened};

  function build() {
    rows.clear();
    $('themes').replaceChildren(...catalog.themes.filter(theme => theme.layers.length).map(theme => themeNode(theme, rows, tools)));
    update();
  }
  function update() {
    for (const row of rows.values()) row(store.get());
    const shown = Object.values(store.get().layers).filter(layer => layer.on).length;
    $('only-on').textContent = t('catalog.only', {n: shown});
  }

  $('only-on').addEventListener('click', () => {
    const only = document.body.classList.toggle('only-on');
    $('only-on').setAttribute('aria-pressed', String(only));
  });
  store.on(['layers', 'load'], update);
  store.on(['lang', 'theme'], build);
  build();
}

function themeNode(theme, rows, tools) {
  const list = theme.layers.map(layer => {
    const {node, update} = layerRow(layer, tools);
    rows.set(layer.id, update);
    return node;
  });
  return el('details', {className: 'theme', open: true}, el('summary', {}, icon('down'), titled(theme.title)), el('ul', {}, list));
}

function layerRow(layer, tools) {
  const {store, opened} = tools;
  const toggle = el('input', {type: 'checkbox', role: 'switch', onchange: () => store.setLayer(layer.id, {on: toggle.checked})});
  const spinner = el('span', {className: 'spinner', title: t('load.busy'), hidden: true});
  const detail = el('div', {className: 'detail', id: `detail-${layer.id}`, hidden: !opened.has(layer.id)});
  const more = moreButton(layer, detail, opened, () => redraw(store.get(), true));
  const fault = el('p', {className: 'error', role: 'alert', hidden: true});
  const head = el('div', {className: 'row'}, el('label', {}, toggle, signNode(layer, store.get().theme), el('span', {className: 'title'}, titled(layer.title))), solidNode(layer), gradeNode(layer), spinner, more);
  const node = el('li', {className: 'layer', dataset: {layer: layer.id}}, head, fault, detail);

  let drawn = null;
  function redraw(state, always = false) {
    const own = state.layers[layer.id];
    if (detail.hidden || (own === drawn && !always)) return;
    if (drawn && onlyOpacity(own, drawn) && !always) return void (drawn = own);
    drawn = own;
    const focus = focusPath(detail);
    detail.replaceChildren(...detailNodes(layer, own, tools));
    restoreFocus(detail, focus);
  }
  function update(state) {
    const own = state.layers[layer.id];
    const load = state.load[layer.id] || {};
    toggle.checked = own.on;
    node.classList.toggle('off', !own.on);
    spinner.hidden = !(own.on && load.busy && !load.error);
    putFault(fault, own.on && load.error, layer, tools);
    redraw(state);
  }
  return {node, update};
}

const onlyOpacity = (one, other) => one.opacity !== other.opacity && one.variant === other.variant && one.hidden === other.hidden && one.on === other.on;

// A list that is drawn anew keeps the keyboard where it was.
const focusPath = root => [...root.querySelectorAll('button, select, input, a')].indexOf(document.activeElement);
const restoreFocus = (root, place) => place >= 0 && root.querySelectorAll('button, select, input, a')[place]?.focus();

function moreButton(layer, detail, opened, redraw) {
  const label = t('catalog.more', {title: titled(layer.title)});
  const button = el('button', {className: 'icon more', 'aria-label': label, title: label, 'aria-expanded': String(!detail.hidden), 'aria-controls': detail.id}, icon('down'));
  button.addEventListener('click', () => {
    detail.hidden = !detail.hidden;
    button.setAttribute('aria-expanded', String(!detail.hidden));
    if (detail.hidden) opened.delete(layer.id);
    else opened.add(layer.id);
    redraw();
  });
  return button;
}

/** A layer that is drawn in 3-D only says so. */
function solidNode(layer) {
  return layer.theme === '3d' && isRaised(layer) ? el('span', {className: 'solid'}, t('catalog.solid')) : null;
}

function gradeNode(layer) {
  const {level, zh, en} = layer.grade;
  return el('span', {className: `grade grade-${level}`, title: t('catalog.grade')}, lang() === 'zh' ? zh : en);
}

function putFault(fault, sentence, layer, {retry}) {
  fault.hidden = !sentence;
  if (!sentence || fault.dataset.said === sentence) return;
  fault.dataset.said = sentence;
  const again = el('button', {className: 'plain', onclick: () => {
    fault.dataset.said = '';
    retry(layer.id);
  }}, t('load.again'));
  fault.replaceChildren(sentence, ' ', again);
}

function detailNodes(layer, own, tools) {
  return [variantNode(layer, own, tools), legendNode(layer, own, tools.store), opacityNode(layer, own, tools), terrainNode(layer, tools), factsNode(layer), actionsNode(layer, tools)].filter(Boolean);
}

function variantNode(layer, own, {store}) {
  if (own.variants.length < 2) return null;
  const title = id => titled(layer.legends.find(legend => legend.id === id)?.title) || id;
  const options = own.variants.map(id => el('option', {value: id, selected: id === own.variant}, title(id)));
  const choose = event => store.setLayer(layer.id, {variant: event.target.value, hidden: []});
  return el('label', {className: 'field'}, el('span', {}, t('catalog.variant')), el('select', {className: 'variant', onchange: choose}, options));
}

function opacityNode(layer, own, {store}) {
  const shown = el('output', {}, `${Math.round(own.opacity * 100)} %`);
  const change = event => {
    shown.textContent = `${event.target.value} %`;
    store.setLayer(layer.id, {opacity: Number(event.target.value) / 100});
  };
  const range = el('input', {type: 'range', min: 0, max: 100, step: 5, value: Math.round(own.opacity * 100), oninput: change});
  return el('label', {className: 'field'}, el('span', {}, t('catalog.opacity')), range, shown);
}

function factsNode(layer) {
  const facts = [
    [t('catalog.source'), layer.source],
    [t('catalog.date'), moment(layer.date)],
    [t('catalog.amount'), Number.isFinite(layer.count) ? count(layer.count) : ''],
    [t('catalog.zooms'), `${layer.minzoom} – ${layer.maxzoom}`],
    [t('catalog.masked'), (layer.masked || []).join(', ')]
  ].filter(([, value]) => value);
  return el('dl', {className: 'facts'}, facts.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function actionsNode(layer, {map, store}) {
  const go = el('button', {className: 'plain', onclick: () => fit(map, layer.bounds), disabled: !layer.bounds}, icon('target'), t('catalog.goto'));
  const ofTime = event => layer.temporal && (event.currentTarget.href = timed(layer.download, store.get().time));
  const load = el('a', {className: 'plain', href: layer.download, onclick: ofTime, target: '_blank', rel: 'noopener'}, icon('download'), t('catalog.download'));
  const cells = el('button', {className: 'plain', onclick: () => store.set({cells: cellsOf(layer, map.getZoom())})}, icon('grid'), t('cells.open'));
  return el('div', {className: 'actions'}, go, load, cells);
}
