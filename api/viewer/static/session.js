// Who is signed in: a token is handed in once, the server keeps it in a cookie that scripts cannot read.

import {$, el, say} from './element.js';
import {fetchJson} from './http.js';
import {named, t, titled} from './i18n.js';

export function bindSession({store}) {
  const dialog = $('session');
  const fault = $('session-error');
  const signedIn = () => !['anonymous', undefined].includes(store.get().principal?.name);

  function open() {
    fault.hidden = true;
    $('token').value = '';
    $('sign-out').hidden = !signedIn();
    $('session-who').hidden = !signedIn();
    if (signedIn()) tellWho(store.get().principal);
    dialog.showModal();
  }
  async function change(options) {
    fault.hidden = true;
    try {
      await fetchJson('/session', options);
      location.reload(); // another reader sees another catalogue; the address keeps the view
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
  }

  $('principal').addEventListener('click', open);
  $('sign-cancel').addEventListener('click', () => dialog.close());
  $('sign-out').addEventListener('click', () => change({method: 'DELETE'}));
  dialog.querySelector('form').addEventListener('submit', event => {
    event.preventDefault();
    const token = $('token').value.trim();
    if (!token) return say(t('session.empty'));
    change({method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify({token})});
  });
}

/** Who one is: name, roles, up to which grade and where one sees and acts. */
function tellWho(principal) {
  const {name, roles, clearance_title: clearance, departments, area} = principal;
  const where = el('dd', {id: 'session-area'}, area || t('users.whole'));
  const facts = [
    ['users.name', el('dd', {}, name)],
    ['users.roles', el('dd', {}, roles.map(role => t(`role.${role}`)).join(t('list.and')) || t('users.reads'))],
    ['users.clearance', el('dd', {}, titled(clearance))],
    departments.length && ['users.departments', el('dd', {}, departments.join(t('list.and')))],
    ['users.area', where]
  ].filter(Boolean);
  $('session-who').replaceChildren(...facts.flatMap(([key, value]) => [el('dt', {}, t(key)), value]));
  if (area) nameArea(area, where);
}

/** Put the name of a division before its code; an area that is none keeps its own. */
async function nameArea(code, place) {
  const query = new URLSearchParams({division_code: code, limit: 1, f: 'json'});
  const {features} = await fetchJson(`/collections/boundaries/items?${query}`).catch(() => ({features: []}));
  const {first} = named(features[0]?.properties ?? {});
  if (first) place.textContent = `${first} · ${code}`;
}
