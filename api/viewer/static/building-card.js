// What a card tells of a part of a building: what it is in and holds, its properties, and its storey alone on the map.

import {isReading, liveLegend, observedChoices, observedIn, thingsNode} from './building-readings.js';
import {el} from './element.js';
import {number, valued} from './format.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {isNow, timed} from './time-address.js';

const MOST_PARTS = 60;
// The roles of those who may move models.
const MOVERS = ['administrator', 'steward'];
// Units by the ends of the names that quantities have in IFC.
const UNITS = [['Volume', 'm³'], ['Area', 'm²'], ['Weight', 'kg'], ['Width', 'm'], ['Height', 'm'], ['Length', 'm'], ['Depth', 'm'], ['Perimeter', 'm']];

/** The tab of a building's part; it fills when the server has answered. */
export function buildingNode({layer, feature, store}) {
  const focus = document.activeElement?.closest('#right') && document.activeElement.id;
  const node = el('div', {className: 'building'}, el('p', {className: 'quiet'}, t('load.busy')));
  // The card is drawn anew with each step of a slider, which keeps the keyboard.
  fill(node, layer, feature, store).then(() => focus && document.activeElement === document.body && document.getElementById(focus)?.focus()).catch(error => node.replaceChildren(el('p', {className: 'error', role: 'alert'}, error.message)));
  return node;
}

async function fill(node, layer, feature, store) {
  const {dataset, source_key: key} = feature.properties;
  const path = `/bim/models/${encodeURIComponent(dataset)}`;
  const {time} = store.get();
  const [element, model, observed] = await Promise.all([fetchJson(timed(`${path}/elements/${encodeURIComponent(key)}`, time)), fetchJson(timed(path, time)), observedIn(dataset, time)]);
  const tools = {layer, store, model, observed};
  node.replaceChildren(...[trail(element, tools), switches(element, tools), slidersNode(tools), coloringNode(element, tools), storeysNode(element, tools), thingsNode(element, tools), partsNode(element, tools), factsNode(element), ...sets(element)].filter(Boolean));
}

const nameOf = ({name, long_name: long, class: type}) => [name, long].filter(Boolean).join(' ') || type;

function chooser(part, {store, layer}) {
  return el('button', {className: 'link', onclick: () => store.set({selected: {layer: layer.id, fid: part.fid}})}, nameOf(part));
}

/** What contains it, the outermost first, each to be chosen. */
function trail({within}, tools) {
  if (!within.length) return null;
  const kinds = tools.layer.columns.find(({name}) => name === 'kind');
  const items = within.map(part => el('li', {}, el('span', {className: 'quiet'}, valued(kinds, part.kind)), ' ', chooser(part, tools)));
  return el('nav', {'aria-label': t('building.within')}, el('ol', {className: 'trail'}, items));
}

function switches(element, {store, model}) {
  const {building = {}} = store.get();
  const storey = element.kind === 'storey' ? element.id : element.storey;
  const alone = building.model === model.id && building.storey === storey;
  const put = patch => store.set({building: {...store.get().building, model: model.id, ...patch}});
  const isolate = storey && el('button', {className: 'plain', id: 'storey-alone', 'aria-pressed': String(alone), onclick: () => put({storey: alone ? null : storey})}, icon('layers'), t(alone ? 'building.all' : 'building.alone'));
  const rooms = el('button', {className: 'plain', id: 'rooms', 'aria-pressed': String(Boolean(building.rooms)), onclick: () => put({rooms: !building.rooms})}, icon('target'), t(building.rooms ? 'building.rooms-off' : 'building.rooms'));
  return el('div', {className: 'actions'}, isolate, rooms, moveNode(store, model));
}

/** The way to move it by hand, for those who may, and only as it is now. */
function moveNode(store, model) {
  const {principal, time} = store.get();
  if (!isNow(time) || !principal?.roles?.some(role => MOVERS.includes(role))) return null;
  return el('button', {className: 'plain', id: 'model-move', onclick: () => store.set({wantsMove: model})}, icon('move'), t('move.open'));
}

/** Where the building is cut, and how far its storeys are apart. */
function slidersNode({store, model}) {
  const tops = model.storeys.map(({height_m: top}) => top).filter(Number.isFinite);
  if (!tops.length) return null;
  const own = store.get().building?.model === model.id ? store.get().building : {};
  const top = Math.ceil(Math.max(...tops));
  const low = Math.floor(Math.min(...model.storeys.map(({min_height_m: bottom}) => bottom).filter(Number.isFinite)));
  const put = patch => store.set({building: {...store.get().building, model: model.id, ...patch}});
  const cut = slider('building-cut', t('building.cut'), {min: low, max: top, step: 0.1, value: own.cut ?? top}, value => put({cut: value >= top ? null : value}));
  const apart = slider('building-apart', t('building.apart'), {min: 0, max: 12, step: 1, value: own.apart || 0}, value => put({apart: value}));
  return el('div', {}, cut, ...sectionNodes(own, model, put), model.storeys.length > 1 ? apart : null);
}

/** An upright cut: which way it looks, and how far it goes in. */
function sectionNodes(own, model, put) {
  if (!model.box) return [];
  const [azimuth, offset] = own.section ? own.section.split(',').map(Number) : [null, null];
  const choose = value => put({section: value === '' ? null : `${value},${Math.round(reachOf(model, Number(value))[1] * 5) / 10}`});
  const ways = ['', 0, 45, 90, 135, 180, 225, 270, 315];
  const label = value => (value === '' ? t('building.section-none') : titled(COMPASS[value / 45]));
  const way = el('label', {className: 'field'}, el('span', {}, t('building.section')), el('select', {id: 'building-section', onchange: event => choose(event.target.value)}, ways.map(value => el('option', {value, selected: value === (azimuth ?? '')}, label(value)))));
  if (azimuth === null) return [way];
  const [least, most] = reachOf(model, azimuth);
  const range = {min: Math.floor(least), max: Math.ceil(most), step: 0.1, value: offset};
  return [way, slider('building-section-at', t('building.section-at'), range, value => put({section: `${azimuth},${value}`}))];
}

const COMPASS = [['北', 'north'], ['东北', 'north-east'], ['东', 'east'], ['东南', 'south-east'], ['南', 'south'], ['西南', 'south-west'], ['西', 'west'], ['西北', 'north-west']].map(([zh, en]) => ({zh, en}));

/** From where to where a model reaches towards an azimuth, metres from its anchor. */
function reachOf({box, georeference: {placement}}, azimuth) {
  const {anchor, heading_deg: heading, scale} = placement;
  const [turn, angle] = [heading, azimuth].map(value => (value * Math.PI) / 180);
  const corners = [[box[0], box[1]], [box[3], box[1]], [box[0], box[4]], [box[3], box[4]]];
  const along = corners.map(([x, y]) => {
    const [beside, up] = [x - anchor[0], y - anchor[1]];
    const [east, north] = [beside * Math.cos(turn) - up * Math.sin(turn), beside * Math.sin(turn) + up * Math.cos(turn)];
    return scale * (east * Math.sin(angle) + north * Math.cos(angle));
  });
  return [Math.min(...along), Math.max(...along)];
}

function slider(id, title, range, choose) {
  const shown = el('output', {}, number(range.value, 'm'));
  const input = el('input', {type: 'range', id, ...range, oninput: () => (shown.textContent = number(Number(input.value), 'm')), onchange: () => choose(Number(input.value))});
  return el('label', {className: 'field'}, el('span', {}, title), input, shown);
}

const COLUMNS = ['class', 'kind', 'discipline', 'storey_name', 'volume_m3'];

/** What the model is coloured by, any property of the part at hand among it, and what the colours mean. */
function coloringNode({properties, quantities}, {layer, store, model, observed}) {
  const by = store.get().building?.model === model.id ? store.get().building.by : null;
  const option = (value, text) => el('option', {value, selected: value === by}, text);
  const quoted = name => (name.includes('.') ? `"${name}"` : name);
  const group = (source, set, values) => el('optgroup', {label: set}, Object.keys(values).map(name => option(`${source}:${quoted(set)}.${quoted(name)}`, name)));
  const columns = COLUMNS.map(name => layer.columns.find(column => column.name === name)).filter(Boolean);
  const choices = [option('', t('building.own-colors')), ...columns.map(({name, title}) => option(name, titled(title))), ...observedChoices(observed, option), ...Object.entries(properties).map(([set, values]) => group('property', set, values)), ...Object.entries(quantities).map(([set, values]) => group('quantity', set, values))];
  if (by && !choices.flatMap(node => [node, ...node.children]).some(({value}) => value === by)) choices.push(option(by, by.replace(/^\w+:/, '').replaceAll('"', '')));
  const legend = el('ul', {className: 'building-legend'});
  if (isReading(by)) liveLegend(legend, by, store);
  else if (by) fillLegend(legend, by, model, store);
  const put = value => store.set({building: {...store.get().building, model: model.id, by: value || null}});
  return el('div', {}, el('label', {className: 'field'}, el('span', {}, t('building.colored-by')), el('select', {id: 'building-by', onchange: event => put(event.target.value)}, choices)), legend);
}

async function fillLegend(node, by, model, store) {
  try {
    const {entries} = await fetchJson(timed(`/bim/models/${encodeURIComponent(model.id)}/legend?by=${encodeURIComponent(by)}`, store.get().time));
    node.replaceChildren(...entries.map(({color, label}) => el('li', {}, el('i', {className: 'swatch', style: {background: color}}), titled(label))));
  } catch (error) {
    node.replaceChildren(el('li', {className: 'error'}, error.message));
  }
}

/** The storeys of the building from the top down, the shown one marked. */
function storeysNode(element, {store, model, layer}) {
  if (!model.storeys.length || !['building', 'storey', 'site'].includes(element.kind)) return null;
  const alone = store.get().building?.storey;
  const choose = storey => store.set({selected: {layer: layer.id, fid: storey.fid}, building: {...store.get().building, model: model.id, storey: storey.id}});
  const row = storey => el('li', {}, el('button', {className: 'link', dataset: {storey: storey.id}, 'aria-pressed': String(storey.id === alone), onclick: () => choose(storey)}, nameOf(storey)), ' ', el('span', {className: 'quiet'}, t('building.storey-has', {rooms: storey.spaces, elements: storey.elements})));
  return el('section', {}, el('h3', {}, t('building.storeys')), el('ul', {className: 'storeys'}, [...model.storeys].reverse().map(row)));
}

function partsNode(element, tools) {
  if (!element.parts.length || ['site', 'building'].includes(element.kind)) return null;
  const rooms = element.parts.filter(({kind}) => kind === 'space');
  const others = element.parts.filter(({kind}) => kind !== 'space');
  const total = Object.values(element.part_counts).reduce((sum, one) => sum + one, 0);
  const shown = [...rooms, ...others].slice(0, MOST_PARTS);
  const rest = total > shown.length ? el('p', {className: 'quiet'}, t('building.more', {n: total - shown.length})) : null;
  const row = part => el('li', {}, chooser(part, tools), ' ', el('span', {className: 'quiet'}, part.class));
  return el('section', {}, el('h3', {}, t(rooms.length ? 'building.rooms-and-parts' : 'building.parts')), el('ul', {className: 'parts'}, shown.map(row)), rest);
}

function factsNode({facts}) {
  const rows = [[t('building.materials'), facts.materials], [t('building.systems'), facts.systems]].filter(([, values]) => values?.length);
  return rows.length ? table(rows.map(([title, values]) => [title, values.join('、')])) : null;
}

function sets({properties, quantities}) {
  const measured = Object.entries(quantities).map(([set, values]) => [set, values, name => UNITS.find(([end]) => name.endsWith(end))?.[1]]);
  const said = Object.entries(properties).map(([set, values]) => [set, values, () => undefined]);
  return [...measured, ...said].map(([set, values, unit], place) => el('details', {open: place < 2}, el('summary', {}, set), table(Object.entries(values).map(([name, value]) => [name, told(value, unit(name))]))));
}

function told(value, unit) {
  if (typeof value === 'number') return number(value, unit);
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  return Array.isArray(value) ? value.map(one => told(one)).join('、') : String(value ?? '');
}

const table = rows => el('table', {}, el('tbody', {}, rows.map(([name, value]) => el('tr', {}, el('th', {scope: 'row'}, titled(name)), el('td', {}, value)))));
