// Two instants side by side: a second map of the earlier one, left of a divider, over the map of the time line; what
// differs between them is coloured on both and listed compare.

import {$, debounce, el, framed} from './element.js';
import {fetchJson} from './http.js';
import {moment} from './format.js';
import {t} from './i18n.js';
import {bindCompareList, KIND_SIGNS} from './swipe-compare-list.js';
import {camera, retile, viewOf} from './map.js';
import {composed} from './style.js';
import {NOW, secondOf} from './time-address.js';
import {KIND_COLORS} from './time-track.js';

const ID = 'compare-changes';
const MOST = 500; // of each layer in the view
const [LEAST, MOST_SPLIT, STEP] = [5, 95, 2];

export function bindSwipeCompare({map, store, catalog, mapOverlays, base, lens}) {
  const divider = $('divider');
  const put = patch => store.set({time: {...store.get().time, ...patch}});
  const list = bindCompareList({map, store, put, again: () => look(true)});
  let before = null;
  let asked = '';
  let turn = 0;

  const on = () => store.get().time.compare !== null;
  const styled = () => {
    const state = store.get();
    return mapOverlays.onto(composed(base, catalog, {...state, time: {...NOW, at: state.time.compare, known: state.time.known}}, location.origin));
  };
  const restyle = framed(() => {
    if (!on() || !before) return;
    const style = styled();
    retile(before, style.sources);
    before.setStyle(style, {diff: true});
  });
  /** The second map is of the same kind as the first, and follows its every move; only the first takes the pointer. */
  function open() {
    $('map-before').hidden = false;
    const {center, ...rest} = camera(viewOf(map));
    before = new map.constructor({container: 'map-before', style: styled(), center, ...rest, interactive: false, attributionControl: false, fadeDuration: 0});
    before.on('error', () => {}); // the first map tells in the layer's row what its server cannot give
    map.on('move', follow);
  }
  function close() {
    map.off('move', follow);
    before.remove();
    before = null;
    asked = '';
    $('map-before').hidden = true;
    mapOverlays.take(ID);
  }
  const follow = () => before.jumpTo(camera(viewOf(map)));

  async function look(always = false) {
    if (!on()) return;
    const {time, layers} = store.get();
    const shown = catalog.layers.filter(layer => layer.temporal && layers[layer.id].on && map.getZoom() >= layer.minzoom);
    const query = queryOf(time, map.getBounds());
    const key = shown.map(({id}) => id) + query;
    if (key === asked && !always) return;
    asked = key;
    const mine = ++turn;
    try {
      const found = await Promise.all(shown.map(({id}) => fetchJson(`/collections/${id}/changes?${query}`)));
      if (mine !== turn || !on()) return;
      lay(found);
      list.fill(found.map((changes, place) => ({layer: shown[place], changes})));
    } catch (error) {
      asked = '';
      if (mine === turn) list.fail(error);
    }
  }
  function lay(found) {
    const features = found.flatMap(({layer, features}) => features.filter(({geometry}) => geometry).map(feature => ({...feature, properties: {kind: feature.properties.kind, sign: KIND_SIGNS[feature.properties.kind], layer}})));
    mapOverlays.lay(ID, {type: 'geojson', data: {type: 'FeatureCollection', features}}, layers => [...layers, ...parts()]);
  }
  function split() {
    const {time} = store.get();
    const share = `${time.split}%`;
    divider.style.left = share;
    $('map-before').style.clipPath = `inset(0 ${100 - time.split}% 0 0)`;
    divider.setAttribute('aria-valuenow', String(time.split));
    const [one, other] = [moment(time.compare), time.at ? moment(time.at) : t('time.now')];
    divider.replaceChildren(el('b', {}, one), el('b', {}, other));
    divider.setAttribute('aria-valuetext', t('compare.both', {before: one, after: other}));
  }
  function show({time}, past) {
    for (const id of ['divider', 'compare']) $(id).hidden = !on();
    if (on() && !before) open();
    else if (!on() && before) close();
    if (!on()) return;
    split();
    list.times(time);
    if (!past || ['compare', 'known', 'at'].some(name => time[name] !== past.time[name])) {
      restyle();
      look();
    }
  }

  bindDivider(divider, share => put({split: share}));
  store.on(['time'], show);
  store.on(['layers', 'mode', 'lang', 'theme', 'members', 'mapOverlays'], restyle);
  store.on(['layers'], () => look());
  store.on(['view'], debounce(300, () => look()));
  store.on(['lang'], () => on() && (split(), list.words()));
  // What is clicked or pointed at is a thing of the map that is seen there.
  lens.mapAt = point => (before && point.x < (store.get().time.split / 100) * innerWidth ? before : map);
  show(store.get());
  return {before: () => before};
}

/** The state in which a thing began is shown from its very instant on; so the later end is now, or that instant. */
function queryOf({compare, at, known}, bounds) {
  const [one, other] = [compare, at ?? secondOf(Date.now())].sort((a, b) => Date.parse(a) - Date.parse(b));
  const words = new URLSearchParams({since: one, until: other, limit: MOST});
  if (known) words.set('as_of', known);
  words.set('bbox', [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map(edge => edge.toFixed(5)).join());
  return words.toString();
}

function bindDivider(node, set) {
  for (const [name, value] of Object.entries({'aria-valuemin': LEAST, 'aria-valuemax': MOST_SPLIT})) node.setAttribute(name, value);
  const clamp = share => Math.min(MOST_SPLIT, Math.max(LEAST, Math.round(share)));
  node.addEventListener('pointerdown', event => {
    node.setPointerCapture(event.pointerId);
    event.preventDefault();
    node.focus();
  });
  node.addEventListener('pointermove', event => node.hasPointerCapture(event.pointerId) && set(clamp((event.clientX / innerWidth) * 100)));
  node.addEventListener('keydown', event => {
    const now = Number(node.getAttribute('aria-valuenow'));
    const next = {ArrowLeft: now - STEP, ArrowRight: now + STEP, Home: LEAST, End: MOST_SPLIT}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(clamp(next));
  });
}

const color = ['match', ['get', 'kind'], ...Object.entries(KIND_COLORS).flat(), '#000000'];
const ofGeometry = name => ['==', ['geometry-type'], name];

function parts() {
  return [
    {id: `${ID}-fill`, type: 'fill', source: ID, filter: ofGeometry('Polygon'), paint: {'fill-color': color, 'fill-opacity': 0.45}},
    {id: `${ID}-line`, type: 'line', source: ID, filter: ['!', ofGeometry('Point')], paint: {'line-color': color, 'line-width': 3}},
    {id: `${ID}-dot`, type: 'circle', source: ID, filter: ofGeometry('Point'), paint: {'circle-color': color, 'circle-radius': 7, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2}},
    {id: `${ID}-sign`, type: 'symbol', source: ID, minzoom: 14, layout: {'text-field': ['get', 'sign'], 'text-font': ['Noto Sans CJK SC'], 'text-size': 15, 'text-allow-overlap': true}, paint: {'text-color': '#ffffff', 'text-halo-color': color, 'text-halo-width': 2}}
  ];
}
