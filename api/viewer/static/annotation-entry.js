// One annotation in the panel's list: its first words, and when it is chosen all of it with answers and what can be done.

import {brief} from './annotation-marks.js';
import {mayAnnotate} from './annotation-subject.js';
import {$, el} from './element.js';
import {moment} from './format.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';

export const GRADES = ['open', 'conditional', 'internal', 'restricted'];
const [MOST_TEXT, MOST_ANSWER, MOST_WORDS] = [2000, 1000, 40];

/** The form of an annotation that is not written yet. */
export function draftNode({draft, store, save, stop}) {
  const field = el('textarea', {id: 'annotation-text', rows: 3, maxLength: MOST_TEXT, required: true, 'aria-label': t('annotation.text'), placeholder: t('annotation.text')});
  const grade = gradeNode('annotation-grade', draft.grade, store);
  const submit = event => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) save({...draft, text, grade: grade.querySelector('select').value});
  };
  const on = draft.about ? draft.about.name || t('annotation.of-thing') : t('annotation.of-place');
  const {layer, fid} = draft.about || {};
  return el('form', {className: 'annotation-form', onsubmit: submit},
    el('p', {className: 'quiet small'}, `${t('annotation.about')} ${on}`),
    field, grade,
    el('div', {className: 'annotation-acts'},
      el('button', {className: 'main', id: 'annotation-save', type: 'submit', dataset: {about: layer ? `${layer}/${fid}` : ''}}, t('annotation.save')),
      el('button', {className: 'plain', id: 'annotation-stop', type: 'button', onclick: stop}, t('annotation.stop'))));
}

function gradeNode(id, value, store) {
  const own = store.get().principal?.clearance ?? 0;
  const options = GRADES.slice(0, own + 1).map(grade => el('option', {value: grade, selected: grade === value}, t(`users.grade.${grade}`)));
  return el('label', {className: 'field'}, el('span', {}, t('annotation.grade')), el('select', {id}, options));
}

/** A row of the list. */
export function entryNode(one, parts) {
  const {chosen, choose, hidden} = parts;
  const head = el('button', {className: 'annotation-head', id: `annotation-${one.id}`, 'aria-expanded': String(chosen), onclick: () => choose(one)},
    el('i', {className: `annotation-number ${chosen ? 'chosen' : one.state}`}, String(one.id)),
    el('span', {}, chosen ? null : brief(one.text, MOST_WORDS), el('small', {className: 'quiet'}, [one.about?.name, moment(one.written), t(one.state === 'open' ? 'annotation.unsettled' : 'annotation.settled'), hidden && t('annotation.hidden')].filter(Boolean).join(' · '))));
  return el('li', {className: hidden ? 'unseen' : ''}, head, chosen ? wholeNode(one, parts) : null);
}

function wholeNode(one, parts) {
  const {store, facts} = parts;
  const writer = mayAnnotate(store.get());
  const owner = writer && (one.mine || store.get().principal.roles.includes('administrator'));
  const told = [one.by, one.grade !== 'open' && titled(one.grade_title), one.state === 'resolved' && [t('annotation.settled'), moment(one.resolved), one.resolved_by].filter(Boolean).join(' ')].filter(Boolean).join(' · ');
  return el('div', {className: 'annotation-whole'},
    facts.editing === one.id ? editNode(one, parts) : el('p', {className: 'annotation-said'}, one.text),
    told ? el('p', {className: 'quiet small'}, told) : null,
    aboutNode(one, store),
    one.answers.length ? el('ol', {className: 'annotation-answers', 'aria-label': t('annotation.answers')}, one.answers.map(answerNode)) : null,
    writer ? answerForm(one, parts) : null,
    writer ? actsNode(one, owner, parts) : null);
}

function aboutNode({about}, store) {
  if (!about?.name) return null;
  const {layer, fid} = about;
  return el('button', {className: 'plain small', onclick: () => store.set({selected: {layer, fid}})}, icon('target'), about.name);
}

const answerNode = ({text, at, by}) => el('li', {}, el('p', {className: 'annotation-said'}, text), el('small', {className: 'quiet'}, [by, moment(at)].filter(Boolean).join(' · ')));

function answerForm({id}, {act}) {
  const field = el('textarea', {id: `annotation-answer-${id}`, rows: 2, maxLength: MOST_ANSWER, required: true, 'aria-label': t('annotation.answer'), placeholder: t('annotation.answer')});
  const submit = event => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) act(`/bim/annotations/${id}/answers`, {body: {text}}, () => ($(`annotation-answer-${id}`).value = ''));
  };
  return el('form', {className: 'annotation-form', onsubmit: submit}, field, el('div', {className: 'annotation-acts'}, el('button', {className: 'plain', id: 'annotation-send', type: 'submit'}, t('annotation.send'))));
}

function actsNode(one, owner, {store, act, facts, frame}) {
  const path = `/bim/annotations/${one.id}`;
  const is = one.state === 'open';
  const to = is ? 'resolve' : 'reopen';
  const settle = el('button', {className: 'plain', id: 'annotation-settle', onclick: () => act(`${path}/${to}`, {body: {}})}, t(is ? 'annotation.settle' : 'annotation.reopen'));
  const edit = () => {
    facts.editing = facts.editing === one.id ? null : one.id;
    frame();
    $(`annotation-edit-${one.id}`)?.focus();
  };
  const forget = () => store.set({annotations: {...store.get().annotations, chosen: null}});
  const remove = () => confirm(t('annotation.sure')) && act(path, {method: 'DELETE'}, forget);
  return el('div', {className: 'annotation-acts'}, settle,
    owner ? el('button', {className: 'plain', id: 'annotation-edit', onclick: edit}, t('annotation.edit')) : null,
    owner ? el('button', {className: 'plain', id: 'annotation-remove', onclick: remove}, t('annotation.remove')) : null);
}

function editNode(one, {act}) {
  const field = el('textarea', {id: `annotation-edit-${one.id}`, rows: 4, maxLength: MOST_TEXT, value: one.text, 'aria-label': t('annotation.text')});
  const submit = event => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) act(`/bim/annotations/${one.id}`, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify({text})});
  };
  return el('form', {className: 'annotation-form', onsubmit: submit}, field, el('div', {className: 'annotation-acts'}, el('button', {className: 'main', id: 'annotation-edit-save', type: 'submit'}, t('annotation.save'))));
}
