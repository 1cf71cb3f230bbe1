// Long work for those who may: hand in a file, see how far each job has come, stop it.

import {$, el, say} from './element.js';
import {fetchJson} from './http.js';
import {place} from './format.js';
import {t} from './i18n.js';
import {pickPoints} from './pick-point.js';

const EVERY_MS = 1500;
const RUNNING = ['queued', 'running'];

export function bindJobs({map, store}) {
  const dialog = $('jobs');
  let at = null; // where models are put whose files do not say
  $('jobs-open').hidden = !store.get().principal?.roles?.includes('administrator');
  $('jobs-open').addEventListener('click', open);
  $('jobs-file').addEventListener('change', handIn);
  $('jobs-pick').addEventListener('click', pick);
  $('jobs-unpick').addEventListener('click', () => put(null));
  store.on(['lang'], () => put(at));
  put(null);

  function open() {
    dialog.showModal();
    follow();
  }
  async function follow() {
    if (!dialog.open) return;
    await refresh();
    setTimeout(follow, EVERY_MS);
  }
  function put(spot) {
    at = spot;
    $('jobs-point').textContent = at ? place(...at) : t('jobs.at.file');
    $('jobs-heading').disabled = !at;
    $('jobs-unpick').hidden = !at;
  }
  /** The next click on the map is where the model goes; Escape leaves all as it was. */
  function pick() {
    dialog.close();
    pickPoints({map, store}, 1, {sentence: t('jobs.at.sentence'), done: ([spot]) => {
      put(spot);
      open();
      $('jobs-file').focus();
    }});
  }
  async function handIn({target}) {
    const body = new FormData();
    body.append('file', target.files[0]);
    const model = isModel(target.files[0].name);
    const path = model ? '/jobs/models' : '/jobs/loads';
    if (model && at) body.append('options', new URLSearchParams({at: at.map(value => value.toFixed(7)).join(), heading: String($('jobs-heading').valueAsNumber || 0)}));
    await attempt(() => fetchJson(path, {method: 'POST', body}));
    target.value = '';
    await refresh();
  }
}

/** Whether a file is a building model, by its name; all others are layers or rasters. */
export function isModel(name) {
  return $('jobs-file').dataset.models.split(',').some(suffix => name.toLowerCase().endsWith(suffix));
}

async function refresh() {
  const answer = await attempt(() => fetchJson('/jobs?limit=20'));
  if (answer) $('jobs-list').replaceChildren(...(answer.jobs.length ? answer.jobs.map(row) : [el('li', {}, t('jobs.none'))]));
}

async function attempt(call) {
  try {
    return await call();
  } catch (error) {
    say(error.message);
    return null;
  }
}

// When each step of a job was first seen, and how far it was then: its speed tells the time left.
const begun = new Map();
const LEAST_MS = 3000;

/** The time left of the step that a job is at, in words; nothing before its speed is known. */
export function leftOf({id, message, total, done}, now = performance.now()) {
  const step = `${message}/${total}`;
  if (begun.get(id)?.step !== step || done < begun.get(id).done) begun.set(id, {step, done, at: now});
  const {done: first, at} = begun.get(id);
  if (!total || done <= first || now - at < LEAST_MS) return '';
  const seconds = Math.round(((total - done) * (now - at)) / (done - first) / 1000);
  return seconds < 90 ? t('jobs.left.seconds', {n: seconds}) : t('jobs.left.minutes', {n: Math.round(seconds / 60)});
}

function row(job) {
  const waits = RUNNING.includes(job.state);
  const left = waits ? leftOf(job) : '';
  return el('li', {dataset: {state: job.state}},
    el('b', {}, job.title),
    el('span', {className: 'state'}, t(`jobs.state.${job.state}`)),
    waits && el('progress', job.total ? {max: job.total, value: job.done} : {}),
    (job.message || left) && el('p', {}, [job.message, left].filter(Boolean).join(' · ')),
    waits && el('button', {type: 'button', onclick: () => stop(job)}, t('jobs.stop')));
}

async function stop(job) {
  await attempt(() => fetchJson(`/jobs/${job.id}`, {method: 'DELETE'}));
  await refresh();
}
