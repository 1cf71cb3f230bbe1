// The storm over time: a bar for each step of a run, its wind and level; a step drives the picture and the layers.

import {$, el} from './element.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {arrow} from './wind-dial.js';
import {atStep} from './wind-runs.js';
import {LEVEL_COLORS, windText} from './wind-scale.js';

const EVERY_MS = 1100;
const NAMES = Object.keys(LEVEL_COLORS);

export function bindTimeline({store, facts}) {
  const root = $('time');
  let timer = 0;

  const go = step => {
    const {run} = facts.get();
    const {wind} = store.get();
    store.set({wind: step === null ? {...wind, step} : atStep(wind, run, (step + run.times.length) % run.times.length)});
  };
  function play() {
    const playing = timer;
    stop();
    if (playing) return draw();
    timer = setInterval(() => go((store.get().wind.step ?? -1) + 1), EVERY_MS);
    draw();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
  }
  function build() {
    const {run} = facts.get();
    const storm = (run?.summary.steps?.length || 0) > 1;
    if (!storm) stop();
    store.set({storm});
    root.hidden = !storm;
    if (storm) root.replaceChildren(tools(), bars(run), el('output', {id: 'storm-said'}));
    draw();
  }
  const tools = () => el('div', {className: 'storm-tools', role: 'group'},
    el('button', {id: 'storm-play', onclick: play}),
    el('button', {id: 'storm-back', title: t('storm.back'), 'aria-label': t('storm.back'), onclick: () => go((store.get().wind.step ?? 0) - 1)}, '◂'),
    el('button', {id: 'storm-next', title: t('storm.next'), 'aria-label': t('storm.next'), onclick: () => go((store.get().wind.step ?? -1) + 1)}, '▸'),
    el('button', {id: 'storm-worst', onclick: () => go(null)}, t('storm.worst')));

  function bars({summary: {steps}}) {
    const most = Math.max(20, ...steps.map(step => step.speed_ms + (step.sigma_ms || 0)));
    const nodes = steps.map((step, at) => el('button', {className: 'storm-step', dataset: {step: at}, title: sentence(step), 'aria-label': sentence(step), onclick: () => {
      stop();
      go(at);
    }}, arrow(step.from_deg), barNode(step, most)));
    return el('div', {className: 'storm-bars', role: 'group', 'aria-label': t('storm.label')}, nodes);
  }
  function draw() {
    const {run} = facts.get();
    if (!store.get().storm || !run) return;
    const {step} = store.get().wind;
    $('storm-play').textContent = timer ? '❚❚' : '▶';
    for (const name of ['aria-label', 'title']) $('storm-play').setAttribute(name, t(timer ? 'storm.pause' : 'storm.play'));
    $('storm-worst').setAttribute('aria-pressed', String(step === null));
    for (const node of root.querySelectorAll('.storm-step')) node.setAttribute('aria-pressed', String(Number(node.dataset.step) === step));
    $('storm-said').textContent = step === null ? t('storm.all') : sentence(run.summary.steps[step]);
    if (timer === 0) root.querySelector('[aria-pressed="true"].storm-step')?.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }

  facts.on(['run'], build);
  store.on(['lang'], build);
  store.on(['wind'], draw);
}

const sentence = step => `${moment(step.time)} · ${windText(step.speed_ms, step.from_deg)}`;

function barNode(step, most) {
  const high = `${(step.speed_ms / most) * 100}%`;
  const spread = step.sigma_ms ? el('em', {style: {bottom: `${(Math.max(0, step.speed_ms - step.sigma_ms) / most) * 100}%`, height: `${(2 * step.sigma_ms / most) * 100}%`}}) : null;
  return el('span', {className: 'storm-bar'}, el('i', {style: {height: high, background: LEVEL_COLORS[NAMES[step.level ?? 0]]}}), spread);
}
