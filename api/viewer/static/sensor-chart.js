// A chart of datastreams of one unit: the mean of each bucket as a line, from the least to the greatest as a band, read
// with the pointer or the arrow keys.

import {el} from './element.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {amount, unitText} from './reading-text.js';
import {timeTicks, valueTicks} from './sensor-axis.js';

/** Okabe-Ito, in the order in which datastreams are chosen. */
export const LINE_COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const [WIDE, HIGH] = [352, 190];
const EDGE = {left: 44, right: 10, top: 22, bottom: 22}; // above is room for the unit
// A line ends where nothing was heard for so many times the usual.
const SILENT = 3;
const SVG = 'http://www.w3.org/2000/svg';

function svg(tag, properties, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * `series` are {datastream, label, unit, points: [{at, mean, min, max, count}]} with instants in ms, `from` and `to` the
 * edges, `mark` an instant that is pointed at, or null. `said` is where the values under the pointer are told.
 */
export function chartNode({series, from, to, mark, unit}) {
  const shown = series.map((one, place) => ({...one, color: LINE_COLORS[place], points: one.points.filter(({at}) => at >= from && at <= to)}));
  const every = shown.flatMap(({points}) => points);
  if (!every.length) return el('p', {className: 'quiet sensor-nothing', role: 'status'}, t('sensor.chart.empty'));
  const ticks = valueTicks(Math.min(...every.map(({min}) => min)), Math.max(...every.map(({max}) => max)));
  const x = ms => EDGE.left + ((ms - from) / (to - from)) * (WIDE - EDGE.left - EDGE.right);
  const y = value => HIGH - EDGE.bottom - ((value - ticks[0].at) / (ticks.at(-1).at - ticks[0].at)) * (HIGH - EDGE.top - EDGE.bottom);
  const pointer = svg('g', {class: 'sensor-pointer'});
  const drawing = svg('svg', {viewBox: `0 0 ${WIDE} ${HIGH}`, 'aria-hidden': 'true'},
    axes(x, y, timeTicks(from, to), ticks, unit), ...shown.map(one => band(one, x, y)), ...shown.map(one => line(one, x, y)),
    mark === null || mark < from || mark > to ? '' : svg('line', {class: 'sensor-mark', x1: x(mark), x2: x(mark), y1: EDGE.top, y2: HIGH - EDGE.bottom}), pointer);
  return readable({drawing, pointer, shown, x, y, unit, from, to});
}

function axes(x, y, times, values, unit) {
  const group = svg('g', {class: 'sensor-axes'});
  for (const {at, text} of values) group.append(svg('line', {x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(at), y2: y(at)}), svg('text', {x: EDGE.left - 5, y: y(at) + 3.5, 'text-anchor': 'end'}, text));
  for (const {at, text} of times) group.append(svg('line', {class: 'tick', x1: x(at), x2: x(at), y1: HIGH - EDGE.bottom, y2: HIGH - EDGE.bottom + 3}), svg('text', {x: x(at), y: HIGH - 7, 'text-anchor': 'middle'}, text));
  group.append(svg('text', {x: 2, y: 9}, unitText(unit)));
  return group;
}

/** The runs of points between which nothing is missing. */
export function runs(points) {
  const gaps = points.slice(1).map(({at}, place) => at - points[place].at).sort((one, other) => one - other);
  const usual = gaps[Math.floor(gaps.length / 2)] ?? 0;
  const found = [];
  for (const [place, point] of points.entries()) {
    if (place && point.at - points[place - 1].at <= SILENT * usual) found.at(-1).push(point);
    else found.push([point]);
  }
  return found;
}

const path = (points, x, y, name) => points.map(point => `${x(point.at).toFixed(1)},${y(point[name]).toFixed(1)}`);

function band({points, color}, x, y) {
  const group = svg('g', {fill: color, 'fill-opacity': 0.2, stroke: 'none'});
  for (const run of runs(points)) group.append(svg('polygon', {points: [...path(run, x, y, 'max'), ...path(run, x, y, 'min').reverse()].join(' ')}));
  return group;
}

function line({points, color, datastream}, x, y) {
  const group = svg('g', {class: 'sensor-line', 'data-datastream': datastream, stroke: color, fill: 'none'});
  for (const run of runs(points)) group.append(run.length > 1 ? svg('polyline', {points: path(run, x, y, 'mean').join(' ')}) : dot(run[0], x, y, color));
  if (points.length) group.append(dot(points.at(-1), x, y, color));
  return group;
}

const dot = ({at, mean}, x, y, color) => svg('circle', {cx: x(at).toFixed(1), cy: y(mean).toFixed(1), r: 2.5, fill: color, stroke: 'none'});

/** The chart with what lies under the pointer: an instant is chosen as with a slider, and its values are read out. */
function readable({drawing, pointer, shown, x, y, unit, from, to}) {
  const instants = [...new Set(shown.flatMap(({points}) => points.map(({at}) => at)))].sort((one, other) => one - other);
  const said = el('output', {className: 'sensor-said'}, t('sensor.chart.hint'));
  const node = el('div', {className: 'sensor-chart', role: 'slider', tabIndex: 0, 'aria-label': t('sensor.chart.label'), 'aria-valuemin': from, 'aria-valuemax': to, 'aria-valuenow': instants.at(-1)}, drawing);
  let place = instants.length - 1;
  node.setAttribute('aria-valuetext', sentence(shown, instants[place], unit).join(' · '));

  function point(next) {
    place = Math.min(instants.length - 1, Math.max(0, next));
    const at = instants[place];
    const told = sentence(shown, at, unit);
    said.replaceChildren(...told.map(each => el('span', {}, each)));
    node.setAttribute('aria-valuenow', at);
    node.setAttribute('aria-valuetext', told.join(' · '));
    pointer.replaceChildren(svg('line', {x1: x(at), x2: x(at), y1: EDGE.top, y2: HIGH - EDGE.bottom}), ...shown.flatMap(({points, color}) => points.filter(one => one.at === at).map(one => svg('circle', {cx: x(at), cy: y(one.mean), r: 3.5, fill: color}))));
  }
  node.addEventListener('pointermove', event => {
    const box = drawing.getBoundingClientRect();
    const ms = from + ((((event.clientX - box.left) / box.width) * WIDE - EDGE.left) / (WIDE - EDGE.left - EDGE.right)) * (to - from);
    point(nearest(instants, ms));
  });
  node.addEventListener('keydown', event => {
    const next = {ArrowLeft: place - 1, ArrowRight: place + 1, PageUp: place - 10, PageDown: place + 10, Home: 0, End: instants.length - 1}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // else the map would move
    point(next);
  });
  return el('div', {}, node, said);
}

function nearest(instants, ms) {
  const after = instants.findIndex(at => at >= ms);
  if (after <= 0) return after < 0 ? instants.length - 1 : 0;
  return ms - instants[after - 1] < instants[after] - ms ? after - 1 : after;
}

/** The instant and what each datastream was in it, with its least and greatest where the bucket has several. */
function sentence(shown, at, unit) {
  const told = shown.map(one => [one, one.points.find(point => point.at === at)]).filter(([, point]) => point);
  const words = ([{label}, {mean, min, max, count}]) => {
    const value = amount(mean, unit);
    const spread = count > 1 && max > min ? ` (${amount(min)} – ${amount(max)})` : '';
    return `${shown.length > 1 ? `${label} ` : ''}${value}${spread}`;
  };
  return [moment(new Date(at).toISOString()), ...told.map(words)];
}
