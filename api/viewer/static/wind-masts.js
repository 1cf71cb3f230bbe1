// The wind as the masts of the city have it now: the reading, how sure and how old it is, and which masts are not used, and why.

import {el} from './element.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';
import {windText} from './wind-scale.js';

/** Show the wind of the masts in `node`, and tell `chosen` of it, or of null where there is none. */
export async function showMasts(node, chosen) {
  const {wind, why, masts, at} = await fetchJson('/scenarios/wind/masts');
  chosen(wind);
  const used = masts.filter(one => !one.why_not && one.reference_ms !== null);
  const rows = [...used, ...masts.filter(one => !used.includes(one))].map(one => el('li', {}, mastRow(one, at)));
  const head = wind
    ? [el('p', {id: 'wind-masts-said'}, el('strong', {}, windText(wind.speed_ms, wind.from_deg))), el('p', {className: 'quiet small'}, t('wind.masts.said', {n: used.length, all: masts.length, sigma: wind.sigma_ms.toFixed(1), spread: Math.round(wind.spread_deg), age: oldest(used, at)}))]
    : [el('p', {className: 'quiet small', id: 'wind-masts-said', title: why}, t(masts.length ? 'wind.masts.unusable' : 'wind.masts.none'))];
  node.replaceChildren(...head, masts.length ? el('details', {className: 'wind-masts'}, el('summary', {}, t('wind.masts.list', {n: masts.length})), el('ul', {className: 'plain-list small'}, rows)) : '');
}

const age = (one, at) => (one.time ? Math.max(0, Math.round((new Date(at) - new Date(one.time)) / 60000)) : null);
const oldest = (used, at) => Math.max(0, ...used.map(one => age(one, at)));

function mastRow(one, at) {
  const reading = one.speed_ms === null ? '' : t('wind.masts.reading', {speed: one.speed_ms.toFixed(1), from: one.from_deg === null ? '–' : Math.round(one.from_deg), age: age(one, at)});
  return [el('span', {}, one.name), el('small', {className: 'quiet'}, ' ', reading, one.why_not && [reading && ' · ', t('wind.masts.why', {why: titled(one.why_not)})])];
}
