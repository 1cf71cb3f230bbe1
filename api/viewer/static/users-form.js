// The form of one person: added with a name and days, or changed.

import {el} from './element.js';
import {t} from './i18n.js';

const ROLES = ['duty', 'steward', 'administrator'];
const GRADES = ['open', 'conditional', 'internal', 'restricted'];
const DAYS = 90;

/** `known` is who is changed, undefined for somebody new; `save` gets what the server takes. */
export function personForm({known, areas, areaName, back, save}) {
  const own = {of: known?.name ?? ''};
  const name = el('input', {name: 'name', id: 'users-name', dataset: own, required: true, maxLength: 60, autocomplete: 'off'});
  const roles = ROLES.map(role => el('input', {type: 'checkbox', name: 'role', id: `users-role-${role}`, dataset: own, value: role, checked: known?.roles.includes(role)}));
  const clearance = el('select', {name: 'clearance', id: 'users-clearance', dataset: own}, GRADES.map((grade, place) => el('option', {value: grade, selected: place === (known?.clearance ?? 0)}, t(`users.grade.${grade}`))));
  const departments = el('input', {name: 'departments', id: 'users-departments', dataset: own, value: known?.departments.join('，') ?? ''});
  const area = el('select', {name: 'area', id: 'users-area', dataset: own}, areaOptions(known, areas, areaName));
  const days = el('input', {name: 'days', id: 'users-days', dataset: own, type: 'number', min: 1, max: 730, value: DAYS, required: true});
  const labelled = (words, field) => el('label', {}, el('span', {}, words), field);

  function submit(event) {
    event.preventDefault();
    const stated = {
      roles: roles.filter(box => box.checked).map(box => box.value),
      clearance: clearance.value,
      departments: departments.value.split(/[,，、]/).map(part => part.trim()).filter(Boolean)
    };
    // A shape that was drawn elsewhere has no code; it stays unless another area is chosen.
    if (area.value !== (known?.area ?? '')) stated.area = area.value || null;
    save(known ? stated : {...stated, name: name.value.trim(), days: Number(days.value)});
  }
  return el('form', {className: 'users-form', onsubmit: submit},
    el('h3', {}, known ? known.name : t('users.add')),
    !known && labelled(t('users.name'), name),
    el('fieldset', {}, el('legend', {}, t('users.roles')), ROLES.map((role, place) => el('label', {className: 'check'}, roles[place], t(`role.${role}`)))),
    labelled(t('users.clearance'), clearance),
    labelled(t('users.departments'), departments),
    labelled(t('users.area'), area),
    !known && labelled(t('users.days'), days),
    el('menu', {}, el('button', {type: 'button', onclick: back}, t('session.cancel')), el('button', {className: 'main', id: 'users-save'}, t('users.save'))));
}

function areaOptions(known, areas, areaName) {
  const codes = areas.map(({code}) => code);
  const own = known?.area && !codes.includes(known.area) ? [known.area] : [];
  const option = value => el('option', {value, selected: value === (known?.area ?? '')}, areaName(value));
  return ['', ...own, ...codes].map(option);
}
