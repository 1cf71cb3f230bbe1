// Runs of the scenario: the list of them with how far each is, and one that is opened with its layers on the map.

import {$, el, say} from './element.js';
import {moment, number} from './format.js';
import {fetchJson} from './http.js';
import {lang, t, titled} from './i18n.js';
import {icon} from './icons.js';
import {strongest} from './wind-stage.js';
import {LEVEL_COLORS, LEVELS, windText} from './wind-scale.js';

const EVERY_MS = 1500;
const WAITS = ['queued', 'running'];
const ADDRESS = '/scenarios/wind/runs';
const SHOWN = ['wind_streets', 'wind_keepout', 'wind_objects'];
const SEEN_THROUGH = 0.3; // of the keep-out zones, which lie one over the other and over the picture

export function bindRuns(desk) {
  const {store, facts, put, fault} = desk;
  let timer = 0;
  let brought = []; // layers that a run switched on, to be switched off with it

  async function refresh() {
    clearTimeout(timer);
    if (!store.get().wind.open) return;
    try {
      const {runs} = await fetchJson(`${ADDRESS}?limit=50`);
      const {awaited} = facts.get();
      const ready = runs.find(run => run.id === awaited && !WAITS.includes(run.state));
      facts.set({runs, runsFault: null, ...(ready ? {awaited: null} : {})});
      if (ready?.state === 'done') open(ready.id);
      if (runs.some(run => WAITS.includes(run.state))) timer = setTimeout(refresh, EVERY_MS);
    } catch (error) {
      facts.set({runsFault: error});
    }
  }
  desk.follow = run => {
    facts.set({awaited: run.id});
    put({tab: 'runs', run: null, step: null});
    refresh();
  };
  const open = run => put({run, step: null, tab: 'runs'});
  const close = () => put({run: null, step: null});

  /** Bring the run that the state names, and lay its layers on the map. */
  async function bring() {
    const {wind} = store.get();
    const wanted = wind.open ? wind.run : null;
    if (wanted === (facts.get().run?.id ?? null)) return members();
    if (wanted === null) return leave();
    try {
      const run = await fetchJson(`${ADDRESS}/${wanted}`);
      if (store.get().wind.run !== run.id) return;
      if (run.state !== 'done') return put({run: null});
      facts.set({run, runFault: null});
      arrive(run);
    } catch (error) {
      facts.set({run: null, runFault: error});
    }
  }
  function arrive(run) {
    const {layers, wind} = store.get();
    const on = SHOWN.filter(id => layers[id] && !layers[id].on);
    brought = on.length ? [...brought, ...on] : SHOWN.filter(id => layers[id]);
    const at = wind.step !== null && wind.step < run.times.length ? wind.step : strongest(run);
    const seen = switched(layers, on, true);
    if (on.includes('wind_keepout')) seen.wind_keepout = {...seen.wind_keepout, opacity: SEEN_THROUGH};
    const added = (run.request?.change?.add || []).map(({outline, height_m, name}) => ({type: 'Feature', geometry: outline, properties: {height_m, label: name}}));
    store.set({layers: seen, wind: atStep(wind, run, at), sketch: {...store.get().sketch, run: added}});
    members();
  }
  function leave() {
    if (!facts.get().run) return;
    facts.set({run: null});
    const {layers} = store.get();
    store.set({layers: switched(layers, brought, false), members: {}, sketch: {...store.get().sketch, run: []}});
    brought = [];
  }
  /** Let the scenario's layers show this run alone, at its step or at the worst of all. */
  function members() {
    const {run} = facts.get();
    if (!run) return;
    const {step} = store.get().wind;
    const time = step === null ? null : run.times[step];
    store.set({members: Object.fromEntries(run.layers.map(({id, kind}) => [`wind_${kind}`, {id, time}]))});
  }

  async function attempt(call) {
    try {
      await call();
    } catch (error) {
      say(error.message);
    }
    refresh();
  }
  const remove = run => attempt(() => fetchJson(`${ADDRESS}/${run.id}`, {method: 'DELETE'}));
  const present = run => attempt(async () => facts.set({run: await fetchJson(`${ADDRESS}/${run.id}/show`, {method: run.shown ? 'DELETE' : 'POST'})}));

  function draw() {
    const {run, runFault} = facts.get();
    $('wind-run-list').hidden = Boolean(run);
    $('wind-run-open').hidden = !run;
    if (run) $('wind-run-head').replaceChildren(...headNodes(run));
    else $('wind-run-list').replaceChildren(...[runFault && fault(runFault, bring), ...listNodes()].filter(Boolean));
  }
  function listNodes() {
    const {runs, runsFault} = facts.get();
    if (runsFault) return [fault(runsFault, refresh)];
    if (!runs) return [el('p', {className: 'quiet pad'}, t('load.busy'))];
    if (!runs.length) return [el('p', {className: 'quiet pad'}, t('wind.runs.none'))];
    return [el('ul', {className: 'runs', 'aria-label': t('wind.tab.runs')}, runs.map(row))];
  }
  function row(run) {
    const waits = WAITS.includes(run.state);
    const {done, total, message} = run.progress;
    const title = run.state === 'done' ? el('button', {className: 'plain title', dataset: {run: run.id}, onclick: () => open(run.id)}, nameOf(run)) : el('b', {className: 'title'}, nameOf(run));
    const second = [t('wind.run.number', {n: run.id}), moment(run.created), run.request?.change ? t('wind.run.change') : ''].filter(Boolean).join(' · ');
    return el('li', {dataset: {state: run.state}},
      el('div', {className: 'row'}, title, el('span', {className: 'state'}, t(`jobs.state.${run.state}`)), desk.may() && el('button', {className: 'icon more', title: t(waits ? 'jobs.stop' : 'wind.run.delete'), 'aria-label': t(waits ? 'jobs.stop' : 'wind.run.delete'), onclick: () => remove(run)}, icon('close'))),
      el('small', {}, second),
      waits && el('progress', {...(total ? {max: total, value: done} : {}), 'aria-label': nameOf(run)}),
      message && run.state !== 'done' && el('small', {className: run.state === 'failed' ? 'error' : ''}, message));
  }
  function headNodes(run) {
    const {summary} = run;
    const back = el('button', {className: 'icon', title: t('wind.run.back'), 'aria-label': t('wind.run.back'), id: 'wind-back', onclick: close}, icon('left'));
    const counts = LEVELS.map(level => el('span', {className: 'count'}, el('i', {className: 'dot', style: {background: LEVEL_COLORS[level]}}), `${summary.levels?.[level] || 0}`, el('span', {className: 'away'}, t(`wind.level.${level}`))));
    const report = form => el('a', {className: 'plain small', href: `${ADDRESS}/${run.id}/report?f=${form}`, target: '_blank', rel: 'noopener'}, t(`wind.report.${form}`));
    const show = desk.may() && el('button', {className: 'plain small', onclick: () => present(run)}, t(run.shown ? 'wind.run.hide' : 'wind.run.show'));
    return [
      el('div', {className: 'row'}, back, el('h2', {}, nameOf(run)), el('span', {className: 'counts'}, counts)),
      el('p', {className: 'small'}, inWords(summary.source)),
      el('p', {className: 'quiet small'}, sure(summary)),
      el('div', {className: 'actions'}, report('html'), report('pdf'), show)
    ];
  }
  const sure = ({steps, fields}) => {
    const sigma = Math.max(...steps.map(step => step.sigma_ms || 0));
    return [t('wind.run.sure', {n: number(sigma)}), fields && t(`wind.quality.${fields.quality}`)].filter(Boolean).join(' · ');
  };

  store.on(['wind'], (_, before) => {
    const {wind} = store.get();
    if (wind.run !== before.wind.run || wind.open !== before.wind.open) bring();
    else if (wind.step !== before.wind.step) members();
    if (wind.open && (!before.wind.open || (wind.tab === 'runs' && before.wind.tab !== 'runs'))) refresh();
  });
  facts.on(['runs', 'runsFault', 'run', 'runFault'], draw);
  store.on(['lang'], draw);
  facts.on(['status'], () => bring().then(refresh));
}

const switched = (layers, ids, on) => ({...layers, ...Object.fromEntries(ids.map(id => [id, {...layers[id], on}]))});

/** The panel's state at a step of a run: the wind of that step is the one that is looked at. */
export function atStep(wind, run, step) {
  const {speed_ms: speed, from_deg: from} = run.summary.steps[step];
  return {...wind, step, speed: Math.min(60, speed), from};
}

/** The half of a sentence "中文 / English" that the page speaks. */
function inWords(source) {
  const halves = titled(source).split(' / ');
  return lang() === 'en' && halves.length > 1 ? halves.slice(1).join(' / ') : halves[0];
}

/** What people call a run: its wind in the page's language, or the title of the warning or typhoon. */
export const nameOf = ({request, title, id}) => (request?.wind ? windText(request.wind.speed_ms, request.wind.from_deg) : title || t('wind.run.number', {n: id}));
