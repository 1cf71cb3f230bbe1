// What datastreams were over a while, in buckets; and where they tend now.

import {fetchJson} from './http.js';
import {trendOf} from './reading-text.js';
import {RANGES} from './sensor-address.js';

const HOUR_MS = 3600_000;
const EVERY = {'6h': 'PT5M', '24h': 'PT15M', '7d': 'PT1H', '30d': 'PT6H'};
const MOST_TRENDS = 50;

export const bucketsPath = (streams, from, to, every) => `/sensing/buckets?${new URLSearchParams({datastreams: streams.join(), datetime: `${new Date(from).toISOString()}/${new Date(to).toISOString()}`, every})}`;

/** The edges of a range that ends at an instant, in ms. */
export const edgesOf = (range, end) => ({from: end - RANGES[range] * HOUR_MS, to: end});

/** The series of datastreams as a chart takes them. */
export async function history(streams, range, {from, to}) {
  const {series} = await fetchJson(bucketsPath(streams, from, to, EVERY[range]));
  return streams.map(stream => series.find(({datastream}) => datastream === stream)).filter(Boolean).map(one => ({...one, points: one.buckets.filter(({mean}) => typeof mean === 'number').map(pointOf)}));
}

/** What a chart shows as a table for spreadsheets: a line for each bucket, its beginning in Beijing time. */
export function tableText(series) {
  const instants = [...new Set(series.flatMap(({points}) => points.map(({at}) => at)))].sort((one, other) => one - other);
  const head = ['start', ...series.flatMap(({thing_name, name, unit}) => ['mean', 'min', 'max', 'count'].map(kind => `${[thing_name, name].filter(Boolean).join(' ')} ${kind}${unit && kind !== 'count' ? ` (${unit})` : ''}`))];
  const rows = instants.map(at => [beijing(at), ...series.flatMap(({points}) => {
    const point = points.find(one => one.at === at);
    return point ? [point.mean, point.min, point.max, point.count] : ['', '', '', ''];
  })]);
  return [head, ...rows].map(row => row.map(cell).join(',')).join('\r\n');
}

const beijing = ms => `${new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 19)}+08:00`;
// A spreadsheet would take a text that begins with one of these signs for a formula.
const cell = value => (typeof value === 'string' && /[",\r\n]|^[-+=@]/.test(value) ? `"${value.replace(/^[-+=@]/, "'$&").replaceAll('"', '""')}"` : value);

const pointOf = ({start, mean, min, max, count}) => ({at: Date.parse(start), mean, min, max, count});

/** Where datastreams tended in the hour before `end`, by their numbers. */
export async function trends(streams, end) {
  const asked = streams.slice(0, MOST_TRENDS);
  if (!asked.length) return new Map();
  const {series} = await fetchJson(bucketsPath(asked, end - HOUR_MS, end, 'PT15M'));
  return new Map(series.map(({datastream, buckets}) => [datastream, trendOf(buckets)]).filter(([, trend]) => trend));
}
