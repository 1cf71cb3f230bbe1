// A sign over the map whenever it does not show now, with the way back: nobody takes the past for the present.

import {$, el} from './element.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {isNow} from './time-address.js';

export function bindPastBanner({store, put}) {
  function draw() {
    const {time} = store.get();
    const shown = !isNow(time);
    $('past').hidden = !shown;
    document.body.classList.toggle('past-shown', shown);
    if (!shown) return;
    const back = el('button', {id: 'past-back', onclick: () => put({at: null, known: null})}, t('time.back-to-now'));
    $('past').replaceChildren(icon('clock'), el('span', {}, wording(time)), back);
  }
  store.on(['time', 'lang'], draw);
  draw();
}

/** The times that are shown, in words; empty where it is now. */
export function wording({at, known}) {
  const parts = [];
  if (at) parts.push(t(Date.parse(at) > Date.now() ? 'time.sign-future' : 'time.sign', {moment: moment(at)}));
  if (known) parts.push(t('time.sign-known', {moment: moment(known)}));
  return parts.join(' · ');
}
