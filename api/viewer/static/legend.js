// The legend of a layer: colours with what they mean; a click on an entry hides or shows what it stands for.

import {legendColor} from './dark-theme.js';
import {el} from './element.js';
import {t, titled} from './i18n.js';
import {isRaster, rasterLegend} from './raster.js';
import {legendOf} from './style.js';

export function legendNode(layer, own, store) {
  const legend = legendOf(layer, own.variant);
  if (!legend || legend.kind === 'single') return null;
  if (isRaster(layer)) return rasterLegend(layer, legend, store.get().theme);
  const all = own.hidden.length ? el('button', {className: 'plain small', onclick: () => store.setLayer(layer.id, {hidden: []})}, t('legend.all')) : null;
  const entries = legend.entries.map((entry, place) => entryNode(layer, own, store, entry, place));
  return el('div', {className: 'legend'}, el('ul', {'aria-label': t('legend.label', {title: titled(layer.title)})}, entries), all);
}

function entryNode(layer, own, store, entry, place) {
  const hidden = own.hidden.includes(place);
  const toggle = () => {
    const now = store.get().layers[layer.id].hidden;
    const next = now.includes(place) ? now.filter(other => other !== place) : [...now, place].sort((one, other) => one - other);
    store.setLayer(layer.id, {hidden: next});
  };
  const swatch = el('i', {className: 'swatch', style: {background: legendColor(layer, entry.color, store.get().theme)}});
  const button = el('button', {className: 'entry', 'aria-pressed': String(!hidden), title: t('legend.hint'), onclick: toggle}, swatch, titled(entry.label));
  return el('li', {}, button);
}

/** The small sign before a layer's title: its colour in the shape of its geometry. */
export function signNode(layer, theme) {
  const legend = layer.legends[0];
  const shape = /Point/.test(layer.geometry) ? 'dot' : /Line/.test(layer.geometry) ? 'stroke' : 'area';
  const colors = (legend?.entries || []).map(entry => legendColor(layer, entry.color, theme));
  const many = legend && legend.kind !== 'single' && colors.length > 1;
  const node = el('i', {className: `sign ${shape}`});
  if (many) node.append(...pick(colors, 3).map(color => el('b', {style: {background: color}})));
  else node.append(el('b', {style: {background: colors[0] || '#9aa0a6'}}));
  return node;
}

function pick(colors, most) {
  const step = Math.max(1, (colors.length - 1) / (most - 1));
  return [...Array(Math.min(most, colors.length)).keys()].map(place => colors[Math.round(place * step)]);
}
