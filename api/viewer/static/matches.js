// Objects that may be one 疑似重复: pairs with their score, both outlines on the map, and what a person decides.

import {$, el, say} from './element.js';
import {number} from './format.js';
import {fetchJson, nextPath, sendJson} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit} from './map.js';
import {stateOf, STATES} from './quality-address.js';
import {boundsOf} from './quality-shapes.js';

const PAGE = 50;
const COLORS = {a: '#0072b2', b: '#d55e00'};
const ACTS = {proposed: ['accept', 'refuse'], accepted: ['undo']};

export function bindMatches({map, store, put, may, fault, shapes, layers, changed}) {
  let page = null;
  let asking = null;

  const layerOf = ({layer}) => layers.find(({id}) => id === layer) ?? layers.find(({id}) => id === 'buildings') ?? layers[0];
  const keyOf = quality => JSON.stringify([layerOf(quality).id, stateOf(quality)]);

  async function ask(next) {
    const {quality} = store.get();
    const key = keyOf(quality);
    if (asking === key) return;
    asking = key;
    try {
      const answer = await fetchJson(next || `/matches?${new URLSearchParams({layer: layerOf(quality).id, state: stateOf(quality), limit: PAGE})}`);
      page = {key, counts: answer.counts, matches: [...(next ? page.matches : []), ...answer.matches], next: nextPath(answer)};
    } catch (error) {
      page = {key, error};
    }
    asking = null;
    show();
  }
  function show() {
    const {quality} = store.get();
    if (!quality.open || quality.tab !== 'matches') return;
    const ready = page?.key === keyOf(quality);
    if (!ready) ask();
    const focus = document.activeElement?.dataset?.focus;
    const nodes = !ready ? [el('p', {className: 'quiet small'}, t('load.busy'))] : page.error ? [fault(page.error, () => ask())] : rows(quality);
    $('quality-matches').replaceChildren(...filters(quality), ...nodes);
    if (focus) $('quality-matches').querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    shapes.lay(ready && page.matches ? page.matches.flatMap(match => outlines(match, match.id === quality.row)) : []);
  }
  const outlines = ({objects}, strong) => Object.entries(COLORS).map(([side, color]) => ({type: 'Feature', geometry: objects[side].geometry, properties: {color, strong}}));

  function filters(quality) {
    const sum = state => Object.values(page?.counts || {}).reduce((whole, by) => whole + (by[state] || 0), 0);
    const options = layers.filter(layer => layer.count > 0).map(layer => el('option', {value: layer.id, selected: layer.id === layerOf(quality).id}, titled(layer.title)));
    return [
      el('label', {className: 'field'}, el('span', {}, t('held.layer')), el('select', {id: 'matches-layer', dataset: {focus: 'layer'}, onchange: event => put({layer: event.target.value, row: null})}, options)),
      el('div', {className: 'pair', role: 'group', 'aria-label': t('held.states')}, STATES.matches.map(state => el('button', {dataset: {focus: state, state}, 'aria-pressed': String(stateOf(quality) === state), onclick: () => put({state, row: null})}, t(`matches.state.${state}`), page?.counts ? ` ${sum(state)}` : '')))
    ];
  }
  function rows(quality) {
    return [
      !page.matches.length && el('p', {className: 'quiet'}, t('matches.none')),
      el('ul', {className: 'held-rows', 'aria-label': t('quality.tab.matches')}, page.matches.map(match => entry(match, match.id === quality.row))),
      page.next && el('button', {className: 'plain small', dataset: {focus: 'next'}, onclick: () => ask(page.next)}, t('held.more'))
    ].filter(Boolean);
  }
  function entry(match, opened) {
    const toggle = () => {
      put({row: opened ? null : match.id});
      if (!opened) fit(map, boundsOf(Object.values(match.objects).map(({geometry}) => geometry)));
    };
    return el('li', {}, el('button', {className: 'held-entry', 'aria-expanded': String(opened), dataset: {focus: `match-${match.id}`, match: match.id}, onclick: toggle},
      el('span', {className: 'row'}, el('b', {}, t(`matches.${match.relation}`)), el('span', {className: 'held-key'}, match.score.toFixed(3))),
      ...Object.keys(COLORS).map(side => el('span', {className: 'match-side'}, el('i', {className: 'dot', style: {background: COLORS[side]}}), nameOf(match, side)))),
      opened && detail(match));
  }
  function nameOf({objects, whole}, side) {
    const {id, properties} = objects[side];
    return [properties.name || properties.name_en || properties.source_key || `#${id}`, properties.dataset, whole === id && t('matches.whole')].filter(Boolean).join(' · ');
  }
  function detail(match) {
    const parts = Object.entries(match.parts).map(([name, part]) => {
      const {value, points} = typeof part === 'object' && part ? part : name === 'before' ? {points: part} : {value: part};
      return el('tr', {}, el('th', {scope: 'row'}, t(`matches.part.${name}`)), el('td', {}, typeof value === 'number' ? number(value) : String(value ?? '')), el('td', {}, points === undefined ? '' : `${points > 0 ? '+' : ''}${number(points)}`));
    });
    return el('div', {className: 'match-detail'}, parts.length > 0 && el('table', {}, el('tbody', {}, parts)), match.reason && el('p', {className: 'small'}, [match.principal, match.reason].filter(Boolean).join(': ')), decision(match));
  }
  function decision(match) {
    const acts = ACTS[match.state] || [];
    if (!acts.length) return null;
    if (!may.write()) return el('p', {className: 'note'}, t('matches.readonly'));
    const reason = el('textarea', {id: 'match-reason', rows: 2, maxLength: 500});
    const keep = acts.includes('accept') && match.relation === 'same' && el('label', {className: 'held-field'}, t('matches.survivor'), el('select', {id: 'match-survivor'}, el('option', {value: ''}, t('matches.by-precedence')), Object.keys(COLORS).map(side => el('option', {value: match.objects[side].id}, nameOf(match, side)))));
    const wrong = el('p', {className: 'error', role: 'alert', hidden: true});
    const act = async deed => {
      const stated = {reason: reason.value.trim()};
      const fid = deed === 'accept' && $('match-survivor')?.value;
      try {
        if (!stated.reason) throw new Error(t('held.reason-wanted'));
        await sendJson(`/matches/${match.id}/${deed}`, fid ? {...stated, survivor: Number(fid)} : stated);
        say(t(`matches.said.${deed}`));
        put({row: null});
        changed(match.layer);
      } catch (error) {
        Object.assign(wrong, {textContent: error.message, hidden: false});
        reason.focus();
      }
    };
    return el('div', {className: 'held-fields'}, keep, el('label', {className: 'held-field'}, t('held.reason'), reason), wrong,
      el('div', {className: 'held-acts'}, acts.map(deed => el('button', {className: deed === 'refuse' ? 'held-discard' : 'main', dataset: {act: deed}, onclick: () => act(deed)}, icon(deed === 'refuse' ? 'close' : 'link'), t(`matches.act.${deed}`)))));
  }
  return {show, leave: shapes.take, stale: () => (page = null)};
}
