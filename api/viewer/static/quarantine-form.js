// The form in which a quarantined row is mended: its attributes, its geometry, and why it is released or discarded.

import {el} from './element.js';
import {t, titled} from './i18n.js';

const MAKE_VALID = 'make_valid';
const OF_PARAMETER = {reason: 'reason', source_key: 'key', geometry: 'geometry', mend: 'geometry'};

/** The form of a row; `decide(act, stated)` hands in, and throws what the server found wrong. */
export function quarantineForm({feature, layer, decide}) {
  const {original, source_key: key, reasons} = feature.properties;
  const fields = new Map();
  const attributes = el('div', {className: 'quarantine-fields'});
  const broken = reasons.some(({rule}) => rule.startsWith('geometry.'));
  const mends = Boolean(original.wkb || original.text) && feature.properties.reasons.some(({rule}) => ['geometry.invalid', 'geometry.unreadable'].includes(rule));

  function field(id, title, input, note) {
    const fault = el('p', {className: 'error', role: 'alert', id: `quarantine-${id}-fault`, hidden: true});
    Object.assign(input, {id: `quarantine-${id}`});
    input.setAttribute('aria-describedby', fault.id);
    fields.set(id, {input, fault});
    return el('div', {className: 'quarantine-field'}, el('label', {htmlFor: input.id}, title, note && el('small', {}, note)), input, fault);
  }
  function attribute(name, value) {
    const title = titled(layer?.columns.find(column => column.name === name)?.title);
    const text = textOf(value);
    attributes.append(field(`of-${name}`, title || name, el('input', {type: 'text', value: text, autocomplete: 'off', dataset: {name, was: text, kind: typeof value}}), title && title !== name ? name : null));
  }
  function more() {
    const free = (layer?.columns || []).filter(({name}) => !(name in original.properties) && !fields.has(`of-${name}`));
    const add = event => {
      const name = event.target.value;
      attribute(name, undefined);
      event.target.replaceWith(more());
      fields.get(`of-${name}`).input.focus();
    };
    return el('select', {className: 'quarantine-add', 'aria-label': t('quarantine.add'), onchange: add}, el('option', {value: ''}, t('quarantine.add')), free.map(column => el('option', {value: column.name}, titled(column.title))));
  }

  const drawn = field('geometry', t('quarantine.geojson'), el('textarea', {rows: 3, placeholder: '{"type": "Polygon", "coordinates": …}', spellcheck: false}), t('quarantine.crs-of-map'));
  const mend = el('input', {type: 'checkbox', id: 'quarantine-mend', checked: mends});
  const form = el('form', {id: 'quarantine-form', noValidate: true, onsubmit: event => {
    event.preventDefault();
    act('release');
  }},
    el('h3', {}, t('quarantine.mend')), attributes, more(),
    field('key', t('quarantine.key'), el('input', {type: 'text', value: key ?? '', autocomplete: 'off', dataset: {was: key ?? ''}})),
    mends && el('label', {className: 'quarantine-check'}, mend, t('quarantine.make-valid')),
    el('details', {open: broken && !mends}, el('summary', {}, t('quarantine.shape')), drawn),
    field('reason', t('quarantine.reason'), el('textarea', {rows: 2, required: true, maxLength: 500})),
    el('p', {className: 'error', role: 'alert', id: 'quarantine-fault', hidden: true}),
    el('div', {className: 'quarantine-acts'},
      el('button', {className: 'main', id: 'quarantine-release', type: 'submit'}, t('quarantine.release')),
      el('button', {className: 'quarantine-discard', id: 'quarantine-discard', type: 'button', onclick: () => act('discard')}, t('quarantine.discard'))));
  for (const [name, value] of Object.entries(original.properties)) attribute(name, value);

  async function act(deed) {
    clearFaults();
    const reason = fields.get('reason').input.value.trim();
    if (!reason) return complain('reason', t('quarantine.reason-wanted'));
    const patch = deed === 'release' ? read() : {};
    if (!patch) return;
    for (const press of form.querySelectorAll('.quarantine-acts button')) press.disabled = true;
    try {
      await decide(deed, {reason, ...patch});
    } catch (error) {
      complain(placeOf(error), error.message);
    }
    for (const press of form.querySelectorAll('.quarantine-acts button')) press.disabled = false;
  }
  /** What differs from the original; null where it cannot be read. */
  function read() {
    const inputs = [...fields].filter(([id]) => id.startsWith('of-')).map(([, {input}]) => input).filter(({value, dataset}) => value !== dataset.was);
    const patch = {properties: Object.fromEntries(inputs.map(({value, dataset}) => [dataset.name, valueOf(value, dataset.kind)]))};
    const {input: own} = fields.get('key');
    if (own.value.trim() !== own.dataset.was) patch.source_key = own.value.trim();
    const text = fields.get('geometry').input.value.trim();
    if (text) {
      try {
        patch.geometry = JSON.parse(text);
      } catch {
        return void complain('geometry', t('quarantine.no-geojson'));
      }
    } else if (mends && mend.checked) patch.mend = MAKE_VALID;
    return patch;
  }
  function clearFaults() {
    for (const {input, fault} of fields.values()) {
      input.removeAttribute('aria-invalid');
      fault.hidden = true;
    }
    form.querySelector('#quarantine-fault').hidden = true;
  }
  /** Say what is wrong at its field, or at the foot where it is about none. */
  function complain(id, sentence) {
    const own = fields.get(id);
    const fault = own?.fault ?? form.querySelector('#quarantine-fault');
    fault.textContent = sentence;
    fault.hidden = false;
    if (!own) return;
    own.input.setAttribute('aria-invalid', 'true');
    own.input.closest('details')?.setAttribute('open', '');
    own.input.focus();
    fault.scrollIntoView({block: 'nearest'});
  }
  /** The field that an error of the server is about: the one it names, or the attribute that its sentence does. */
  function placeOf({parameter, message}) {
    if (parameter in OF_PARAMETER) return OF_PARAMETER[parameter];
    const named = [...fields.keys()].find(id => id.startsWith('of-') && new RegExp(`(^|[^\\w])${RegExp.escape?.(id.slice(3)) ?? id.slice(3)}([^\\w]|$)`).test(message));
    return named ?? (/\bkey\.(missing|unique)/.test(message) ? 'key' : /\bgeometry\./.test(message) ? 'geometry' : null);
  }
  return form;
}

const textOf = value => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** What a person wrote, as a value of the kind that the file had. */
function valueOf(text, kind) {
  if (text.trim() === '') return null;
  if (kind === 'number' && Number.isFinite(Number(text))) return Number(text);
  if (kind === 'boolean' && ['true', 'false'].includes(text)) return text === 'true';
  if (kind !== 'object') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
