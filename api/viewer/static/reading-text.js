// A reading as people read it: a number with its unit, how old it is, what is known of its quality, and where it tends.

import {lang, t} from './i18n.js';

const STEPS = [[90, 1, 'seconds'], [90 * 60, 60, 'minutes'], [36 * 3600, 3600, 'hours'], [Infinity, 86400, 'days']];
/** From this age on a reading is not taken for the present, in seconds. */
export const STALE_S = 900;
// Codes of UCUM that people do not write so.
const UNITS = {Cel: '°C', cel: '°C', 'm/s': 'm/s', '%': '%', 'ug/m3': 'µg/m³', 'µg/m3': 'µg/m³', 'mg/m3': 'mg/m³', m3: 'm³', 'm3/s': 'm³/s', deg: '°', 'W/m2': 'W/m²', 1: ''};

export const unitText = unit => (unit ? UNITS[unit] ?? unit : '');

/** A number with three or four digits that say something, and its unit. */
export function amount(value, unit) {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 1000 ? 0 : size >= 10 ? 1 : 2;
  const text = new Intl.NumberFormat(lang() === 'zh' ? 'zh-CN' : 'en-GB', {maximumFractionDigits: digits, useGrouping: size >= 10_000}).format(value);
  const own = unitText(unit);
  return own ? `${text}${/^[°%]$/.test(own) ? '' : ' '}${own}` : text;
}

/** What was read, with its unit; words and yes or no as they are. */
export function resultText({result, unit}) {
  if (typeof result === 'number') return amount(result, unit);
  if (typeof result === 'boolean') return t(result ? 'value.yes' : 'value.no');
  if (result === null || result === undefined) return '–';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

/** How long ago, at the instant `now` in ms. */
export function ageText(iso, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  const [, each, unit] = STEPS.find(([most]) => seconds < most);
  return t(`sensor.age.${unit}`, {n: Math.round(seconds / each)});
}

export const isStale = (iso, now = Date.now()) => now - Date.parse(iso) > STALE_S * 1000;

/** What is said of the quality of a reading, in whatever form its maker says it; empty where nothing is. */
export function qualityText(quality) {
  if (quality === null || quality === undefined || quality === '') return '';
  if (typeof quality !== 'object') return String(quality);
  if (Array.isArray(quality)) return quality.map(qualityText).filter(Boolean).join(t('list.and'));
  const said = ['flag', 'status', 'code', 'DQ_Status', 'value', 'result'].map(key => quality[key]).find(value => value !== undefined && value !== null);
  return said === undefined ? JSON.stringify(quality) : qualityText(said);
}

// A change that is less than this share of all that was between is none.
const STEADY = 0.2;

/** Where the means of buckets tend: {sign, by}, or null where they tell too little. */
export function trendOf(buckets) {
  const told = (buckets || []).filter(({mean}) => typeof mean === 'number');
  if (told.length < 2) return null;
  const by = told.at(-1).mean - told[0].mean;
  const room = Math.max(...told.map(({max}) => max)) - Math.min(...told.map(({min}) => min));
  return {by, sign: room > 0 && Math.abs(by) >= STEADY * room ? (by > 0 ? '↑' : '↓') : '→'};
}

/** A trend in words, for those who do not see arrows. */
export function trendText({sign, by}, unit) {
  const way = {'↑': 'up', '↓': 'down', '→': 'steady'}[sign];
  return t(`sensor.trend.${way}`, {by: amount(Math.abs(by), unit)});
}
