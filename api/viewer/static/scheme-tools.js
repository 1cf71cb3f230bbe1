// What may be done with a design scheme: a model handed in, buildings of the base taken away, a new name, its removal.

import {el, say} from './element.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';
import {pickPoints} from './pick-point.js';
import {amend, wordsOf} from './scheme-draft.js';
import {BUILDINGS, buildingAt} from './scheme-things.js';

const EVERY_MS = 1500;
const WAITS = ['queued', 'running'];
export const mayWrite = ({principal}) => Boolean(principal?.roles?.some(role => ['administrator', 'steward'].includes(role)));
const mayLoad = ({principal}) => Boolean(principal?.roles?.includes('administrator'));

/** The tools of the scheme that is chosen; `again` asks for it anew, `gone` tells that it is no more. */
export function schemeTools({map, store, frame, again, gone, current}) {
  let picking = false;
  let asks = null;
  let job = null;
  let problem = '';

  function tell(text) {
    problem = text;
    frame();
  }
  async function change(id, stated) {
    try {
      await amend(id, stated);
      problem = '';
      await again();
    } catch (error) {
      tell(wordsOf(error));
    }
  }
  function pick() {
    if (picking) return store.set({asking: false});
    pickPoints({map, store}, Infinity, {sentence: t('scheme.where-taken'), each: spots => take(spots.at(-1)), done: () => {}});
    picking = true;
    frame();
  }
  async function take(spot) {
    const {id, replaces} = current();
    const fid = await buildingAt(map, spot).catch(() => null);
    if (fid === null) return say(t('scheme.no-building'));
    await change(id, {[replaces[BUILDINGS].includes(fid) ? 'leave' : 'take']: [`${BUILDINGS}/${fid}`]});
  }
  async function handIn({target}) {
    const [file] = target.files;
    const {id, models} = current();
    if (!file) return;
    const body = new FormData();
    body.append('file', file);
    body.append('options', new URLSearchParams({scheme: id, model: models[0]?.id ?? id}).toString());
    try {
      job = await fetchJson('/jobs/models', {method: 'POST', body});
      frame();
      follow(id);
    } catch (error) {
      tell(error.message);
    }
  }
  async function follow(id) {
    while (job && WAITS.includes(job.state)) {
      await new Promise(done => setTimeout(done, EVERY_MS));
      job = await fetchJson(`/jobs/${job.id}`).catch(error => ({state: 'failed', message: error.message}));
      frame();
    }
    if (job?.state === 'done' && current()?.id === id) await again();
  }
  async function remove(id) {
    try {
      await fetchJson(`/bim/schemes/${encodeURIComponent(id)}`, {method: 'DELETE'});
      asks = null;
      gone();
    } catch (error) {
      tell(wordsOf(error));
    }
  }
  store.on(['asking'], ({asking}) => {
    if (asking || !picking) return;
    picking = false;
    frame();
  });
  store.on(['scheme'], () => {
    [asks, job, problem] = [null, null, ''];
    if (picking) store.set({asking: false});
  });

  function renaming({id, title}) {
    const save = event => {
      event.preventDefault();
      const [zh, en] = ['zh', 'en'].map(name => event.target.elements[name].value.trim());
      asks = null;
      change(id, {title: {zh, en: en || zh}});
    };
    const text = name => el('label', {className: 'field'}, el('span', {}, t(`draft.${name}`)), el('input', {name, id: `rename-${name}`, value: title[name], required: name === 'zh', maxLength: 200}));
    return el('form', {className: 'scheme-draft', onsubmit: save}, text('zh'), text('en'), el('div', {className: 'actions'}, el('button', {className: 'plain', id: 'rename-save'}, t('scheme.keep')), giveUp()));
  }
  const giveUp = () => el('button', {type: 'button', className: 'plain', onclick: () => ask(null)}, t('session.cancel'));
  const removing = review => el('div', {className: 'scheme-draft', role: 'alert'}, el('p', {}, t('scheme.sure', {name: titled(review.title), n: review.models.length})),
    el('div', {className: 'actions'}, el('button', {type: 'button', className: 'plain error', id: 'scheme-gone', onclick: () => remove(review.id)}, t('scheme.remove')), giveUp()));
  function ask(what) {
    asks = what;
    frame();
  }
  function node(review) {
    if (!mayWrite(store.get())) return null;
    const button = (id, label, onclick, more = {}) => el('button', {type: 'button', className: 'plain', id, onclick, ...more}, label);
    const taken = review.replaces[BUILDINGS].length;
    return el('section', {className: 'scheme-tools', 'aria-label': t('scheme.tools')},
      el('p', {className: 'quiet', id: 'scheme-taken'}, t(review.names ? 'scheme.taken-named' : 'scheme.taken-all', {n: taken})),
      el('div', {className: 'actions'},
        button('scheme-take', t(picking ? 'scheme.take-done' : 'scheme.take'), pick, {'aria-pressed': String(picking)}),
        review.names ? button('scheme-take-all', t('scheme.take-all'), () => change(review.id, {replaces: null})) : null,
        mayLoad(store.get()) ? el('label', {className: 'plain'}, t('scheme.hand-in'), el('input', {id: 'scheme-file', type: 'file', className: 'away', accept: '.geojson,.ifc,.json,.jsonl,.glb,.gltf,.obj,.gpkg', onchange: handIn})) : null,
        button('scheme-rename', t('scheme.rename'), () => ask('name')),
        button('scheme-remove', t('scheme.remove'), () => ask('remove'))),
      job ? el('p', {className: job.state === 'failed' ? 'error' : 'quiet', id: 'scheme-job', role: 'status'}, [t(`jobs.state.${job.state}`), job.message].filter(Boolean).join(' · ')) : null,
      problem ? el('p', {className: 'error', role: 'alert'}, problem) : null,
      asks === 'name' ? renaming(review) : asks === 'remove' ? removing(review) : null);
  }
  return {node};
}
