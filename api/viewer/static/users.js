// People who may sign in, for the administrator: who they are, where, until when; a token is shown once, when it is made.

import {$, copy, el, redraw, say} from './element.js';
import {moment} from './format.js';
import {fetchJson, sendJson} from './http.js';
import {lang, t, titled} from './i18n.js';
import {personForm} from './users-form.js';

const path = (name, more = '') => `/users/${encodeURIComponent(name)}${more}`;

export function bindUsers({store}) {
  const dialog = $('users');
  let people = [];
  let areas = [];
  let editing = null; // the name of who is being changed, '' for somebody new
  let made = null; // {name, token}: shown until the next act
  let fault = null;

  $('users-open').hidden = !store.get().principal?.roles?.includes('administrator');
  $('users-open').addEventListener('click', open);
  $('users-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', forget);

  async function open() {
    dialog.showModal();
    $('users-body').replaceChildren(el('p', {className: 'quiet small'}, t('load.busy')));
    await attempt(async () => {
      ({areas} = await fetchJson('/users/areas'));
    });
  }
  /** What was secret goes with the dialog. */
  function forget() {
    made = fault = editing = null;
    $('users-body').replaceChildren();
  }
  async function attempt(call) {
    fault = null;
    try {
      await call();
      ({users: people} = await fetchJson('/users'));
    } catch (error) {
      fault = error.message;
    }
    if (dialog.open) draw();
  }
  function draw() {
    const focus = document.activeElement?.dataset?.focus;
    redraw($('users-body'), made && token(), fault && el('p', {className: 'error', role: 'alert', id: 'users-error'}, fault), editing === null ? list() : form());
    if (focus) $('users-body').querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }
  function token() {
    return el('div', {className: 'users-token', role: 'status'},
      el('p', {}, t('users.token', {name: made.name})),
      el('code', {id: 'users-token'}, made.token),
      el('button', {type: 'button', className: 'main', id: 'users-copy', onclick: () => copy(made.token).then(() => say(t('users.copied')))}, t('users.copy')));
  }
  function list() {
    return [
      el('ul', {id: 'users-list'}, people.map(row)),
      el('button', {type: 'button', className: 'main', id: 'users-add', onclick: () => edit('')}, t('users.add'))
    ];
  }
  function row(one) {
    const own = one.name === 'administrator';
    const ends = one.expires ? t(one.active ? 'users.until' : 'users.ended', {when: moment(one.expires)}) : t('users.forever');
    const act = (name, words, call) => el('button', {type: 'button', className: 'plain small', dataset: {focus: `${name}-${one.name}`, act: name}, onclick: call}, words);
    return el('li', {dataset: {name: one.name, active: String(one.active)}},
      el('b', {}, one.name),
      el('span', {className: 'quiet'}, one.roles.map(role => t(`role.${role}`)).join(t('list.and')) || t('users.reads')),
      el('p', {className: 'small'}, [titled(one.clearance_title), one.departments.join(t('list.and')), areaName(one.area)].filter(Boolean).join(' · ')),
      el('p', {className: 'small quiet'}, ends),
      !own && el('div', {className: 'actions'},
        act('edit', t('users.edit'), () => edit(one.name)),
        act('renew', t('users.renew'), () => renew(one.name)),
        one.active && act('revoke', t('users.revoke'), () => revoke(one.name))));
  }
  function areaName(id) {
    if (!id) return t('users.whole');
    const area = areas.find(({code}) => code === id);
    return area ? (lang() === 'en' && area.name_en) || area.name : id;
  }
  function edit(name) {
    made = fault = null;
    editing = name;
    draw();
    $('users-body').querySelector('input, select')?.focus();
  }
  function form() {
    const known = people.find(one => one.name === editing);
    const back = () => {
      editing = fault = null;
      draw();
    };
    return [personForm({known, areas, areaName, back, save: stated => save(known, stated)})];
  }
  const save = (known, stated) => act(async () => {
    if (known) await fetchJson(path(known.name), sent('PATCH', stated));
    else made = tokenOf(await sendJson('/users', stated));
    editing = null;
  });
  const renew = name => act(async () => {
    made = tokenOf(await sendJson(path(name, '/token'), {}));
  });
  const revoke = name => act(() => fetchJson(path(name, '/token'), {method: 'DELETE'}));

  function act(call) {
    made = null;
    return attempt(call);
  }
  const sent = (method, body) => ({method, headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(body)});
  const tokenOf = ({user, token: text}) => ({name: user.name, token: text});
}
