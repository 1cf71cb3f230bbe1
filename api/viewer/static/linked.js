// Two views of the map that move as one, beside each other or under a divider: two schemes, two days, two hours of the sun.

import {$} from './element.js';
import {loadWords, speak, t} from './i18n.js';
import {putIcons} from './icons.js';
import {LAYOUTS, linkedAddress, readLinked} from './linked-address.js';
import {camera, viewOf} from './map.js';
import {writeHash} from './url.js';

// What both views have in common; all else is each view's own.
const SHARED = ['mode', 'theme', 'lang', 'sun'];
const [LEAST, MOST, STEP] = [5, 95, 2];
const WAIT_MS = 50;

async function begin() {
  const asked = readLinked(location.hash);
  const state = {layout: asked.layout, split: asked.split};
  await loadWords();
  speak(asked.views[0].includes('lang=en') ? 'en' : 'zh');
  putIcons();
  const frames = [$('view-left'), $('view-right')];
  frames.forEach((frame, place) => (frame.src = `/viewer#${asked.views[place]}&bare=1`));
  lay(state);
  const views = await Promise.all(frames.map(ready));
  const keep = () => history.replaceState(null, '', linkedAddress(state.layout, views.map(view => writeHash(view.store.get())), state.split));
  link(views, keep);
  bindLayout(state, keep);
  name(views);
  keep();
  globalThis.linked = {views, state};
}

/** The viewer within a frame, once it has a map. */
async function ready(frame) {
  while (!frame.contentWindow?.viewer) await new Promise(done => setTimeout(done, WAIT_MS));
  return frame.contentWindow.viewer;
}

/** One camera and one way of drawing for both; whoever is moved leads. */
function link(views, keep) {
  let following = false;
  views.forEach((view, place) => {
    const other = views[1 - place];
    view.map.on('move', () => {
      if (following) return;
      following = true;
      other.map.jumpTo(camera(viewOf(view.map)));
      following = false;
    });
    view.map.on('moveend', keep);
    view.store.on(SHARED, state => other.store.set(Object.fromEntries(SHARED.map(key => [key, state[key]]))));
    view.store.on(['scheme', 'design', 'sun', 'time', 'lang'], () => {
      name(views);
      keep();
    });
  });
}

/** What each view shows, at its corner. */
function name(views) {
  const titles = views.map(view => titleOf(view.store.get()));
  $('name-left').textContent = titles[0];
  $('name-right').textContent = titles[1];
}

function titleOf({scheme, design, lang}) {
  if (!scheme) return t('scheme.base');
  return design?.title?.[lang] || scheme;
}

function bindLayout(state, keep) {
  const put = patch => {
    Object.assign(state, patch);
    lay(state);
    keep();
  };
  for (const layout of LAYOUTS) $(`layout-${layout}`).addEventListener('click', () => put({layout}));
  const divider = $('divider');
  divider.addEventListener('pointerdown', event => divider.setPointerCapture(event.pointerId));
  divider.addEventListener('pointermove', event => divider.hasPointerCapture(event.pointerId) && put({split: within((event.clientX / innerWidth) * 100)}));
  divider.addEventListener('keydown', event => {
    const step = {ArrowLeft: -STEP, ArrowRight: STEP}[event.key];
    if (step) put({split: within(state.split + step)});
  });
}

const within = split => Math.min(MOST, Math.max(LEAST, Math.round(split * 10) / 10));

function lay({layout, split}) {
  document.body.dataset.layout = layout;
  document.body.style.setProperty('--split', `${layout === 'swipe' ? split : 50}%`);
  for (const one of LAYOUTS) $(`layout-${one}`).setAttribute('aria-pressed', String(one === layout));
  $('divider').setAttribute('aria-valuenow', String(Math.round(split)));
  $('divider').hidden = layout !== 'swipe';
}

begin();
