// Who is signed in: a token is handed in once, the server keeps it in a cookie that scripts cannot read.

import {$, say} from './element.js';
import {fetchJson} from './http.js';
import {t} from './i18n.js';

export function bindSession({store}) {
  const dialog = $('session');
  const fault = $('session-error');
  const signedIn = () => !['anonymous', undefined].includes(store.get().principal?.name);

  function open() {
    fault.hidden = true;
    $('token').value = '';
    $('sign-out').hidden = !signedIn();
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
