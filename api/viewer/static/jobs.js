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
    const [file] = target.files;
    body.append('file', file);
    const path = pathOf(file, body, at);
    await attempt(() => fetchJson(path, {method: 'POST', body}));
    target.value = '';
    await refresh();
  }
}

/** Whether a file is a building model, by its name; all others are layers or rasters. */
export function isModel(name) {
  return $('jobs-file').dataset.models.split(',').some(suffix => name.toLowerCase().endsWith(suffix));
}

/** Where a file goes; a model goes with its specification and its place, to be loaded or only to be checked. */
function pathOf({name}, body, at) {
  if (!isModel(name)) return '/jobs/loads';
  const [ids] = $('jobs-ids').files;
  if (ids) body.append('ids', ids);
  if ($('jobs-check').checked) return '/jobs/checks';
  const options = new URLSearchParams($('jobs-strict').checked ? {strict: 'yes'} : {});
  if (at) {
    options.set('at', at.map(value => value.toFixed(7)).join());
    options.set('heading', $('jobs-heading').valueAsNumber || 0);
  }
  if (options.size) body.append('options', options);
  return '/jobs/models';
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
    reports(job) && el('a', {className: 'plain', href: `/jobs/${job.id}/report?f=html`, target: '_blank', rel: 'noopener'}, t('jobs.report')),
    waits && el('button', {type: 'button', onclick: () => stop(job)}, t('jobs.stop')));
}

/** Whether a job has a report: a check that is done, a load that was held against a specification. */
const reports = ({kind, state, arguments: given}) => (kind === 'check' ? state === 'done' : Boolean(given?.ids) && ['done', 'failed'].includes(state));

async function stop(job) {
  await attempt(() => fetchJson(`/jobs/${job.id}`, {method: 'DELETE'}));
  await refresh();
}
