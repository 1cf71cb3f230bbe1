// What the scenario draws on the map: the picture of gusts or of a difference, the flow, the façades, and their legends.

import {$, framed} from './element.js';
import {t} from './i18n.js';
import {createFacades} from './wind-facades.js';
import {createFields} from './wind-field.js';
import {createFlow} from './wind-flow.js';
import {createPicture} from './wind-picture.js';
import {isKept} from './wind-library.js';
import {differenceLegend, etaLegend, gustLegend} from './wind-scale.js';

export function bindStage(desk) {
  const {store, facts} = desk;
  const fields = [createFields(), createFields()];
  const picture = createPicture(desk);
  const flow = createFlow(desk);
  const facades = createFacades(desk);

  const draw = framed(async () => {
    const {wind} = store.get();
    if (!wind.open || !facts.get().status) return clear();
    const sides = sidesOf(wind, facts.get());
    // A server without fields is not asked for them.
    if (!sides.every(side => side.city || isKept(facts.get().libraries, round(side.from)))) return lack();
    facades.show(raised(store.get()) ? {...wind, city: sides[0].city} : null);
    try {
      const found = await Promise.all(sides.map((side, at) => fields[at].get({from: round(side.from), height: wind.height, run: side.city, quality: side.quality})));
      if (found.includes(null) || !store.get().wind.open) return;
      facts.set({missing: null, field: found[0]});
      put(found);
    } catch (error) {
      clear();
      facts.set({missing: error, field: null});
    }
  });
  function lack() {
    clear();
    facades.show(null);
    facts.set({missing: LACK, field: null});
  }
  /** Paint what is had with the winds of now: a speed may have changed while it was on its way. */
  function put(found) {
    const {wind, theme} = store.get();
    const sides = sidesOf(wind, facts.get());
    if (sides.length !== found.length) return;
    if (sides.length === 2) picture.difference(...found, sides.map(side => side.speed));
    else if (wind.picture) picture.gusts(found[0], sides[0].speed);
    else picture.hide();
    if (wind.flow && sides.length === 1) flow.show(found[0], sides[0].speed, theme === 'dark');
    else flow.hide();
  }
  function clear() {
    picture.hide();
    flow.hide();
    if (!store.get().wind.open) facades.show(null);
  }
  function legends() {
    const {wind, mode} = store.get();
    const nodes = comparing(wind) ? [differenceLegend()] : [wind.picture && gustLegend(), mode === '3d' && wind.facades && etaLegend()];
    $('wind-legends').replaceChildren(...nodes.filter(Boolean));
    $('wind-legends').setAttribute('aria-label', t('wind.legend.label'));
  }

  store.on(['wind', 'theme', 'mode', 'layers'], draw);
  facts.on(['status', 'libraries', 'run', 'other'], draw);
  store.on(['wind', 'mode', 'lang'], legends);
  facts.on(['again'], () => {
    fields.forEach(one => one.forget());
    facades.forget();
    draw();
  });
  legends();
  draw();
}

const LACK = Object.freeze({status: 404});
const round = degrees => Math.round(degrees) % 360;
const comparing = wind => wind.tab === 'compare' && wind.against !== null;
const raised = ({wind, mode, layers}) => wind.open && wind.facades && mode === '3d' && !layers.wind_facades?.on;

/** The run whose changed city is meant, or null for the city as it stands. */
export const cityOf = run => (run?.request?.change ? run.id : null);

/** The step of a run at which its wind is strongest. */
export const strongest = run => run.summary.steps.reduce((best, step, at, steps) => (step.speed_ms > steps[best].speed_ms ? at : best), 0);

/** The winds and cities that are drawn: one, or two whose difference is: [{speed, from, city, quality}]. */
export function sidesOf(wind, {run, other}) {
  const now = {speed: wind.speed, from: wind.from, city: cityOf(run), quality: 'best'};
  if (!comparing(wind) || (wind.against !== 'now' && !other)) return [now];
  const city = wind.against === 'now' ? null : cityOf(other);
  // What stands now was solved as finely for the run that changes it: else the difference would be that of the cells.
  const quality = [run, other].find(cityOf)?.summary.fields.quality ?? 'best';
  if (city !== now.city || !run || !other) return [{...now, quality}, {...now, city, quality}];
  return [run, other].map(one => {
    const step = one.summary.steps[strongest(one)];
    return {speed: step.speed_ms, from: step.from_deg, city, quality};
  });
}
