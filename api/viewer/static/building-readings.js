// What sensors in a building observed last: the choices of its colours, their legend, values in the card, and all of it again every few seconds.

import {el} from './element.js';
import {age, number} from './format.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';
import {isNow, timed} from './time-address.js';

const EVERY_MS = 5000;
const READING = 'reading:';

const pathOf = (model, words) => `/bim/models/${encodeURIComponent(model)}/${words}`;

/** Ask for the legend of a model that is coloured by readings, and tell the map when a colour is another. */
export function bindBuildingReadings({store}) {
  let asked = 0;
  let timer = 0;

  async function ask() {
    const mine = ++asked;
    clearTimeout(timer);
    const {building: {model, by} = {}, time} = store.get();
    if (!model || !by?.startsWith(READING)) return store.set({live: null, liveLegend: null});
    const legend = document.hidden ? null : await askedLegend(model, by, time);
    if (mine !== asked) return;
    if (legend) store.set({live: legend.state ?? store.get().live, liveLegend: {by, model, ...legend}});
    if (isNow(time)) timer = setTimeout(ask, EVERY_MS);
  }

  store.on(['building', 'time'], ({building = {}, time}, before) => {
    const {model, by} = before.building || {};
    if (building.model !== model || building.by !== by || time !== before.time) ask();
  });
  ask();
}

async function askedLegend(model, by, time) {
  try {
    return await fetchJson(timed(pathOf(model, `legend?by=${encodeURIComponent(by)}`), time));
  } catch (error) {
    return {error: error.message};
  }
}

/** What is observed in a model, as a group of choices: [] where nothing is. */
export async function observedIn(model, time) {
  const {observed} = await fetchJson(timed(pathOf(model, 'readings?limit=1'), time));
  return observed;
}

export function observedChoices(observed, option) {
  if (!observed.length) return [];
  const label = ({property, unit, elements}) => t('building.observed', {property: unit ? `${property} (${unit})` : property, n: elements});
  return [el('optgroup', {label: t('building.sensors')}, observed.map(one => option(one.by, label(one))))];
}

export const isReading = by => Boolean(by?.startsWith(READING));

/** The legend of colours by readings, for as long as it is on the page. */
export function liveLegend(node, by, store) {
  const draw = () => {
    const {liveLegend: legend} = store.get();
    if (legend?.by !== by) return;
    if (legend.error) return node.replaceChildren(el('li', {className: 'error'}, legend.error));
    const steps = legend.entries.map(({color, label}) => el('li', {}, el('i', {className: 'swatch', style: {background: color}}), titled(label)));
    node.replaceChildren(...steps, el('li', {className: 'quiet'}, spanOf(legend, store.get().time)));
  };
  const stop = store.on(['liveLegend'], () => (node.isConnected ? draw() : stop()));
  draw();
}

function spanOf({elements, oldest}, time) {
  return elements ? t('building.reading-span', {n: elements, age: age(oldest, instantOf(time))}) : t('building.reading-none');
}

const instantOf = ({at, known}) => at || known || new Date().toISOString();

/** What is bound to an element, and what it observed last, asked for again while it is shown. */
export function thingsNode({id, things}, {store, model}) {
  if (!things?.length) return null;
  const list = el('ul', {className: 'things'}, things.map(thing => thingNode(thing, [], store.get().time)));
  keep(list, async () => {
    const {readings} = await fetchJson(timed(pathOf(model.id, `readings?element=${encodeURIComponent(id)}`), store.get().time));
    list.replaceChildren(...things.map(thing => thingNode(thing, readings.filter(one => one.thing === thing.thing), store.get().time)));
  }, store);
  return el('section', {}, el('h3', {}, t('building.things')), list);
}

function thingNode({thing, note}, readings, time) {
  const told = readings.map(reading => el('li', {}, el('b', {}, valueOf(reading)), ` ${reading.property} `, el('span', {className: 'quiet'}, age(reading.time, instantOf(time)))));
  return el('li', {}, readings[0]?.thing_name || thing, note ? el('span', {className: 'quiet'}, ` ${note}`) : null, told.length ? el('ul', {className: 'readings'}, told) : null);
}

const valueOf = ({value, text, unit}) => (value === null ? text ?? '' : number(value, unit || undefined));

/** Do something now and every few seconds, for as long as a node is on the page; an error stands in its place. */
async function keep(node, ask, store) {
  try {
    await ask();
  } catch (error) {
    node.replaceChildren(el('li', {className: 'error'}, error.message));
  }
  const again = () => (document.hidden ? later() : node.isConnected && keep(node, ask, store));
  const later = () => setTimeout(again, EVERY_MS);
  if (isNow(store.get().time)) later();
}
