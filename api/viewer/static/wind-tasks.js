// Tasks that a run drafted by the pre-plan: who has to do what by when, and what a person decides on them.

import {$, el, redraw} from './element.js';
import {moment} from './format.js';
import {fetchJson, sendJson} from './http.js';
import {t, titled} from './i18n.js';

export function bindTasks(desk) {
  const {store, facts, fault} = desk;
  const root = $('wind-tasks');
  let tasks = null;
  let asking = null; // the task for which a new owner is being named

  async function load() {
    const {run} = facts.get();
    tasks = null;
    if (!run) return root.replaceChildren();
    try {
      ({tasks} = await fetchJson(`/scenarios/wind/runs/${run.id}/tasks?limit=200`));
      draw();
    } catch (error) {
      root.replaceChildren(fault(error, load));
    }
  }
  function draw() {
    if (!tasks) return;
    if (!tasks.length) return root.replaceChildren(el('p', {className: 'quiet pad'}, t('wind.tasks.none')));
    redraw(root, el('ol', {className: 'tasks', 'aria-label': t('wind.tab.tasks')}, tasks.map(row)));
  }
  async function act(task, body, node) {
    try {
      const changed = await sendJson(`/tasks/${task.id}`, body);
      asking = null;
      tasks = tasks.map(one => (one.id === task.id ? changed : one));
      draw();
    } catch (error) {
      node.replaceChildren(fault(error, () => act(task, body, node)));
    }
  }
  function row(task) {
    const error = el('div', {});
    const late = task.overdue && el('b', {className: 'late'}, t('wind.task.late'));
    const who = [titled(task.department), task.owner, task.phone].filter(Boolean).join(' · ');
    const press = action => el('button', {className: 'plain small', dataset: {action}, onclick: () => {
      if (action !== 'reassign') return act(task, {action}, error);
      asking = task.id;
      draw();
      root.querySelector('form input')?.focus();
    }}, t(`wind.task.${action}`));
    return el('li', {dataset: {state: task.state, task: task.id}, style: {borderLeftColor: task.color}},
      el('div', {className: 'row'}, el('b', {className: 'title'}, titled(task.title)), el('span', {className: 'state'}, titled(task.state_title))),
      el('p', {}, titled(task.reason)),
      el('small', {}, t('wind.task.by', {time: moment(task.deadline)}), ' ', late),
      who && el('small', {}, who),
      desk.may() && task.actions.length > 0 && el('div', {className: 'actions'}, task.actions.map(press)),
      asking === task.id && form(task, error),
      error);
  }
  function form(task, error) {
    const owner = el('input', {id: 'task-owner', dataset: {of: task.id}, value: task.owner || '', required: true, maxLength: 200, 'aria-label': t('wind.task.owner')});
    const submit = event => {
      event.preventDefault();
      act(task, {action: 'reassign', owner: owner.value.trim()}, error);
    };
    return el('form', {className: 'row', onsubmit: submit}, owner, el('button', {className: 'plain small'}, t('wind.task.reassign')));
  }

  facts.on(['run'], ({run}, before) => run?.id !== before.run?.id && load());
  store.on(['lang'], draw);
}
