// Which time the map shows, in the state, in the page's address and in what is asked of the server.

/** The map as it is: no instant of the world, none of knowledge, nothing beside it. */
export const NOW = Object.freeze({open: false, at: null, known: null, compare: null, split: 50});

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const BEIJING_MS = 8 * 3600_000;

const instant = text => (INSTANT.test(text || '') && !Number.isNaN(Date.parse(text)) ? text : null);

/** The time that the words of an address tell. */
export function readTime(words) {
  const split = Number(words.get('split') || NOW.split);
  return {open: words.get('time') === 'open', at: instant(words.get('at')), known: instant(words.get('known')), compare: instant(words.get('compare')), split: split >= 5 && split <= 95 ? Math.round(split) : NOW.split};
}

export function writeTime({open, at, known, compare, split}) {
  const parts = Object.entries({at, known, compare}).filter(([, value]) => value).map(([name, value]) => `${name}=${value.replaceAll('+', '%2B')}`);
  if (compare && split !== NOW.split) parts.push(`split=${split}`);
  return open ? ['time=open', ...parts] : parts;
}

export const isNow = ({at, known}) => at === null && known === null;

/** A path with the time that the map shows, where it shows another than now. */
export function timed(path, {at, known}) {
  const words = new URLSearchParams();
  if (at) words.set('datetime', at);
  if (known) words.set('as_of', known);
  const query = words.toString();
  return query ? `${path}${path.includes('?') ? '&' : '?'}${query}` : path;
}

/** An instant in microseconds since 1970, which is how fine the database keeps it. */
export function micros(iso) {
  const fraction = (/\.(\d+)/.exec(iso)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
  return Math.floor(Date.parse(iso) / 1000) * 1e6 + Number(fraction);
}

/** What a field of date and time holds of an instant, in Beijing time; and the instant that such a field means. */
export const fieldOf = iso => new Date(Date.parse(iso) + BEIJING_MS).toISOString().slice(0, 19);
export const ofField = text => (text ? secondOf(Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`) - BEIJING_MS) : null);

/** The instant of some milliseconds since 1970, to the second. */
export const secondOf = ms => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
