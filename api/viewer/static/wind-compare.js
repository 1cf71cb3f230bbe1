// Two what-ifs side by side: where the gusts of one are stronger or weaker than those of the other.

import {$, el} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';
import {nameOf} from './wind-runs.js';
import {windText} from './wind-scale.js';
import {sidesOf} from './wind-stage.js';

export function bindCompare(desk) {
  const {store, facts, put, fault} = desk;
  const root = $('wind-compare');

  async function bring() {
    const {wind} = store.get();
    const wanted = wind.open && Number.isInteger(wind.against) ? wind.against : null;
    if ((facts.get().other?.id ?? null) === wanted) return draw();
    if (wanted === null) return facts.set({other: null});
    try {
      const other = await fetchJson(`/scenarios/wind/runs/${wanted}`);
      if (store.get().wind.against === other.id) facts.set({other: other.state === 'done' ? other : null});
    } catch (error) {
      root.replaceChildren(fault(error, bring));
    }
  }
  function draw() {
    const {wind} = store.get();
    const done = (facts.get().runs || []).filter(run => run.state === 'done');
    const runs = done.map(run => [String(run.id), `${t('wind.run.number', {n: run.id})} ${nameOf(run)}${run.request?.change ? ` · ${t('wind.run.change')}` : ''}`]);
    const first = select('compare-first', [['', t('wind.compare.now')], ...runs], wind.run ?? '', value => put({run: value ? Number(value) : null, step: null}));
    const second = select('compare-second', [['', t('wind.compare.choose')], ['now', t('wind.compare.now')], ...runs], wind.against ?? '', value => put({against: value === 'now' ? 'now' : value ? Number(value) : null}));
    root.replaceChildren(
      el('p', {className: 'quiet small'}, t('wind.compare.said')),
      el('label', {className: 'stack'}, el('span', {}, t('wind.compare.first')), first),
      el('label', {className: 'stack'}, el('span', {}, t('wind.compare.second')), second),
      el('p', {id: 'compare-said', 'aria-live': 'polite'}, words(wind)));
  }
  function words(wind) {
    if (wind.against === null) return '';
    const sides = sidesOf(wind, facts.get());
    if (sides.length < 2) return '';
    const [one, other] = sides;
    const same = one.speed === other.speed && one.from === other.from;
    if (same && one.city === other.city) return t('wind.compare.same');
    return same ? t('wind.compare.wind', {wind: windText(one.speed, one.from)}) : t('wind.compare.each', {one: windText(one.speed, one.from), other: windText(other.speed, other.from)});
  }

  store.on(['wind'], (_, before) => {
    const {wind} = store.get();
    if (wind.against !== before.wind.against || wind.open !== before.wind.open) bring();
    if (wind.tab !== 'compare') return;
    if (['tab', 'run', 'against'].some(name => wind[name] !== before.wind[name])) draw();
    else if (document.getElementById('compare-said')) $('compare-said').textContent = words(wind);
  });
  facts.on(['runs', 'run', 'other'], () => store.get().wind.tab === 'compare' && draw());
  store.on(['lang'], draw);
  bring();
}

const select = (id, options, value, chosen) => el('select', {id, onchange: event => chosen(event.target.value)}, options.map(([key, text]) => el('option', {value: key, selected: key === String(value)}, text)));
