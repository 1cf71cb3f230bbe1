// The status line: coordinates, scale, zoom, how loading goes, where the data is from, who is signed in.

import {$, copy, framed, say} from './element.js';
import {place} from './format.js';
import {t, titled} from './i18n.js';

const METRES_PER_PX = 78271.51696; // at the equator at zoom 0, with tiles of 512 px (earth radius 6378137 m)
const WIDEST_PX = 110;

export function bindStatus({store, catalog}) {
  const draw = framed(() => {
    const state = store.get();
    putPlace(state);
    putScale(state.view);
    $('zoom').textContent = t('status.zoom', {z: state.view.zoom.toFixed(1)});
    $('load').textContent = loading(state, catalog);
    $('source').textContent = sources(state, catalog);
    $('source').title = $('source').textContent;
    $('principal').textContent = who(state.principal);
  });
  $('place').addEventListener('click', async () => {
    const text = $('place').dataset.text;
    await copy(text);
    say(t('said.copied', {text}));
  });
  store.on(['view', 'pointer', 'load', 'layers', 'lang', 'principal', 'fault'], draw);
  draw();
}

function putPlace({pointer, view}) {
  const text = pointer ? place(pointer.lng, pointer.lat) : place(view.lon, view.lat);
  $('place').dataset.text = text;
  $('place').textContent = `CGCS2000  ${text}`;
}

/** The longest round length that fits: {metres, px, text}. */
export function scaleOf(view) {
  const each = (METRES_PER_PX * Math.cos((view.lat * Math.PI) / 180)) / 2 ** view.zoom;
  const most = each * WIDEST_PX;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map(step => step * power).find(length => length <= most);
  return {metres, px: metres / each, text: metres >= 1000 ? `${metres / 1000} km` : `${metres} m`};
}

function putScale(view) {
  const {px, text} = scaleOf(view);
  $('scale').querySelector('i').style.width = `${px}px`;
  $('scale').querySelector('b').textContent = text;
}

function loading(state, catalog) {
  if (state.fault) return t('status.fault', {text: state.fault});
  const shown = catalog.layers.filter(layer => state.layers[layer.id].on);
  const broken = shown.filter(layer => state.load[layer.id]?.error);
  if (broken.length) return t('status.broken', {names: broken.map(layer => titled(layer.title)).join(t('list.and'))});
  const busy = shown.filter(layer => state.load[layer.id]?.busy);
  return busy.length ? t('status.busy', {n: busy.length}) : t('status.ready');
}

/** The sources of what is shown, each once. */
export function sources(state, catalog) {
  const shown = catalog.layers.filter(layer => state.layers[layer.id].on).map(layer => layer.source);
  const each = shown.flatMap(source => (source || '').split('; ')).filter(Boolean);
  return [...new Set(each)].join(' · ');
}

function who(principal) {
  const roles = principal?.roles || [];
  return principal?.name && principal.name !== 'anonymous' ? `${principal.name}${roles.length ? ` · ${roles.map(role => t(`role.${role}`)).join(t('list.and'))}` : ''}` : t('session.visitor');
}
