// Design schemes: which of them stands on the map in place of what there is, whether it keeps its limits, and two compared.

import {$, el, redraw} from './element.js';
import {moment, number} from './format.js';
import {fetchJson, nextPath} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {linkedAddress} from './linked-address.js';
import {fly, PITCH} from './map.js';
import {schemeDraft} from './scheme-draft.js';
import {mayWrite, schemeTools} from './scheme-tools.js';
import {timed} from './time-address.js';
import {writeHash} from './url.js';

const BASE = 'base';
const MOST_HARMED = 8;
// From how near a scheme is looked at, and from where on the view is left as it is.
const [CLOSE, NEAR] = [17.3, 16];
const MARKS = {meets: '✓', breaks: '✕', unknown: '?'};

export function bindSchemes({map, store}) {
  const root = $('schemes');
  const facts = {list: null, review: null, sunlight: null, corridors: null, compared: null, other: null, problem: ''};
  let open = Boolean(store.get().scheme);
  let turn = 0;
  const draft = schemeDraft({map, store, frame: () => frame(), made: id => afresh().then(() => choose(id))});
  const tools = schemeTools({map, store, frame: () => frame(), again: afresh, gone: () => afresh().then(() => store.set({scheme: null})), current: () => facts.review});

  async function show() {
    const {scheme} = store.get();
    open ||= Boolean(scheme);
    const mine = ++turn;
    facts.problem = '';
    if (!open) return put(null);
    frame();
    try {
      facts.list ??= await allSchemes();
      const review = scheme ? await fetchJson(timed(`/bim/schemes/${encodeURIComponent(scheme)}`, store.get().time)) : null;
      if (mine !== turn) return;
      put(review);
    } catch (error) {
      if (mine !== turn) return;
      facts.problem = error.message;
      put(null);
    }
  }
  /** The list, and the scheme that is chosen, as they are by now. */
  async function afresh() {
    facts.list = await allSchemes().catch(() => facts.list);
    if (facts.list.some(({id}) => id === store.get().scheme)) await show();
  }
  function put(review) {
    facts.review = review;
    facts.sunlight = null;
    facts.corridors = null;
    facts.compared = null;
    facts.other = null;
    const site = review ? [{type: 'Feature', geometry: {type: 'MultiLineString', coordinates: ringsOf(review.site)}, properties: {label: ''}}] : [];
    store.set({design: review && {id: review.id, title: review.title, models: review.models, replaces: review.replaces}, sketch: {...store.get().sketch, site, corridors: []}});
    frame();
    if (review) [shade, view].forEach(ask => ask(review.id));
  }
  /** Whether neighbours lose their sun: counted by rays, so that it comes after the rest. */
  async function shade(id) {
    const mine = turn;
    try {
      facts.sunlight = await fetchJson(timed(`/bim/schemes/${encodeURIComponent(id)}/sunlight`, store.get().time));
    } catch (error) {
      facts.sunlight = {error: error.message};
    }
    if (mine === turn) frame();
  }
  /** Whether protected views are kept: counted by lines of sight, so that it comes after the rest too. */
  async function view(id) {
    const mine = turn;
    try {
      facts.corridors = (await fetchJson(timed(`/bim/schemes/${encodeURIComponent(id)}/corridors`, store.get().time))).corridors;
    } catch (error) {
      facts.corridors = {error: error.message};
    }
    if (mine !== turn) return;
    const lines = (facts.corridors.error ? [] : facts.corridors).filter(({line}) => line);
    store.set({sketch: {...store.get().sketch, corridors: lines.map(({line, title}) => ({type: 'Feature', geometry: line, properties: {label: titled(title)}}))}});
    frame();
  }
  /** A scheme is looked at where it stands, as solids. */
  function choose(id) {
    const found = facts.list.find(one => one.id === id);
    store.set({scheme: id, ...(id ? {mode: '3d'} : {})});
    if (found && !inView(map, found.site)) fly(map, {center: middleOf(found.site), zoom: CLOSE, pitch: PITCH, bearing: map.getBearing()});
  }
  async function compare(other) {
    facts.other = other;
    facts.compared = null;
    if (other) {
      try {
        facts.compared = await fetchJson(timed(`/bim/schemes/compare?schemes=${[store.get().scheme, other].map(encodeURIComponent).join()}`, store.get().time));
      } catch (error) {
        facts.problem = error.message;
      }
    }
    frame();
  }

  function frame() {
    root.hidden = !open;
    $('schemes-open').setAttribute('aria-pressed', String(open));
    if (!open) return root.replaceChildren();
    redraw(root,
      el('header', {className: 'panel-head'}, el('h1', {}, t('scheme.title')), el('button', {className: 'icon', id: 'schemes-close', title: t('scheme.close'), 'aria-label': t('scheme.close'), onclick: close}, icon('close'))),
      el('div', {className: 'pad scroll schemes-body'}, listNode(), newNode(), facts.problem ? el('p', {className: 'error', role: 'alert'}, facts.problem) : null, facts.review ? [verdictsNode(facts.review), sunlightNode(facts.sunlight, store), corridorsNode(facts.corridors), indicatorsNode(facts.review), actionsNode(facts.review), tools.node(facts.review), comparedNode()] : null));
  }
  function listNode() {
    const {scheme} = store.get();
    const able = mayWrite(store.get());
    if (!facts.list) return facts.problem ? null : el('p', {className: 'quiet'}, t('load.busy'));
    if (!facts.list.length) return el('p', {className: 'quiet'}, t(able ? 'scheme.none-yet' : 'scheme.none'));
    const row = (id, text, more) => el('label', {className: 'scheme'}, el('input', {type: 'radio', name: 'scheme', id: `scheme-${id || BASE}`, checked: (id || null) === (scheme || null), onchange: () => choose(id)}), el('span', {}, text, more ? el('small', {className: 'quiet'}, more) : null));
    return el('fieldset', {}, el('legend', {className: 'away'}, t('scheme.title')), row(null, t('scheme.base'), ''), facts.list.map(one => row(one.id, titled(one.title), moment(one.date))));
  }
  function newNode() {
    if (!facts.list || !mayWrite(store.get())) return null;
    return draft.node() || el('div', {className: 'actions'}, el('button', {type: 'button', className: 'plain', id: 'scheme-new', onclick: () => draft.begin(facts.list.map(({id}) => id))}, icon('plus'), t('scheme.new')));
  }
  function actionsNode({id}) {
    const others = [[BASE, t('scheme.base')], ...facts.list.filter(one => one.id !== id).map(one => [one.id, titled(one.title)])];
    const select = el('select', {id: 'scheme-other', onchange: event => compare(event.target.value)}, el('option', {value: ''}, t('scheme.with')), others.map(([value, text]) => el('option', {value, selected: value === facts.other}, text)));
    const report = el('a', {className: 'plain', href: `/bim/schemes/${encodeURIComponent(id)}/report`, target: '_blank', rel: 'noopener'}, icon('image'), t('scheme.report'));
    return el('div', {className: 'actions'}, report, el('label', {className: 'field'}, el('span', {}, t('scheme.compare')), select));
  }
  function comparedNode() {
    if (!facts.compared) return null;
    const [one, other] = facts.compared.schemes;
    const rows = one.indicators.map((figure, place) => el('tr', {}, el('th', {scope: 'row'}, titled(figure.title)), el('td', {}, valueOf(figure)), el('td', {}, valueOf(other.indicators[place]))));
    const head = el('tr', {}, el('th', {}), [one, other].map(each => el('th', {scope: 'col'}, titled(each.title))));
    const views = layout => linkedAddress(layout, [facts.other, store.get().scheme].map(id => writeHash({...store.get(), selected: null, measure: null, scheme: id === BASE ? null : id})));
    const link = (layout, sign, text) => el('a', {className: 'plain', id: `scheme-${layout}`, href: views(layout), target: '_blank', rel: 'noopener'}, icon(sign), text);
    return el('section', {}, el('div', {className: 'actions'}, link('swipe', 'left', t('scheme.swipe')), link('beside', 'grid', t('scheme.beside'))), el('table', {}, el('thead', {}, head), el('tbody', {}, rows)));
  }
  function close() {
    open = false;
    draft.end();
    store.set({scheme: null});
    put(null);
    $('schemes-open').focus();
  }

  $('schemes-open').addEventListener('click', () => {
    if (open) return close();
    open = true;
    show();
  });
  store.on(['scheme', 'time'], (state, before) => (open || state.scheme !== before.scheme) && show());
  store.on(['placed'], () => open && show());
  store.on(['lang'], frame);
  show();
}

async function allSchemes() {
  const found = [];
  for (let path = '/bim/schemes?limit=100'; path; ) {
    const page = await fetchJson(path);
    found.push(...page.schemes);
    path = nextPath(page);
  }
  return found;
}

/** Whether each limit is kept, what breaks one first. */
function verdictsNode({verdicts}) {
  if (!verdicts.length) return el('p', {className: 'quiet'}, t('scheme.no-limits'));
  const order = ['breaks', 'unknown', 'meets'];
  const sorted = [...verdicts].sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  const row = verdict => el('li', {className: `verdict ${verdict.state}`, title: titled(verdict.basis)},
    el('i', {'aria-hidden': 'true'}, MARKS[verdict.state]), el('span', {}, titled(verdict.title), el('small', {className: 'quiet'}, `${titled(verdict.state_title)} · ${t(verdict.at_most ? 'scheme.at-most' : 'scheme.at-least', {limit: number(verdict.limit, unitOf(verdict.unit))})}`)), el('b', {}, valueOf(verdict)));
  return el('ul', {className: 'verdicts'}, sorted.map(row));
}

/** Which neighbours have less sun than the rule asks for, each to be chosen on the map. */
function sunlightNode(sunlight, store) {
  if (!sunlight) return el('p', {className: 'quiet'}, t('scheme.sun-busy'));
  if (sunlight.error) return el('p', {className: 'quiet'}, sunlight.error);
  const harmed = sunlight.neighbours.filter(({breaks}) => breaks);
  const state = harmed.length ? 'breaks' : 'meets';
  const told = el('p', {className: `verdict ${state}`}, el('i', {'aria-hidden': 'true'}, MARKS[state]), el('span', {}, t(harmed.length ? 'scheme.sun-lost' : 'scheme.sun-kept', {n: harmed.length, of: sunlight.neighbours.length}), el('small', {className: 'quiet'}, titled(sunlight.rule.title))));
  const choose = ({building}) => {
    const [layer, fid] = building.split('/');
    store.set({selected: {layer, fid: Number(fid)}});
  };
  const row = one => el('li', {}, el('button', {className: 'plain', onclick: () => choose(one)}, one.name || one.building), el('small', {className: 'quiet'}, t('scheme.sun-minutes', {n: Math.round(one.most_lost_min)})));
  return el('section', {}, told, harmed.length ? el('ul', {className: 'scheme-harmed'}, harmed.slice(0, MOST_HARMED).map(row)) : null);
}

/** Which protected views are kept: how much of each is in the way with the scheme, and was before. */
function corridorsNode(corridors) {
  if (!corridors) return el('p', {className: 'quiet'}, t('scheme.views-busy'));
  if (corridors.error) return el('p', {className: 'quiet'}, corridors.error);
  if (!corridors.length) return null;
  const share = value => (value === null ? t('scheme.unknown') : number(value, '%'));
  const row = one => el('li', {className: `verdict ${one.state}`, title: [one.source, one.problem].filter(Boolean).join(' · ')},
    el('i', {'aria-hidden': 'true'}, MARKS[one.state]),
    el('span', {}, titled(one.title), el('small', {className: 'quiet'}, `${titled(one.state_title)} · ${t('scheme.at-most', {limit: share(one.permitted_pct)})} · ${t('scheme.view-before', {share: share(one.before_pct)})}`)),
    el('b', {}, share(one.after_pct)));
  return el('section', {}, el('h2', {className: 'scheme-views'}, t('scheme.views')), el('ul', {className: 'verdicts', id: 'scheme-corridors'}, corridors.map(row)));
}

function indicatorsNode({indicators}) {
  const row = figure => el('tr', {title: titled(figure.basis)}, el('th', {scope: 'row'}, titled(figure.title)), el('td', {}, valueOf(figure)));
  return el('details', {}, el('summary', {}, t('scheme.indicators')), el('table', {}, el('tbody', {}, indicators.map(row))));
}

const unitOf = unit => (unit && unit !== '1' ? unit : undefined);
const valueOf = figure => (figure === undefined || figure.value === null ? t('scheme.unknown') : number(figure.value, unitOf(figure.unit)));

const ringsOf = ({type, coordinates}) => (type === 'MultiPolygon' ? coordinates.flat() : coordinates);

function middleOf(site) {
  const corners = ringsOf(site).flat();
  return [0, 1].map(axis => (Math.min(...corners.map(corner => corner[axis])) + Math.max(...corners.map(corner => corner[axis]))) / 2);
}

const inView = (map, site) => map.getZoom() >= NEAR && map.getPitch() > 0 && map.getBounds().contains(middleOf(site));
