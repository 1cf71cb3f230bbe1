// Long work for those who may: hand in a file, see how far each job has come, stop it.

import {$, el, say} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';

const EVERY_MS = 1500;
const RUNNING = ['queued', 'running'];

export function bindJobs({store}) {
  const dialog = $('jobs');
  $('jobs-open').hidden = !store.get().principal?.roles?.includes('administrator');
  $('jobs-open').addEventListener('click', open);
  $('jobs-file').addEventListener('change', handIn);

  function open() {
    dialog.showModal();
    follow();
  }
  async function follow() {
    if (!dialog.open) return;
    await refresh();
    setTimeout(follow, EVERY_MS);
  }
  async function handIn({target}) {
    const body = new FormData();
    body.append('file', target.files[0]);
    await attempt(() => fetchJson('/jobs/loads', {method: 'POST', body}));
    target.value = '';
    await refresh();
  }
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

function row(job) {
  const waits = RUNNING.includes(job.state);
  return el('li', {dataset: {state: job.state}},
    el('b', {}, job.title),
    el('span', {className: 'state'}, t(`jobs.state.${job.state}`)),
    waits && el('progress', job.total ? {max: job.total, value: job.done} : {}),
    job.message && el('p', {}, job.message),
    waits && el('button', {type: 'button', onclick: () => stop(job)}, t('jobs.stop')));
}

async function stop(job) {
  await attempt(() => fetchJson(`/jobs/${job.id}`, {method: 'DELETE'}));
  await refresh();
}
