// Axes of a chart: round values upwards, and Beijing hours or days sideways.

import {lang} from './i18n.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const BEIJING_MS = 480 * MINUTE;
const STEPS = [5, 10, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10_080].map(minutes => minutes * MINUTE);
const MOST_TICKS = 6;

/** Instants in ms at which ticks stand, and how they are written. */
export function timeTicks(from, to) {
  const step = STEPS.find(each => (to - from) / each <= MOST_TICKS) ?? STEPS.at(-1);
  const first = Math.ceil((from + BEIJING_MS) / step) * step - BEIJING_MS;
  const ticks = [];
  for (let ms = first; ms <= to; ms += step) ticks.push({at: ms, text: tickText(ms, step)});
  return ticks;
}

function tickText(ms, step) {
  const midnight = (ms + BEIJING_MS) % DAY === 0;
  const parts = step >= DAY || midnight ? {month: 'numeric', day: 'numeric'} : {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'};
  return new Intl.DateTimeFormat(lang() === 'zh' ? 'zh-CN' : 'en-GB', {timeZone: 'Asia/Shanghai', ...parts}).format(ms);
}

/** From a round value below all to one above, by round steps; from zero where all is above it and near it. */
export function valueTicks(least, most) {
  const low = least >= 0 && least < 0.5 * most ? 0 : least;
  const span = most - low || Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map(one => one * power).find(one => span / one <= 5);
  const [first, last] = [Math.floor(low / step), Math.ceil(most / step)];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return [...Array(Math.max(2, last - first + 1)).keys()].map(at => ({at: (first + at) * step, text: ((first + at) * step).toFixed(decimals)}));
}
