// A new design scheme: its name, and its site by a click on a plot, by corners drawn on the map, or from a file.

import {$, el, say} from './element.js';
import {fetchJson, sendJson} from './http.js';
import {t} from './i18n.js';
import {pickPoints} from './pick-point.js';
import {thingsAt} from './scheme-things.js';

const PLOTS = 'planning_plots';
const MOST_CORNERS = 200;

/** The form of a new scheme; `made` gets its id, `frame` draws the panel anew. */
export function schemeDraft({map, store, frame, made}) {
  let draft = null;

  function put(patch) {
    draft = draft && {...draft, ...patch};
    sketch();
    frame();
  }
  function sketch() {
    const {site, corners = []} = draft || {};
    const line = corners.length > 1 ? {type: 'LineString', coordinates: site ? [...corners, corners[0]] : corners} : null;
    store.set({sketch: {...store.get().sketch, draft: line ? [{type: 'Feature', geometry: line, properties: {label: ''}}] : []}});
  }
  function begin(taken) {
    const free = (number = 1) => (taken.includes(`scheme-${number}`) ? free(number + 1) : `scheme-${number}`);
    draft = {id: free(), zh: '', en: '', told: '', problem: ''};
    frame();
    $('draft-zh')?.focus();
  }
  function end() {
    if (draft?.drawing) store.set({asking: false});
    draft = null;
    sketch();
    frame();
  }
  function ofPlot() {
    store.set({layers: {...store.get().layers, [PLOTS]: {...store.get().layers[PLOTS], on: true}}});
    pickPoints({map, store}, 1, {sentence: t('draft.where-plot'), done: async ([spot]) => {
      const [plot] = await thingsAt(PLOTS, spot).catch(() => []);
      if (!plot?.properties.plot_code) return say(t('draft.no-plot'));
      put({plot: plot.properties.plot_code, site: null, corners: [], told: t('draft.plot-is', {name: plot.properties.plot_code})});
    }});
  }
  function drawn() {
    if (draft.drawing) return close();
    pickPoints({map, store}, MOST_CORNERS, {sentence: t('draft.where-corners'), each: corners => put({corners: [...corners]}), done: close});
    put({corners: [], site: null, plot: null, told: '', drawing: true});
  }
  /** Corners become a border when the button is pressed again, or Escape is. */
  function close() {
    const {corners = []} = draft;
    draft = {...draft, drawing: false};
    if (store.get().asking) store.set({asking: false});
    if (corners.length < 3) return put({told: t('draft.few'), corners: []});
    put({site: {type: 'Polygon', coordinates: [[...corners, corners[0]]]}, told: t('draft.corners-are', {n: corners.length})});
  }
  async function ofFile({target}) {
    const [file] = target.files;
    if (!file) return;
    try {
      put({site: JSON.parse(await file.text()), plot: null, corners: [], told: file.name, problem: ''});
    } catch {
      put({site: null, plot: null, problem: t('draft.no-json', {name: file.name})});
    }
  }
  async function save(event) {
    event.preventDefault();
    const {id, zh, en, plot, site} = draft;
    if (!plot && !site) return put({problem: t('draft.no-site')});
    try {
      await sendJson('/bim/schemes', {id, title: {zh, en: en || zh}, ...(plot ? {plot} : {site})});
    } catch (error) {
      return put({problem: wordsOf(error)});
    }
    end();
    made(id);
  }

  store.on(['asking'], ({asking}) => !asking && draft?.drawing && close());

  function node() {
    const text = (name, more) => el('label', {className: 'field'}, el('span', {}, t(`draft.${name}`)), el('input', {id: `draft-${name}`, value: draft[name], oninput: ({target}) => (draft[name] = target.value), ...more}));
    const button = (id, label, onclick, more = {}) => el('button', {type: 'button', className: 'plain', id, onclick, ...more}, label);
    return el('form', {className: 'scheme-draft', onsubmit: save},
      text('zh', {required: true, maxLength: 200}), text('en', {maxLength: 200}), text('id', {required: true, pattern: '[a-z0-9][a-z0-9_.\\-]*', maxLength: 63}),
      el('div', {className: 'actions', role: 'group', 'aria-label': t('draft.site')}, el('span', {className: 'quiet'}, t('draft.site')),
        button('draft-plot', t('draft.plot'), ofPlot),
        button('draft-corners', draft.drawing ? t('draft.done', {n: draft.corners?.length ?? 0}) : t('draft.corners'), drawn, {'aria-pressed': String(Boolean(draft.drawing))}),
        el('label', {className: 'plain'}, t('draft.file'), el('input', {id: 'draft-file', type: 'file', className: 'away', accept: '.geojson,.json', onchange: ofFile}))),
      draft.told ? el('p', {className: 'quiet', id: 'draft-told'}, draft.told) : null,
      draft.problem ? el('p', {className: 'error', role: 'alert'}, draft.problem) : null,
      el('div', {className: 'actions'}, el('button', {className: 'plain', id: 'draft-save'}, t('draft.save')), button('draft-cancel', t('session.cancel'), end)));
  }
  return {begin, end, node: () => (draft ? node() : null)};
}

const TOLD = ['scheme', 'title', 'site', 'plot', 'grade', 'take', 'replaces'];

/** What went wrong in the words of the page, and the server's own sentence where it says more. */
export function wordsOf({status, parameter, message}) {
  if (status === 409) return t('draft.taken');
  return TOLD.includes(parameter) ? `${t(`draft.wrong.${parameter}`)} (${message})` : message;
}

/** Change what is stated of a scheme. */
export const amend = (id, stated) => fetchJson(`/bim/schemes/${encodeURIComponent(id)}`, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(stated)});
