// The sensors in view by their kinds, each with what it reads; values change in their places.

import {$, el} from './element.js';
import {t} from './i18n.js';
import {ageText, isStale, resultText} from './reading-text.js';
import {categoryOf, categoryTitle, colorOf} from './sensor-categories.js';

const MOST = 200;

export function bindView({store, known, now, choose}) {
  let listed = '';

  function show() {
    listed = '';
    values();
  }
  function values() {
    const {open, tab, thing} = store.get().sensors;
    if (!open || tab !== 'view' || thing !== null) return;
    const things = known.things.slice(0, MOST);
    const wanted = things.map(({id, readings}) => `${id}:${readings.length}`).join();
    if (wanted !== listed || !$('sensors-list').firstChild) {
      listed = wanted;
      build(things);
    }
    for (const each of things) fill(each);
  }
  function build(things) {
    const focus = document.activeElement?.dataset?.thing;
    const kinds = Map.groupBy ? Map.groupBy(things, kindOf) : grouped(things);
    const groups = [...kinds].sort(([one], [other]) => (one === 'other') - (other === 'other') || one.localeCompare(other));
    const more = known.things.length - things.length;
    $('sensors-list').replaceChildren(
      ...(things.length ? groups.map(([kind, each]) => groupNode(kind, each)) : [el('p', {className: 'quiet'}, t(known.feed.how === 'none' ? 'load.busy' : 'sensor.none'))]),
      more > 0 ? el('p', {className: 'quiet small'}, t('sensor.more', {n: MOST})) : '');
    if (focus) $('sensors-list').querySelector(`[data-thing="${focus}"]`)?.focus();
  }
  const kindOf = ({category}) => categoryOf(category);

  function grouped(things) {
    const kinds = new Map();
    for (const thing of things) kinds.set(kindOf(thing), [...(kinds.get(kindOf(thing)) ?? []), thing]);
    return kinds;
  }
  const groupNode = (kind, things) => el('section', {className: 'sensor-group'},
    el('h2', {}, el('i', {className: 'dot', style: {background: colorOf(kind)}}), `${categoryTitle(kind)} · ${things.length}`),
    el('ul', {}, things.map(({id, name}) => el('li', {}, el('button', {className: 'sensor-row', dataset: {thing: id}, onclick: () => choose(id)}, el('span', {className: 'sensor-name'}, name || t('sensor.unnamed', {n: id})), el('span', {className: 'sensor-values'}))))));

  function fill({id, readings}) {
    const node = $('sensors-list').querySelector(`[data-thing="${id}"] .sensor-values`);
    if (!node) return;
    const [first] = readings;
    const text = [readings.slice(0, 3).map(resultText).join('  '), ageText(first.time, now())].join(' · ');
    if (node.textContent !== text) node.textContent = text;
    node.classList.toggle('stale', isStale(first.time, now()));
  }
  return {show, values};
}
