// When the layers on the map changed: asked for once for each layer, and summed up over all that are shown.

import {fetchJson} from './http.js';
import {micros} from './time-address.js';

const KINDS = ['added', 'removed', 'changed'];

/** `of(ids, axis, known)` gives the instants of these layers together, the earliest first: {at, us, added, removed, changed}. */
export function createInstants() {
  const kept = new Map();

  function one(id, axis, known) {
    const path = `/collections/${id}/instants?axis=${axis}${known && axis === 'valid' ? `&as_of=${encodeURIComponent(known)}` : ''}`;
    if (!kept.has(path)) kept.set(path, fetchJson(path).then(({instants}) => instants));
    kept.get(path).catch(() => kept.delete(path));
    return kept.get(path);
  }
  const of = async (ids, axis, known) => merged(await Promise.all(ids.map(id => one(id, axis, known))), axis === 'known' ? MINUTE : Infinity);
  return {of, forget: () => kept.clear()};
}

// What is known of one load, its layers learn within a minute or two: as many characters of an instant as name a minute.
const MINUTE = 16;

function merged(lists, length) {
  const sums = new Map();
  for (const each of lists.flat()) {
    const key = each.at.slice(0, length);
    const sum = sums.get(key) ?? sums.set(key, {added: 0, removed: 0, changed: 0, us: 0}).get(key);
    for (const kind of KINDS) sum[kind] += each[kind];
    const us = micros(each.at);
    if (us > sum.us) Object.assign(sum, {at: each.at, us});
  }
  return [...sums.values()].sort((one, other) => one.us - other.us);
}

/** The nearest instant after, or before, the microsecond `us`; null where there is none. */
export const following = (instants, us) => instants.find(one => one.us > us) ?? null;
export const preceding = (instants, us) => instants.findLast(one => one.us < us) ?? null;
