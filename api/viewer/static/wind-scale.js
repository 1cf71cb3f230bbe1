// Colours and words for winds: gusts by class, façade loads by η, differences, Beaufort, names of directions.

import {el} from './element.js';
import {t} from './i18n.js';

/** Gust classes in m/s: walking becomes hard, dangerous, impossible; things begin to fly. */
export const CLASSES = [10, 15, 20, 25];
/** Load over design at which the levels begin. */
const ETAS = [[0, '#dfe6ea'], [0.5, '#1e6fff'], [0.7, '#f2c300'], [0.85, '#ff7a00'], [1, '#e02020']];
export const LEVEL_COLORS = {none: '#9aa5b1', blue: '#1e6fff', yellow: '#f2c300', orange: '#ff7a00', red: '#e02020'};
export const LEVELS = ['red', 'orange', 'yellow', 'blue'];
/** Differences beyond this many m/s have the darkest colours. */
export const MOST_DIFFERENCE = 8;
// Within a class the colour deepens, and where a class begins it jumps, so that its edge is a line on the map.
const GUSTS = [[0, '#f0f6fa'], [5, '#d3e6f1'], [10, '#a9d0e6'], [10, '#84bcdc'], [15, '#4a95c6'], [15, '#fbe48f'], [20, '#f2c300'], [20, '#ffb26b'], [25, '#ff7a00'], [25, '#f1564c'], [35, '#b80f1f'], [60, '#4f0a33']];
const DIFFERENCES = [[-1, '#2166ac'], [-0.6, '#67a9cf'], [-0.2, '#d1e5f0'], [0, '#f7f7f7'], [0.2, '#fddbc7'], [0.6, '#ef8a62'], [1, '#b2182b']];
const EACH = 10; // entries of the table for one m/s
const MOST_GUST = 60;

const rgb = color => [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16));

/** The colour at `value` between stops of (value, colour) in rising order; a value that comes twice is a jump. */
function blended(stops, value) {
  const next = stops.findIndex(([least]) => least > value);
  if (next < 0) return rgb(stops.at(-1)[1]);
  if (next === 0) return rgb(stops[0][1]);
  const [[from, one], [to, other]] = [stops[next - 1], stops[next]];
  const part = (value - from) / (to - from);
  const ends = rgb(other);
  return rgb(one).map((channel, at) => Math.round(channel + (ends[at] - channel) * part));
}

/** Red, green and blue for each tenth of a metre a second, as bytes one after the other. */
export const gustTable = Uint8ClampedArray.from([...Array(MOST_GUST * EACH + 1).keys()].flatMap(at => blended(GUSTS, at / EACH)));

/** Where the colour of a gust begins in `gustTable`. */
export const gustPlace = ms => 3 * Math.min(MOST_GUST * EACH, Math.max(0, Math.round(ms * EACH)));
export const gustColor = ms => `rgb(${gustTable.slice(gustPlace(ms), gustPlace(ms) + 3).join(',')})`;
export const differenceColor = ms => blended(DIFFERENCES, Math.max(-1, Math.min(1, ms / MOST_DIFFERENCE)));

/** η as a MapLibre colour by steps, the expression `eta` giving the number: a level is a level, not a blend of two. */
export const etaExpression = eta => ['step', eta, ETAS[0][1], ...ETAS.slice(1).flat()];

// Lower bounds of GB/T 28591-2012 in m/s, force 1 to 17.
const FORCES = [0.3, 1.6, 3.4, 5.5, 8, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7, 37, 41.5, 46.2, 51, 56.1];
export const beaufort = ms => FORCES.filter(least => ms >= least).length;

/** "东北风" for 45°. */
export const directionName = degrees => t(`wind.from.${Math.round((((degrees % 360) + 360) % 360) / 22.5) % 16}`);
export const windText = (speed, from) => t('wind.text', {speed: Number(speed.toFixed(1)), from: Math.round(from), name: directionName(from), force: beaufort(speed)});

export function gustLegend() {
  const most = 40;
  const stops = GUSTS.filter(([value]) => value <= most).map(([value, color]) => `${color} ${(value / most) * 100}%`);
  const last = `${gustColor(most)} 100%`;
  const ticks = [0, ...CLASSES, 35].map(value => tick(value / most, String(value), value && value < 35 ? t('wind.force', {n: beaufort(value)}) : ''));
  return bar(t('wind.legend.gust'), [...stops, last], ticks);
}

export function etaLegend() {
  const most = 1.2;
  const marks = ETAS.map(([value, color], place) => `${color} ${(value / most) * 100}% ${((ETAS[place + 1]?.[0] ?? most) / most) * 100}%`);
  return bar(t('wind.legend.eta'), marks, ETAS.map(([value]) => tick(value / most, String(value), '')));
}

export function differenceLegend() {
  const stops = DIFFERENCES.map(([value, color]) => `${color} ${(value + 1) * 50}%`);
  const ticks = [-1, -0.5, 0, 0.5, 1].map(part => tick((part + 1) / 2, `${part > 0 ? '+' : ''}${part * MOST_DIFFERENCE}`, ''));
  return bar(t('wind.legend.difference'), stops, ticks);
}

const tick = (part, text, second) => el('span', {style: {left: `${part * 100}%`}}, text, second ? el('small', {}, second) : null);

function bar(title, stops, ticks) {
  const strip = el('i', {style: {background: `linear-gradient(90deg, ${stops.join(', ')})`}});
  return el('div', {className: 'wind-scale'}, el('p', {}, title), strip, el('div', {className: 'ticks'}, ticks));
}
