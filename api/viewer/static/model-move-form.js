// The form of a model that is moved by hand: arrows, numbers, the place before and after, the reason and the buttons.

import {$, el} from './element.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {shifted} from './model-shift.js';

const ARROWS = [['north', 1, '↑'], ['east', -1, '←'], ['east', 1, '→'], ['north', -1, '↓']];
const STEPS = [0.1, 1, 10];
const FIELDS = [['east', 'm'], ['north', 'm'], ['up', 'm'], ['turn', '°']];

export function moveNodes({move, told, put, step, save, takeBack, close, reset}) {
  const busy = Boolean(move.busy);
  const button = (id, words, onclick, more = {}) => el('button', {id, className: 'plain', type: 'button', disabled: busy, onclick, ...more}, t(words));
  return el('div', {className: 'pad move-body'},
    el('p', {}, el('strong', {}, move.title), ' ', el('span', {className: 'quiet small'}, standing(told))),
    el('p', {className: 'quiet small'}, t('move.hint')),
    padNode(step),
    el('div', {className: 'move-fields'}, FIELDS.map(([name, unit]) => field(name, unit, move.draft, put))),
    headingNode(told, put),
    tableNode(),
    el('label', {className: 'field'}, el('span', {}, t('move.why')), el('input', {id: 'move-why', type: 'text', maxLength: 500, dataset: {of: `${move.model} ${told.version}`}, placeholder: t('move.why-usual')})),
    el('p', {id: 'move-error', className: 'error', role: 'alert', hidden: true}),
    el('div', {className: 'actions'}, button('move-save', busy ? 'load.busy' : 'move.save', save, {className: 'main'}), button('move-reset', 'move.reset', reset), told.by_hand ? button('move-back', 'move.back', takeBack) : null, button('move-cancel', 'move.cancel', close)));
}

/** How it came to stand where it stands. */
function standing({by_hand: byHand, history}) {
  const [last] = history;
  if (!byHand || !last) return t('move.by-file');
  return [t('move.by-hand', {when: moment(last.when)}), last.who, last.why].filter(Boolean).join(' · ');
}

/** Arrows for fingers, and the place that the keys of the keyboard move the model from. */
function padNode(step) {
  const size = el('select', {id: 'move-step', 'aria-label': t('move.step')}, STEPS.map(value => el('option', {value}, `${value} m`)));
  const arrows = ARROWS.map(([name, way, sign]) => el('button', {type: 'button', className: 'icon', dataset: {way: `${name}${way}`}, 'aria-label': t(`move.to.${name}${way}`), title: t(`move.to.${name}${way}`), onclick: () => step(name, way * Number(size.value))}, sign));
  return el('div', {id: 'move-pad', className: 'move-pad', role: 'group', tabIndex: 0, 'aria-label': t('move.pad')}, arrows, size);
}

function field(name, unit, draft, put) {
  const input = el('input', {id: `move-${name}`, type: 'number', step: 0.1, value: draft[name], oninput: () => input.value !== '' && Number.isFinite(input.valueAsNumber) && put({[name]: input.valueAsNumber})});
  return el('label', {}, el('span', {}, t(`move.${name}`)), input, el('span', {className: 'quiet'}, unit));
}

/** The heading as a turn of the whole circle. */
function headingNode({placement}, put) {
  const input = el('input', {id: 'move-heading', type: 'range', min: 0, max: 360, step: 0.1, value: placement.heading_deg, oninput: () => put({turn: half(Number(input.value) - placement.heading_deg)})});
  return el('label', {className: 'field'}, el('span', {title: t('move.heading-from')}, t('move.heading')), input, el('output', {id: 'move-heading-now'}));
}

const half = degrees => 180 - ((((180 - degrees) % 360) + 360) % 360);

function tableNode() {
  const row = name => el('tr', {}, el('th', {scope: 'row'}, t(`move.${name}`)), el('td', {dataset: {before: name}}), el('td', {dataset: {after: name}}));
  const heads = ['', 'move.before', 'move.after'].map(words => el('th', {scope: 'col'}, words && t(words)));
  return el('table', {id: 'move-numbers'}, el('thead', {}, el('tr', {}, heads)), el('tbody', {}, ['longitude', 'latitude', 'height', 'heading'].map(row)));
}

/** Write the numbers of a draft where they stand; a field that somebody is writing in is left to him. */
export function showNumbers({placement}, draft, error) {
  const [lon, lat] = shifted(draft.pivot, draft.east, draft.north);
  const heading = (((placement.heading_deg + draft.turn) % 360) + 360) % 360;
  const rows = {longitude: [placement.lon, lon, 7, '°'], latitude: [placement.lat, lat, 7, '°'], height: [placement.height_m, placement.height_m + draft.up, 2, ' m'], heading: [placement.heading_deg, heading, 2, '°']};
  for (const [name, [before, after, digits, unit]] of Object.entries(rows)) {
    const [one, other] = ['before', 'after'].map(side => document.querySelector(`#move-numbers [data-${side}="${name}"]`));
    if (!one) return;
    one.textContent = before.toFixed(digits) + unit;
    other.textContent = after.toFixed(digits) + unit;
    other.classList.toggle('changed', one.textContent !== other.textContent);
  }
  for (const [name] of FIELDS) if (document.activeElement !== $(`move-${name}`)) $(`move-${name}`).value = String(draft[name]);
  if (document.activeElement !== $('move-heading')) $('move-heading').value = String(heading);
  $('move-heading-now').textContent = `${heading.toFixed(1)}°`;
  $('move-error').textContent = error || '';
  $('move-error').hidden = !error;
}
