// The list of what differs between two instants: how much of each kind, in which attributes, and each thing by itself.

import {$, el} from './element.js';
import {valued} from './format.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit} from './map.js';
import {fieldOf, ofField} from './time-address.js';
import {KIND_COLORS} from './time-track.js';

const KINDS = Object.keys(KIND_COLORS);
export const KIND_SIGNS = {added: '+', removed: '−', changed: '~'};
const MOST_SHOWN = 60; // of each layer

export function bindCompareList({map, store, put, again}) {
  const root = $('compare');
  const shown = new Set(KINDS);
  let found = null;
  let fault = null;

  function frame() {
    const field = (id, change) => el('label', {className: 'field'}, el('span', {id: `${id}-label`}), el('input', {type: 'datetime-local', step: 1, id, onchange: event => event.target.value && change(ofField(event.target.value))}));
    root.replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {id: 'compare-title'}), el('button', {className: 'icon', id: 'compare-close', onclick: () => put({compare: null})}, icon('close'))),
      el('div', {className: 'compare-times'}, field('compare-before', beside => put({compare})), field('compare-after', at => put({at}))),
      el('div', {id: 'compare-counts', role: 'group'}),
      el('div', {id: 'compare-list', className: 'scroll', role: 'region', tabIndex: 0, 'aria-live': 'polite'}));
    words();
  }
  function words() {
    if (!root.firstChild) return;
    $('compare-title').textContent = t('compare.title');
    for (const name of ['title', 'aria-label']) $('compare-close').setAttribute(name, t('compare.close'));
    $('compare-before-label').textContent = t('compare.before');
    $('compare-after-label').textContent = t('compare.after');
    $('compare-counts').setAttribute('aria-label', t('compare.kinds'));
    $('compare-list').setAttribute('aria-label', t('compare.list'));
    draw();
  }
  function times({compare, at}) {
    if (!root.firstChild) frame();
    $('compare-before').value = fieldOf(compare);
    $('compare-after').value = fieldOf(at ?? new Date().toISOString());
  }
  function draw() {
    if (!found && !fault) return void $('compare-list').replaceChildren(el('p', {className: 'quiet pad'}, t('load.busy')));
    if (fault) return void $('compare-list').replaceChildren(el('p', {className: 'error pad', role: 'alert'}, fault.message, ' ', el('button', {className: 'plain', onclick: again}, t('load.again'))));
    $('compare-counts').replaceChildren(...KINDS.map(chip));
    const some = found.filter(({changes}) => KINDS.some(kind => changes[kind]));
    const nodes = some.map(section);
    $('compare-list').replaceChildren(...(nodes.length ? nodes : [el('p', {className: 'quiet pad'}, t('compare.none'))]), el('p', {className: 'quiet small pad'}, t('compare.scope')));
  }
  function chip(kind) {
    const sum = found.reduce((whole, {changes}) => whole + changes[kind], 0);
    const toggle = () => {
      shown.has(kind) ? shown.delete(kind) : shown.add(kind);
      draw();
      root.querySelector(`[data-kind="${kind}"]`).focus();
    };
    return el('button', {className: 'compare-kind', dataset: {kind}, 'aria-pressed': String(shown.has(kind)), onclick: toggle}, el('i', {style: {background: KIND_COLORS[kind]}}, KIND_SIGNS[kind]), `${t(`compare.${kind}`)} ${sum}`);
  }
  function section({layer, changes}) {
    const things = changes.features.filter(({properties}) => shown.has(properties.kind));
    const whole = KINDS.filter(kind => shown.has(kind)).reduce((sum, kind) => sum + changes[kind], 0);
    const by = Object.entries(changes.changed_by_column).sort(([, one], [, other]) => other - one).map(([name, n]) => `${columnTitle(layer, name)} ${n}`);
    const more = whole - Math.min(things.length, MOST_SHOWN);
    return el('section', {},
      el('h2', {}, titled(layer.title), el('small', {}, String(whole))),
      by.length && shown.has('changed') ? el('p', {className: 'small quiet'}, t('compare.by-column', {list: by.join(' · ')})) : null,
      el('ul', {}, things.slice(0, MOST_SHOWN).map(feature => entry(layer, feature))),
      more > 0 ? el('p', {className: 'small quiet'}, t('compare.more', {n: more})) : null);
  }
  function entry(layer, feature) {
    const {properties: {kind}} = feature;
    const go = () => {
      store.set({sketch: {...store.get().sketch, mark: [{type: 'Feature', geometry: feature.geometry, properties: {}}]}});
      fit(map, boxOf(feature.geometry));
    };
    return el('li', {}, el('button', {className: 'compare-thing', dataset: {kind, fid: feature.id}, onclick: go, disabled: !feature.geometry},
      el('i', {style: {background: KIND_COLORS[kind]}, title: t(`compare.${kind}`)}, KIND_SIGNS[kind]),
      el('span', {}, el('b', {}, nameOf(layer, feature)), ...details(layer, feature).map(text => el('small', {}, text)))));
  }
  return {times, words, fill: changes => {
    [found, fault] = [changes, null];
    draw();
  }, fail: error => {
    fault = error;
    draw();
  }};
}

const columnOf = (layer, name) => layer.columns.find(column => column.name === name);
const columnTitle = (layer, name) => (name === 'geometry' ? t('compare.geometry') : titled(columnOf(layer, name)?.title) || name);

function nameOf(layer, {id, properties: {columns, name}}) {
  const named = columns.name ?? columns.name_en;
  return name || named?.new || named?.old || `${titled(layer.title)} ${id}`;
}

/** What became another: each attribute with its value before and after. */
function details(layer, {properties: {kind, differs, columns}}) {
  if (kind !== 'changed') return [];
  return differs.map(name => {
    const {old, new: young} = columns[name] ?? {};
    const say = value => valued(columnOf(layer, name), value) || '–';
    return name === 'geometry' ? columnTitle(layer, name) : `${columnTitle(layer, name)} ${say(old)} → ${say(young)}`;
  });
}

function boxOf(geometry) {
  const points = geometry.type === 'Point' ? [geometry.coordinates] : geometry.coordinates.flat({MultiPoint: 0, LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2}[geometry.type] ?? 0);
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
