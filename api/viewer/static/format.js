// Values as people read them: numbers with units, Beijing time, coordinates.

import {lang, t, titled} from './i18n.js';

/** Thousands are grouped from 10,000 on, so that a year stays a year. */
export function number(value, unit) {
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 100 ? 2 : 1;
  const text = new Intl.NumberFormat('en-US', {maximumFractionDigits: digits, useGrouping: Math.abs(value) >= 10000}).format(value);
  return unit ? `${text} ${unit}` : text;
}

/** A value of a column {type, unit, codes} in the language of the page. */
export function valued(column, value) {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  const code = column?.codes?.[value];
  if (code) return titled(code);
  if (column?.type === 'timestamp') return moment(value);
  return typeof value === 'number' ? number(value, column?.unit) : String(value);
}

/** A moment in Beijing time, 24 h; the hour is left out at midnight, where only the day is meant. */
export function moment(iso) {
  const date = new Date(iso);
  if (!iso || Number.isNaN(date.getTime())) return '';
  const parts = {timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'};
  const text = new Intl.DateTimeFormat('sv-SE', parts).format(date);
  return text.replace(/ 00:00$/, '');
}

const AGES = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** How long before another moment one was, in whole days, hours, minutes or seconds. */
export function age(iso, then) {
  const seconds = Math.max(0, (Date.parse(then) - Date.parse(iso)) / 1000);
  const [unit, length] = AGES.find(([, least]) => seconds >= least) || AGES.at(-1);
  return new Intl.RelativeTimeFormat(lang() === 'zh' ? 'zh-CN' : 'en', {numeric: 'always'}).format(-Math.floor(seconds / length), unit);
}

export const count = value => t('catalog.count', {n: new Intl.NumberFormat(lang() === 'zh' ? 'zh-CN' : 'en-US').format(value)});

/** Longitude, latitude in degrees to about 0.1 m. */
export const place = (lon, lat) => `${lon.toFixed(6)}, ${lat.toFixed(6)}`;

export function degrees(value, positive, negative) {
  const seconds = Math.round(Math.abs(value) * 36000) / 10;
  const whole = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds - whole * 3600) / 60);
  const rest = (seconds - whole * 3600 - minutes * 60).toFixed(1);
  return `${whole}°${String(minutes).padStart(2, '0')}′${rest.padStart(4, '0')}″${value < 0 ? negative : positive}`;
}
