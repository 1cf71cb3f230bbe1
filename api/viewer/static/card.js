// The card of what was clicked: its names, the five facts that matter, then attributes, source and time, position.

import {annotatable, beginAnnotation, mayAnnotate} from './annotation-subject.js';
import {DESIGN_ELEMENTS, ELEMENTS} from './building-models.js';
import {buildingNode} from './building-card.js';
import {$, copy, el, say} from './element.js';
import {degrees, moment, place, valued} from './format.js';
import {fetchJson} from './http.js';
import {named, t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit, fly} from './map.js';
import {collectionOf} from './style.js';
import {isNow, timed} from './time-address.js';

// What a person asks first, of whatever kind the thing is; other columns follow in the catalogue's order.
const FIRST = ['height_m', 'floors', 'use', 'class', 'address', 'lines', 'category', 'ref', 'area_m2', 'crop', 'lanes', 'admin_level', 'start_year'];
const LAST = ['has_parts', 'min_height_m', 'height_source', 'division_code', 'storey', 'parent', 'shape', 'record', 'properties'];
const TABS = ['attributes', 'source', 'position'];
// A part of a building has a first tab of its own.
const tabsOf = layer => ([ELEMENTS, DESIGN_ELEMENTS].includes(layer.id) ? ['building', ...TABS] : TABS);

export function bindCard({map, store, catalog}) {
  let tab = null; // the first, until somebody chooses
  let asked = 0;

  async function show() {
    const {selected} = store.get();
    const mine = ++asked;
    if (!selected || !catalog.byId[selected.layer]) return close();
    waiting(catalog.byId[selected.layer]);
    try {
      const path = `/collections/${collectionOf(selected.layer, store.get())}/items/${selected.fid}`;
      const feature = await fetchJson(catalog.byId[selected.layer].temporal ? timed(path, timeOf(selected, store.get().time)) : path);
      if (mine === asked) store.set({shape: feature});
    } catch (error) {
      if (mine !== asked) return;
      store.set({shape: null});
      if (error.status === 404 && !isNow(timeOf(selected, store.get().time))) absent(catalog.byId[selected.layer]);
      else failed(catalog.byId[selected.layer], error);
    }
  }
  function close() {
    $('right').hidden = true;
    store.set({shape: null});
  }
  function draw() {
    const {shape, selected} = store.get();
    if (!shape || !selected) return;
    const choose = next => {
      tab = next;
      draw();
      $(`tab-${next}`).focus();
    };
    fill(...cardNodes({layer: catalog.byId[selected.layer], feature: shape, map, tab, choose, store, catalog}));
  }
  function waiting(layer) {
    if (!$('right').hidden && store.get().shape) return;
    fill(head(titled(layer.title), '', '', store), el('p', {className: 'quiet pad'}, t('load.busy')));
  }
  function absent(layer) {
    fill(head(titled(layer.title), '', '', store), el('p', {className: 'quiet pad', role: 'status'}, t('time.absent')));
  }
  function failed(layer, error) {
    const again = el('button', {className: 'plain', onclick: show}, t('load.again'));
    fill(head(titled(layer.title), '', '', store), el('p', {className: 'error pad', role: 'alert'}, error.message, ' ', again));
  }

  store.on(['selected'], show);
  store.on(['time'], ({time}, before) => (time.at !== before.time.at || time.known !== before.time.known) && show());
  store.on(['shape', 'lang', 'building'], draw);
  show();
}

/** What was clicked on the map of an earlier instant is told as it was then. */
const timeOf = (selected, time) => (selected.at ? {...time, at: selected.at} : time);

function fill(...nodes) {
  $('right').replaceChildren(...nodes.filter(Boolean));
  $('right').hidden = false;
}

function head(kind, title, second, store) {
  const close = el('button', {className: 'icon', id: 'card-close', 'aria-label': t('card.close'), title: t('card.close'), onclick: () => store.set({selected: null})}, icon('close'));
  const names = el('div', {className: 'names'}, el('p', {className: 'kind'}, kind), title ? el('h2', {}, title) : null, second ? el('p', {className: 'second', lang: 'en'}, second) : null);
  return el('header', {className: 'panel-head card-head'}, names, close);
}

function cardNodes({layer, feature, map, tab, choose, store, catalog}) {
  const {first, second} = named(feature.properties);
  const top = head(titled(layer.title), first || t('card.unnamed', {layer: titled(layer.title), fid: feature.id}), second, store);
  const bodies = {building: buildingNode, attributes, source, position};
  const tabs = tabsOf(layer);
  const open = tabs.includes(tab) ? tab : tabs[0];
  const body = el('div', {className: 'scroll pad', role: 'tabpanel', id: 'tabpanel', 'aria-labelledby': `tab-${open}`, tabIndex: 0}, bodies[open]({layer, feature, map, store}));
  return [top, factsNode(layer, feature), quality(feature), tabsNode(tabs, open, choose), body, actions({feature, map, layer, store, catalog})];
}

function ordered(layer) {
  const weight = column => (FIRST.includes(column.name) ? FIRST.indexOf(column.name) : LAST.includes(column.name) ? 99 : 50);
  return layer.columns.filter(column => !['name', 'name_en'].includes(column.name)).sort((one, other) => weight(one) - weight(other));
}

function factsNode(layer, {properties}) {
  const told = ordered(layer).map(column => [column, valued(column, properties[column.name])]).filter(([column, value]) => value !== '' && !LAST.includes(column.name)).slice(0, 5);
  const nodes = told.map(([column, value], place) => el('div', {className: value.length > 10 ? 'wide' : place < 2 && value.length < 10 ? 'big' : ''}, el('dt', {}, titled(column.title)), el('dd', {dataset: {column: column.name}}, value)));
  return el('dl', {className: 'five'}, nodes);
}

function quality({properties}) {
  const value = properties.quality;
  return typeof value === 'number' && value < 0.5 ? el('p', {className: 'note'}, t('card.synthetic')) : null;
}

function tabsNode(tabs, tab, choose) {
  const step = event => {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (by) choose(tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]);
  };
  const buttons = tabs.map(name => el('button', {role: 'tab', id: `tab-${name}`, 'aria-selected': String(name === tab), 'aria-controls': 'tabpanel', tabIndex: name === tab ? 0 : -1, onclick: () => choose(name)}, t(`card.${name}`)));
  return el('div', {role: 'tablist', className: 'tabs', 'aria-label': t('card.tabs'), onkeydown: step}, buttons);
}

function table(rows) {
  return el('table', {}, el('tbody', {}, rows.map(([name, value]) => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {}, value)))));
}

function attributes({layer, feature}) {
  const rows = layer.columns.map(column => [titled(column.title), valued(column, feature.properties[column.name])]);
  const told = rows.filter(([, value]) => value !== '');
  return told.length ? table(told) : el('p', {className: 'quiet'}, t('card.empty'));
}

function source({layer, feature}) {
  const {properties} = feature;
  return table([
    [t('card.dataset'), properties.dataset],
    [t('card.key'), properties.source_key],
    [t('card.provider'), layer.source],
    [t('card.valid'), period(properties)],
    [t('card.recorded'), moment(properties.recorded_from)],
    [t('card.quality'), typeof properties.quality === 'number' ? `${Math.round(properties.quality * 100)} %` : ''],
    [t('catalog.grade'), titled(layer.grade)],
    [t('card.crs'), properties.source_crs],
    [t('card.code'), properties.code]
  ].filter(([, value]) => value));
}

function period({valid_from: from, valid_to: to}) {
  return [moment(from), moment(to) || t('card.now')].filter(Boolean).join(' – ');
}

function position({feature}) {
  const [lon, lat] = centre(feature);
  const text = place(lon, lat);
  const press = el('button', {className: 'plain', id: 'copy-place', onclick: () => copy(text).then(() => say(t('said.copied', {text})))}, icon('copy'), t('card.copy'));
  return el('div', {}, table([
    [t('card.lonlat'), text],
    [t('card.degrees'), `${degrees(lon, 'E', 'W')} ${degrees(lat, 'N', 'S')}`],
    [t('card.system'), 'CGCS2000 · EPSG:4490']
  ]), el('div', {className: 'actions'}, press));
}

function actions({feature, map, layer, store, catalog}) {
  const collection = collectionOf(layer.id, store.get());
  const {selected} = store.get();
  const note = mayAnnotate(store.get()) && annotatable(catalog, selected) && el('button', {className: 'plain', id: 'card-annotate', onclick: () => beginAnnotation(store, {selected, name: named(feature.properties).first, place: [...centre(feature), feature.properties.height_m || 0]})}, icon('note'), t('annotation.write'));
  const go = el('button', {className: 'plain', onclick: () => zoomTo(map, feature)}, icon('target'), t('catalog.goto'));
  const json = el('a', {className: 'plain', href: `/collections/${collection}/items/${feature.id}?f=json`, target: '_blank', rel: 'noopener'}, icon('download'), 'GeoJSON');
  return el('div', {className: 'actions foot'}, note, go, json);
}

function zoomTo(map, feature) {
  if (feature.geometry.type === 'Point') fly(map, {center: feature.geometry.coordinates, zoom: Math.max(17, map.getZoom())});
  else fit(map, boxOf(feature));
}

function boxOf({geometry}) {
  const flat = geometry.coordinates.flat(Infinity);
  const every = offset => flat.filter((_, place) => place % step === offset);
  const step = dimension(geometry.coordinates);
  const [lons, lats] = [every(0), every(1)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

const dimension = coordinates => (Array.isArray(coordinates[0]) ? dimension(coordinates[0]) : coordinates.length);

function centre(feature) {
  const [west, south, east, north] = boxOf(feature);
  return [(west + east) / 2, (south + north) / 2];
}
