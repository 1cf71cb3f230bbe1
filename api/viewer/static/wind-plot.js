// Two small plots on a canvas: the wind in an upright section, and the wind over a place by height.

import {el} from './element.js';
import {t} from './i18n.js';
import {gustColor} from './wind-scale.js';

const WIDE = 308;
const HIGH = 200;
const EDGE = {left: 34, right: 6, top: 8, bottom: 24};
const BUILDING = '#8b939c';

function canvasOf(label, high = HIGH) {
  const dense = Math.max(2, Math.ceil(devicePixelRatio || 1));
  const canvas = el('canvas', {width: WIDE * dense, height: high * dense, className: 'plot', role: 'img', 'aria-label': label});
  const pen = canvas.getContext('2d');
  pen.scale(dense, dense);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink-2');
  return {canvas, pen, ink, line: style.getPropertyValue('--line'), font: style.getPropertyValue('--font')};
}

/** A scale from values to pixels, and round ticks of it. */
function scale(most, from, to) {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map(one => one * power).find(one => most / one <= 5);
  const ticks = [...Array(Math.floor(most / step) + 1).keys()].map(at => at * step);
  return {at: value => from + ((to - from) * value) / most, ticks};
}

function axes({pen, ink, line, font}, x, y, names, high) {
  pen.font = `10px ${font}`;
  pen.strokeStyle = line;
  pen.fillStyle = ink;
  pen.lineWidth = 1;
  pen.textBaseline = 'middle';
  pen.textAlign = 'right';
  for (const value of y.ticks) {
    pen.beginPath();
    pen.moveTo(EDGE.left, y.at(value));
    pen.lineTo(WIDE - EDGE.right, y.at(value));
    pen.stroke();
    pen.fillText(String(value), EDGE.left - 4, y.at(value));
  }
  pen.textAlign = 'center';
  for (const value of x.ticks) pen.fillText(String(value), Math.min(WIDE - 12, x.at(value)), high - EDGE.bottom + 9);
  pen.textAlign = 'right';
  pen.fillText(names[0], WIDE - EDGE.right, high - 5);
  pen.textAlign = 'left';
  pen.fillText(names[1], 2, 5);
}

const middles = values => values.map((value, at) => (at ? (value + values[at - 1]) / 2 : Math.max(0, value - (values[1] - value) / 2)));

/** Gusts over distance and height, buildings grey; `value` tells what lies under a point of the plot. */
export function sectionPlot({distance_m: distance, z_m: heights, gust_ms: gusts, inside}) {
  const top = Math.min(heights.at(-1), Math.max(80, 1.35 * tallest(heights, inside)));
  const parts = canvasOf(t('wind.section.label'));
  const x = scale(distance.at(-1), EDGE.left, WIDE - EDGE.right);
  const y = scale(top, HIGH - EDGE.bottom, EDGE.top);
  axes(parts, x, y, ['m', 'm'], HIGH);
  const lows = middles(heights);
  const lefts = middles(distance);
  const {pen} = parts;
  pen.save();
  pen.beginPath();
  pen.rect(EDGE.left, EDGE.top, WIDE - EDGE.left - EDGE.right, HIGH - EDGE.top - EDGE.bottom);
  pen.clip();
  heights.forEach((_, row) => distance.forEach((_, column) => {
    const left = x.at(lefts[column]);
    const low = y.at(row ? lows[row] : 0);
    pen.fillStyle = inside[row][column] ? BUILDING : gustColor(gusts[row][column]);
    pen.fillRect(left, y.at(lows[row + 1] ?? top), x.at(lefts[column + 1] ?? distance.at(-1)) - left + 0.6, low - y.at(lows[row + 1] ?? top) + 0.6);
  }));
  pen.restore();
  return {canvas: parts.canvas, value: (px, py) => under({distance, heights, gusts, inside, lows, lefts}, x, y, px, py)};
}

const tallest = (heights, inside) => heights.reduce((most, height, row) => (inside[row].some(Boolean) ? height : most), 0);

function under({distance, heights, gusts, inside, lows, lefts}, x, y, px, py) {
  const column = lefts.findLastIndex(left => x.at(left) <= px);
  const row = lows.findLastIndex(low => y.at(low) >= py);
  if (column < 0 || row < 0) return '';
  const values = {d: Math.round(distance[column]), z: Math.round(heights[row]), gust: gusts[row][column]?.toFixed(1)};
  return t(inside[row][column] ? 'wind.section.inside' : 'wind.section.value', values);
}

/** Mean wind and gust over height, as two lines. */
export function profilePlot({z_m: heights, mean_ms: means, gust_ms: gusts, inside = []}) {
  const shown = heights.map((_, at) => at).filter(at => heights[at] <= 450 && !inside[at]);
  const parts = canvasOf(t('wind.profile.label'));
  const most = Math.max(10, ...shown.map(at => gusts[at])) * 1.08;
  const x = scale(most, EDGE.left, WIDE - EDGE.right);
  const y = scale(450, HIGH - EDGE.bottom, EDGE.top);
  axes(parts, x, y, ['m/s', 'm'], HIGH);
  for (const [values, color, name] of [[means, '#0072b2', t('wind.mean')], [gusts, '#d55e00', t('wind.gust')]]) curve(parts, shown, at => [x.at(values[at]), y.at(heights[at])], color, name);
  return {canvas: parts.canvas};
}

function curve({pen}, shown, point, color, name) {
  if (!shown.length) return;
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  pen.beginPath();
  shown.forEach((at, place) => pen[place ? 'lineTo' : 'moveTo'](...point(at)));
  pen.stroke();
  const [left, top] = point(shown.at(-1));
  pen.fillStyle = color;
  pen.textAlign = 'right';
  pen.fillText(name, left - 4, top + 8);
}
