// Where no wind fields are kept yet: a sentence, a button that builds them, and how far that is.

import {$, el} from './element.js';
import {fetchJson, sendJson} from './http.js';
import {t} from './i18n.js';

const EVERY_MS = 2000;

export function bindLibrary(desk) {
  const {store, facts, fault} = desk;
  const root = $('wind-library');
  let timer = 0;

  async function refresh() {
    clearTimeout(timer);
    if (!store.get().wind.open) return;
    try {
      const scenario = await fetchJson('/scenarios/wind');
      const {status: before, libraries} = facts.get();
      const {status} = scenario;
      facts.set({scenario, status: same(before, status) ? before : status, libraries: alike(libraries, status.libraries) ? libraries : status.libraries, building: status.building, statusFault: null});
      if (status.building) timer = setTimeout(refresh, EVERY_MS);
    } catch (error) {
      facts.set({statusFault: error});
    }
  }
  async function build(quality) {
    try {
      const {job} = await sendJson('/scenarios/wind/library', {quality});
      facts.set({building: {job, done: 0, total: null, message: ''}});
      refresh();
    } catch (error) {
      root.replaceChildren(fault(error, () => build(quality)));
    }
  }
  function draw() {
    const {statusFault, missing, building, libraries} = facts.get();
    const nodes = statusFault ? [fault(statusFault, refresh)] : [...stale(libraries), ...(missing ? missingNodes(missing) : []), ...(building ? progress(building) : [])];
    root.replaceChildren(...nodes);
    root.hidden = !nodes.length;
  }
  function missingNodes(missing) {
    if (missing.status !== 404) return [fault(missing, () => facts.set({again: (facts.get().again || 0) + 1}))];
    if (facts.get().building) return [el('p', {}, t('wind.library.none'))];
    const press = el('button', {className: 'main', id: 'wind-build', onclick: () => build('preview')}, t('wind.library.build'));
    const why = el('p', {className: 'quiet small'}, t('wind.library.may'), ' ', el('button', {className: 'plain small', onclick: () => $('principal').click()}, t('session.in')));
    return [el('p', {}, t('wind.library.none')), desk.may() ? press : why];
  }
  const stale = (libraries = []) => (libraries.some(one => one.stale) && !libraries.some(one => one.current) ? [el('p', {className: 'note'}, t('wind.library.stale'))] : []);
  const progress = ({done, total, message}) => [el('progress', {...(total ? {max: total, value: done} : {}), 'aria-label': t('wind.library.building')}), el('p', {className: 'quiet small'}, t('wind.library.building'), message ? ` · ${message}` : '')];

  facts.on(['statusFault', 'missing', 'building', 'libraries'], draw);
  store.on(['lang', 'principal'], draw);
  desk.refresh = refresh;
}

// Progress alone is no other state: nobody's slider is made anew for it.
const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const same = (one, other) => alike({...one, building: 0, libraries: 0}, {...other, building: 0, libraries: 0});

const APART = 22.5; // degrees between the directions of a library

/** Whether a library has the two directions between which a wind blows, so that its field can be asked for. */
export function isKept(libraries = [], from) {
  const low = Math.floor(from / APART) * APART;
  const needed = low === from ? [low] : [low, (low + APART) % 360];
  return libraries.some(one => one.complete || needed.every(direction => one.directions.includes(direction)));
}
