// A layer counted by the cells of a grid, as a map of its own: what is counted, how fine, in which colours.

import {$, debounce, el, framed} from './element.js';
import {number} from './format.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {timed} from './time-address.js';

const ID = 'layer-cells';
const GRIDS = {beidou: [2, 3, 4, 5, 6, 7], geosot: [11, 13, 15, 16, 17, 18, 19, 20], h3: [4, 5, 6, 7, 8, 9, 10, 11]};
const FIRST = {beidou: 5, geosot: 17, h3: 9}; // the level to begin with
const MEASURES = ['count', 'per_km2', 'length_m', 'area_m2', 'area_share', 'sum'];
const UNITS = {count: '', per_km2: '/km²', length_m: 'm', area_m2: 'm²', area_share: '%', sum: ''};
const COLORS = ['#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494']; // YlGnBu, five classes
const MOST_ACROSS = 64; // cells of a tile, each way: the server's most is 64 times 64

/** `cells` of the state as a word of the address, and back: "buildings,beidou,5,count" or "…,sum,height_m". */
export const writeCells = cells => (cells ? [`cells=${[cells.layer, cells.grid, cells.level, cells.measure, cells.column].filter(Boolean).join(',')}`] : []);
export function readCells(text) {
  const [, layer, grid, level, measure, column] = /^(\w+),(\w+),(\d+),(\w+?)(?:,(\w+))?$/.exec(text || '') || [];
  const sound = layer && GRIDS[grid]?.includes(Number(level)) && MEASURES.includes(measure) && (measure === 'sum') === Boolean(column);
  return sound ? {layer, grid, level: Number(level), measure, column: column || null} : null;
}

export function bindCells({map, store, catalog, mapOverlays}) {
  const root = $('cells');
  let laid = '';
  let breaks = [];
  const put = patch => store.set({cells: {...store.get().cells, ...patch}});
  const layerOf = () => catalog.byId[store.get().cells?.layer];
  const numbersOf = layer => layer.columns.filter(column => ['integer', 'real'].includes(column.type));

  function show({cells}, before) {
    const open = Boolean(cells && layerOf());
    root.hidden = !open;
    if (!open) return clear();
    if (cells !== before?.cells) frame(cells);
    lay();
  }
  function clear() {
    laid = '';
    breaks = [];
    mapOverlays.take(ID);
  }
  function frame({layer, grid, level, measure, column}) {
    const choice = (id, key, options, chosen, change) => el('label', {className: 'field'}, el('span', {}, t(`cells.${key}`)), el('select', {id, onchange: event => change(event.target.value)}, options.map(([value, text]) => el('option', {value, selected: String(value) === String(chosen)}, text))));
    const own = catalog.byId[layer];
    const measures = [...MEASURES.filter(one => one !== 'sum' && suits(one, own)).map(one => [one, t(`cells.measure.${one}`)]), ...numbersOf(own).map(one => [`sum:${one.name}`, t('cells.measure.sum', {title: titled(one.title)})])];
    const focus = document.activeElement?.id;
    root.replaceChildren(
      el('header', {className: 'panel-head'}, el('h1', {}, t('cells.title', {title: titled(own.title)})), el('button', {className: 'icon', id: 'cells-close', title: t('cells.close'), 'aria-label': t('cells.close'), onclick: () => store.set({cells: null})}, icon('close'))),
      el('div', {className: 'pad cells-body'},
        choice('cells-grid', 'grid', Object.keys(GRIDS).map(name => [name, t(`cells.grid.${name}`)]), grid, name => put({grid: name, level: FIRST[name]})),
        choice('cells-level', 'level', GRIDS[grid].map(each => [each, t('cells.size', {level: each, size: sizeText(grid, each)})]), level, value => put({level: Number(value)})),
        choice('cells-measure', 'what', measures, column ? `sum:${column}` : measure, value => put(value.startsWith('sum:') ? {measure: 'sum', column: value.slice(4)} : {measure: value, column: null})),
        el('div', {id: 'cells-legend'}), el('output', {id: 'cells-said'}, t('cells.hint'))));
    if (focus && root.contains($(focus))) $(focus).focus();
    legend();
  }
  function lay() {
    const {cells, time} = store.get();
    const words = new URLSearchParams({grid: cells.grid, level: cells.level, measure: cells.measure, ...(cells.column ? {sum: cells.column} : {})});
    const path = timed(`/collections/${cells.layer}/grid/tiles/{z}/{x}/{y}.mvt?${words}`, time);
    const key = path + breaks;
    if (key === laid) return;
    laid = key;
    const source = {type: 'vector', tiles: [location.origin + path], minzoom: leastZoom(cells), maxzoom: 22, promoteId: 'code'};
    mapOverlays.lay(ID, source, layers => {
      const names = layers.findIndex(part => part.type === 'symbol');
      const at = names < 0 ? layers.length : names;
      return [...layers.slice(0, at), ...parts(breaks), ...layers.slice(at)];
    });
  }
  /** Classes of as many cells each, of what is seen now; the legend tells their ends. */
  const classify = framed(() => {
    if (!store.get().cells || !map.getSource(ID) || !map.isSourceLoaded(ID)) return;
    const values = map.querySourceFeatures(ID, {sourceLayer: 'cells'}).map(({properties}) => properties.value).sort((one, other) => one - other);
    const next = values.length ? [...new Set([1, 2, 3, 4].map(place => values[Math.floor((values.length * place) / 5)]).filter(value => value > values[0]))] : [];
    if (String(next) === String(breaks)) return;
    breaks = next;
    legend();
    lay();
  });
  function legend() {
    if (root.hidden || !$('cells-legend')) return;
    const {cells} = store.get();
    const ends = breaks.map(value => shown(cells, value));
    const text = place => (place === 0 ? (ends.length ? `< ${ends[0]}` : t('cells.empty')) : place === ends.length ? `≥ ${ends.at(-1)}` : `${ends[place - 1]} – ${ends[place]}`);
    $('cells-legend').replaceChildren(...Array.from({length: breaks.length + 1}, (_, place) => el('span', {}, el('i', {className: 'swatch', style: {background: colorAt(place, breaks)}}), text(place))));
    if (map.getZoom() < leastZoom(cells)) $('cells-said').textContent = t('cells.closer');
  }
  function shown({measure, column}, value) {
    const unit = measure === 'sum' ? layerOf().columns.find(one => one.name === column)?.unit : UNITS[measure];
    return number(measure === 'area_share' ? value * 100 : value, unit || undefined);
  }

  map.on('mousemove', event => {
    if (!store.get().cells || !map.getLayer(`${ID}-fill`)) return;
    const [cell] = map.queryRenderedFeatures(event.point, {layers: [`${ID}-fill`]});
    map.setFilter(`${ID}-over`, ['==', ['get', 'code'], cell?.properties.code ?? '']);
    if (cell) $('cells-said').textContent = `${cell.properties.code} · ${shown(store.get().cells, cell.properties.value)}`;
  });
  map.on('idle', classify);
  store.on(['cells', 'time'], show);
  store.on(['view'], debounce(200, legend));
  store.on(['lang'], ({cells}) => cells && layerOf() && frame(cells));
  show(store.get());
}

/** What to begin with: a level whose cells are well seen at this zoom. */
export const cellsOf = (layer, zoom) => ({layer: layer.id, grid: 'beidou', level: zoom >= 16 ? 6 : zoom >= 13 ? 5 : 4, measure: 'count', column: null});

const suits = (measure, layer) => ({length_m: /Line/, area_m2: /Polygon/, area_share: /Polygon/}[measure]?.test(layer.geometry) ?? true);

function sideOf(grid, level) {
  if (grid === 'beidou') return [6, 0.5, 0.25, 1 / 60, 4 / 3600, 2 / 3600, 0.25 / 3600][level - 1];
  // The side of a square as large as a hexagon, which is a seventh of the next coarser: resolution 9 has 0.1053 km².
  if (grid === 'h3') return (Math.sqrt(0.1053 * 7 ** (9 - level)) / 111.32) / Math.cos((31.2 * Math.PI) / 180);
  return level <= 9 ? 2 ** (9 - level) : level <= 15 ? 2 ** (15 - level) / 60 : 2 ** (21 - level) / 3600;
}

/** The side of a cell from west to east, at the latitude of Shanghai. */
function sizeText(grid, level) {
  const metres = sideOf(grid, level) * 111_320 * Math.cos((31.2 * Math.PI) / 180);
  return metres >= 1000 ? `${Math.round(metres / 100) / 10} km` : `${Math.round(metres)} m`;
}

const leastZoom = ({grid, level}) => Math.max(0, Math.ceil(Math.log2(360 / (MOST_ACROSS * sideOf(grid, level)))));
const colorAt = (place, breaks) => COLORS[breaks.length ? Math.round((place * (COLORS.length - 1)) / breaks.length) : 2];

function parts(breaks) {
  const color = breaks.length ? ['step', ['get', 'value'], colorAt(0, breaks), ...breaks.flatMap((value, place) => [value, colorAt(place + 1, breaks)])] : COLORS[2];
  const from = {source: ID, 'source-layer': 'cells'};
  return [
    {id: `${ID}-fill`, type: 'fill', ...from, paint: {'fill-color': color, 'fill-opacity': 0.72, 'fill-outline-color': 'rgba(255, 255, 255, 0.6)'}},
    {id: `${ID}-over`, type: 'line', ...from, filter: ['==', ['get', 'code'], ''], paint: {'line-color': '#d55e00', 'line-width': 2.5}}
  ];
}
