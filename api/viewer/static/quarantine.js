// The quarantine 隔离区: rows that were not accepted, by layer and state, with what is wrong with each.

import {$, el} from './element.js';
import {moment} from './format.js';
import {bindQuarantineRow} from './quarantine-row.js';
import {fetchJson, nextPath} from './http.js';
import {t, titled} from './i18n.js';
import {fit} from './map.js';
import {stateOf, STATES} from './quality-address.js';
import {boundsOf} from './quality-shapes.js';

const PAGE = 50;
const COLOR = '#b3261e';

export function bindQuarantine(desk) {
  const {map, store, catalog, put, may, fault, shapes, layers} = desk;
  const row = bindQuarantineRow(desk);
  let page = null; // {key, features, counts, next}, or {key, error}
  let asking = null;

  const keyOf = quality => JSON.stringify([quality.layer, stateOf(quality)]);

  async function ask(next) {
    const {quality} = store.get();
    const key = keyOf(quality);
    if (asking === key) return;
    asking = key;
    try {
      const words = new URLSearchParams({state: stateOf(quality), limit: PAGE, ...(quality.layer ? {layer: quality.layer} : {})});
      // Counts are of what is asked for; those of the other states and layers come by a question of their own.
      const [answer, {counts}] = await Promise.all([fetchJson(next || `/quarantine?${words}`), fetchJson('/quarantine?limit=1')]);
      page = {key, counts, features: [...(next ? page.features : []), ...answer.features], next: nextPath(answer)};
    } catch (error) {
      page = {key, error};
    }
    asking = null;
    show();
  }
  function show() {
    const {quality} = store.get();
    if (!quality.open || quality.tab !== 'quarantine') return;
    const root = $('quality-quarantine');
    if (!may.read()) return void root.replaceChildren(refusal());
    if (quality.row) return row.show(root, page?.features?.find(({id}) => id === quality.row));
    if (page?.key !== keyOf(quality)) ask();
    draw(root, quality);
  }
  function draw(root, quality) {
    const focus = document.activeElement?.dataset?.focus;
    const ready = page?.key === keyOf(quality);
    root.replaceChildren(...filters(quality), ...(ready ? rows() : [el('p', {className: 'quiet small'}, t('load.busy'))]));
    if (focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    shapes.lay(ready && page.features ? page.features.map(({geometry}) => ({type: 'Feature', geometry, properties: {color: COLOR, strong: false}})) : []);
  }
  function rows() {
    if (page.error) return [fault(page.error, () => ask())];
    const bounds = boundsOf(page.features.map(({geometry}) => geometry));
    return [
      !page.features.length && el('p', {className: 'quiet'}, t('quarantine.none')),
      el('ul', {className: 'quarantine-rows', 'aria-label': t('quality.tab.quarantine')}, page.features.map(entry)),
      el('div', {className: 'actions'},
        page.next && el('button', {className: 'plain small', dataset: {focus: 'next'}, onclick: () => ask(page.next)}, t('quarantine.more')),
        bounds && el('button', {className: 'plain small', onclick: () => fit(map, bounds)}, t('quarantine.zoom-all')))
    ].filter(Boolean);
  }
  function filters(quality) {
    const sum = state => Object.entries(page?.counts || {}).filter(([layer]) => !quality.layer || layer === quality.layer).reduce((whole, [, by]) => whole + by[state], 0);
    const names = [...new Set([...Object.keys(page?.counts || {}), quality.layer].filter(Boolean))];
    const options = [el('option', {value: ''}, t('quarantine.all-layers')), ...names.map(id => el('option', {value: id, selected: id === quality.layer}, titled(catalog.byId[id]?.title) || id))];
    return [
      el('label', {className: 'field'}, el('span', {}, t('quarantine.layer')), el('select', {id: 'quarantine-layer', dataset: {focus: 'layer'}, onchange: event => put({layer: event.target.value || null, row: null})}, options)),
      el('div', {className: 'pair', role: 'group', 'aria-label': t('quarantine.states')}, STATES.quarantine.map(state => el('button', {dataset: {focus: state, state}, 'aria-pressed': String(stateOf(quality) === state), onclick: () => put({state, row: null})}, t(`quarantine.state.${state}`), page?.counts ? ` ${sum(state)}` : '')))
    ];
  }
  function entry({id, geometry, properties}) {
    const [first, ...others] = properties.reasons;
    const key = properties.source_key ?? properties.original.properties.name;
    const where = [titled(catalog.byId[properties.layer]?.title) || properties.layer, properties.place, t('quarantine.of-load', {n: properties.load}), moment(properties.received)].filter(Boolean).join(' · ');
    return el('li', {}, el('button', {className: 'quarantine-entry', dataset: {focus: `row-${id}`, row: id}, onclick: () => put({row: id})},
      el('span', {className: 'row'}, el('b', {}, t(`quarantine.reason.${first.rule}`) === `quarantine.reason.${first.rule}` ? first.rule : t(`quarantine.reason.${first.rule}`)), others.length > 0 && el('span', {className: 'quiet'}, `+${others.length}`), el('span', {className: 'quarantine-key'}, key ?? `#${id}`)),
      el('span', {className: 'quarantine-why'}, titled(first.message)),
      el('small', {}, where, !geometry && ` · ${t('quarantine.no-shape')}`)));
  }
  const refusal = () => el('div', {className: 'quality-refusal'},
    el('p', {id: 'quarantine-refusal'}, t('quarantine.refusal')),
    el('button', {className: 'main', onclick: () => $('principal').click()}, t('session.title')));

  desk.listed = () => page?.features ?? [];
  return {show, leave: shapes.take, stale: () => (page = null)};
}
