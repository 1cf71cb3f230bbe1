// Objects that may be one 疑似重复: pairs with their score, both outlines on the map, and what a person decides.

import {$, el, redraw, say} from './element.js';
import {number} from './format.js';
import {fetchJson, nextPath, sendJson} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit} from './map.js';
import {stateOf, STATES} from './quality-address.js';
import {boundsOf} from './quality-shapes.js';

const PAGE = 50;
const COLORS = {a: '#0072b2', b: '#d55e00'};
/** Null is both. */
const RELATIONS = [null, 'same', 'contains'];
/** What a score is made of, in the order in which a person would look at it. */
const PARTS = ['before', 'inside', 'overlap', 'distance_m', 'away_m', 'size', 'height', 'name', 'address', 'identifier', 'class'];
const ACTS = {proposed: ['accept', 'refuse'], accepted: ['undo']};

export function bindMatches({map, store, put, may, fault, shapes, layers, changed}) {
  let overview = {}; // how many there are, by layer, relation and state
  let page = null; // {key, layer, counts, matches, next}, or {key, error}
  let asking = null;

  const sum = (counts, state, relation) => Object.entries(counts ?? {}).reduce((whole, [name, by]) => whole + (!relation || name === relation ? by[state] || 0 : 0), 0);
  const keyOf = quality => JSON.stringify([quality.layer, stateOf(quality), quality.relation]);
  /** The layer that is listed: the one that was chosen, or the one in which most waits. */
  function layerOf({layer}) {
    const [most] = Object.keys(overview).sort((a, b) => sum(overview[b], 'proposed') - sum(overview[a], 'proposed'));
    const named = id => layers.find(one => one.id === id);
    return named(layer) ?? named(most) ?? named('buildings') ?? layers[0];
  }

  async function ask(next) {
    const {quality} = store.get();
    const key = keyOf(quality);
    if (asking === key) return;
    asking = key;
    try {
      if (!next) overview = (await fetchJson('/matches')).layers;
      const layer = layerOf(quality).id;
      const words = new URLSearchParams({layer, state: stateOf(quality), limit: PAGE, ...(quality.relation ? {relation: quality.relation} : {})});
      const answer = await fetchJson(next || `/matches?${words}`);
      page = {key, layer, counts: answer.counts, matches: [...(next ? page.matches : []), ...answer.matches], next: nextPath(answer)};
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
    redraw($('quality-matches'), filters(quality), nodes);
    if (focus) $('quality-matches').querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    shapes.lay(ready && page.matches ? page.matches.flatMap(match => outlines(match, match.id === quality.row)) : []);
  }
  const outlines = ({objects}, strong) => Object.entries(COLORS).map(([side, color]) => ({type: 'Feature', geometry: objects[side].geometry, properties: {color, strong}}));

  function filters(quality) {
    const state = stateOf(quality);
    const chosen = layerOf(quality);
    const counts = page?.layer === chosen.id ? page.counts : overview[chosen.id];
    return [
      el('label', {className: 'field'}, el('span', {}, t('quarantine.layer')), el('select', {id: 'matches-layer', dataset: {focus: 'layer'}, onchange: event => put({layer: event.target.value, row: null})}, options(chosen))),
      choice('quarantine.states', STATES.matches, state, name => [t(`matches.state.${name}`), sum(counts, name)], name => put({state: name, row: null}), 'state'),
      choice('matches.relations', RELATIONS, quality.relation, name => [t(`matches.only.${name ?? 'all'}`), sum(counts, state, name)], name => put({relation: name, row: null}), 'relation')
    ];
  }
  /** Layers that have matches, and the one that is listed; with how many wait in each. */
  const options = chosen => layers.filter(layer => overview[layer.id] || layer === chosen).map(layer => {
    const waiting = sum(overview[layer.id], 'proposed');
    return el('option', {value: layer.id, selected: layer === chosen}, waiting ? t('matches.waiting', {title: titled(layer.title), n: number(waiting)}) : titled(layer.title));
  });
  const choice = (label, names, pressed, told, press, kind) => el('div', {className: 'pair', role: 'group', 'aria-label': t(label)}, names.map(name => {
    const [word, count] = told(name);
    return el('button', {dataset: {focus: `${kind}-${name}`, [kind]: name ?? 'all'}, 'aria-pressed': String(pressed === name), onclick: () => press(name)}, word, ` ${number(count)}`);
  }));
  function rows(quality) {
    return [
      !page.matches.length && el('p', {className: 'quiet'}, t('matches.none')),
      el('ul', {className: 'quarantine-rows', 'aria-label': t('quality.tab.matches')}, page.matches.map(match => entry(match, match.id === quality.row))),
      page.next && el('button', {className: 'plain small', dataset: {focus: 'next'}, onclick: () => ask(page.next)}, t('quarantine.more'))
    ].filter(Boolean);
  }
  function entry(match, opened) {
    const toggle = () => {
      put({row: opened ? null : match.id});
      if (opened) return;
      fit(map, boundsOf(Object.values(match.objects).map(({geometry}) => geometry)));
      $('quality-matches').querySelector('[aria-expanded="true"]')?.parentElement.scrollIntoView({block: 'nearest'});
    };
    return el('li', {}, el('button', {className: 'quarantine-entry', 'aria-expanded': String(opened), dataset: {focus: `match-${match.id}`, match: match.id}, onclick: toggle},
      el('span', {className: 'row'}, el('b', {}, t(`matches.${match.relation}`)), el('span', {className: 'quarantine-key'}, match.score.toFixed(3))),
      ...Object.keys(COLORS).map(side => el('span', {className: 'match-side'}, el('i', {className: 'dot', style: {background: COLORS[side]}}), nameOf(match, side)))),
      opened && detail(match));
  }
  function nameOf({objects, whole}, side) {
    const {id, properties} = objects[side];
    // Both names, since either may be why they are taken for one.
    const names = [...new Set([properties.name, properties.name_en])].filter(Boolean).join(' / ');
    return [names || properties.source_key || `#${id}`, properties.dataset, whole === id && t('matches.whole')].filter(Boolean).join(' · ');
  }
  function detail(match) {
    const parts = PARTS.filter(name => name in match.parts).map(name => {
      const part = match.parts[name];
      const {value, points} = typeof part === 'object' && part ? part : name === 'before' ? {points: part} : {value: part};
      return el('tr', {}, el('th', {scope: 'row'}, t(`matches.part.${name}`)), el('td', {}, typeof value === 'number' ? number(value) : String(value ?? '')), el('td', {}, points === undefined ? '' : `${points > 0 ? '+' : ''}${number(points)}`));
    });
    return el('div', {className: 'match-detail'}, parts.length > 0 && el('table', {}, el('tbody', {}, parts)), match.reason && el('p', {className: 'small'}, [match.principal, match.reason].filter(Boolean).join(': ')), decision(match));
  }
  function decision(match) {
    const acts = ACTS[match.state] || [];
    if (!acts.length) return null;
    if (!may.write()) return el('p', {className: 'note'}, t('matches.readonly'));
    const reason = el('textarea', {id: 'match-reason', dataset: {of: match.id}, rows: 2, maxLength: 500});
    const keep = acts.includes('accept') && match.relation === 'same' && el('label', {className: 'quarantine-field'}, t('matches.survivor'), el('select', {id: 'match-survivor', dataset: {of: match.id}}, el('option', {value: ''}, t('matches.by-precedence')), Object.keys(COLORS).map(side => el('option', {value: match.objects[side].id}, nameOf(match, side)))));
    const wrong = el('p', {className: 'error', role: 'alert', hidden: true});
    const act = async deed => {
      const stated = {reason: reason.value.trim()};
      const fid = deed === 'accept' && $('match-survivor')?.value;
      try {
        if (!stated.reason) throw new Error(t('quarantine.reason-wanted'));
        await sendJson(`/matches/${match.id}/${deed}`, fid ? {...stated, survivor: Number(fid)} : stated);
        say(t(`matches.said.${deed}`));
        put({row: null});
        changed(match.layer);
      } catch (error) {
        Object.assign(wrong, {textContent: error.message, hidden: false});
        reason.focus();
      }
    };
    return el('div', {className: 'quarantine-fields'}, keep, el('label', {className: 'quarantine-field'}, t('quarantine.reason'), reason), wrong,
      el('div', {className: 'quarantine-acts'}, acts.map(deed => el('button', {className: deed === 'refuse' ? 'quarantine-discard' : 'main', dataset: {act: deed}, onclick: () => act(deed)}, icon(deed === 'refuse' ? 'close' : 'link'), t(`matches.act.${deed}`)))));
  }
  return {show, leave: shapes.take, stale: () => (page = null)};
}
