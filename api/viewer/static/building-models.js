// Building models in 3-D: a tileset for each model near the view, and which element was clicked, asked of the server.

import {debounce} from './element.js';
import {fetchJson} from './http.js';
import {placedKey, shiftOf, shiftableLayer} from './model-shift.js';
import {timed} from './time-address.js';

export const ELEMENTS = 'building_elements';
export const DESIGN_ELEMENTS = 'scheme_elements';
const LEAST_ZOOM = 13;
const MOST = 24;
// Degrees from the middle of the view.
const FAR = 0.05;
// No line of sight is followed deeper than this below the ground.
const DEPTH_M = -300;

export function bindBuildingModels({map, overlay, store, catalog}) {
  const own = catalog.byId[ELEMENTS];
  let asked = 0;

  /** Learn which models are near, at the time that is shown. */
  async function ask() {
    const mine = ++asked;
    if (!own?.count || !isOn(store.get()) || map.getZoom() < LEAST_ZOOM) return put([]);
    try {
      const {models} = await fetchJson(timed(`/bim/models?bbox=${boxOf(map).join()}&limit=${MOST}`, store.get().time));
      if (mine === asked) put(models);
    } catch (error) {
      if (mine === asked) store.setLoad(ELEMENTS, {error: error.message});
    }
  }

  /** The same models again are no news, and draw nothing anew. */
  function put(models) {
    const key = models.map(model => `${model.id}/${model.load}/${placedKey(model)}`).join(' ');
    if (key !== (store.get().modelsNear || '')) store.set({models, modelsNear: key});
  }

  const soon = debounce(150, ask);
  store.on(['mode', 'time'], ask);
  store.on(['layers'], (state, before) => state.layers[ELEMENTS]?.on !== before.layers[ELEMENTS]?.on && ask());
  map.on('moveend', soon);
  ask();

  return {pick: (point, block) => pick(overlay, store, point, block), refresh: ask};
}

/** The ground in view, but not all the way to the horizon. */
function boxOf(map) {
  const {lng, lat} = map.getCenter();
  const bounds = map.getBounds();
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  return [Math.max(west, lng - FAR), Math.max(south, lat - FAR), Math.min(east, lng + FAR), Math.min(north, lat + FAR)].map(edge => edge.toFixed(6));
}

const isOn = ({mode, layers}) => mode === '3d' && Boolean(layers[ELEMENTS]?.on);

/** What is shown of a model, in the address: model[/storey][+rooms][+cut12.5][+section90,-3][+apart4][+bydiscipline]: metres, degrees and metres, a column or property. */
export function readBuilding(text) {
  const [, model, storey, rooms, cut, section, apart, by] = /^([\w.-]+)(?:\/([\w$.-]+))?(\+rooms)?(?:\+cut(-?[\d.]+))?(?:\+section(-?[\d.]+,-?[\d.]+))?(?:\+apart([\d.]+))?(?:\+by(.{1,400}))?$/.exec(text || '') || [];
  return model ? {model, storey: storey || null, rooms: Boolean(rooms), cut: Number(cut) || null, section: section || null, apart: Number(apart) || 0, by: by || null} : {};
}

export function writeBuilding({model, storey, rooms, cut, section, apart, by} = {}) {
  if (!model || !(storey || rooms || cut || section || apart || by)) return [];
  const more = [rooms && 'rooms', cut && `cut${cut}`, section && `section${section}`, apart && `apart${apart}`, by && `by${encodeURIComponent(by)}`].filter(Boolean);
  return [`building=${[model, storey].filter(Boolean).join('/')}${more.map(word => `%2B${word}`).join('')}`];
}

/** The numbers of the things of a layer in whose place models are drawn. */
export function modelled(layer, state) {
  const designed = state.mode === '3d' ? state.design?.replaces[layer] || [] : [];
  return [...designed, ...shownModels(state).flatMap(({stands_for: things}) => things?.[layer] || [])];
}

/** The models of what there is, but those in whose place a design stands, and those of the design. */
function shownModels(state) {
  const {design, models = [], mode} = state;
  const gone = ({stands_for: things}) => Object.entries(design?.replaces || {}).some(([layer, fids]) => fids.some(fid => things[layer]?.includes(fid)));
  return [...(isOn(state) ? models.filter(model => !gone(model)) : []), ...(mode === '3d' && design ? design.models : [])];
}

/** What deck.gl draws of models in this state; `declared` is the layer as the page's deck has it. */
export function modelLayers(declared, state, onTilesetLoad) {
  return shownModels(state).map(model => modelLayer(declared, model, state, onTilesetLoad));
}

/** How the ids of deck.gl's layers of a model begin; ids of models have no slash, so that `a` is not taken for `a-1`. */
export function modelPrefix(id) {
  return `model-${id}/`;
}

function modelLayer(declared, model, state, onTilesetLoad) {
  const {id} = model;
  const data = timed(`/3dtiles/${encodeURIComponent(id)}/tileset.json?${asking(id, state)}`, state.time);
  const opacity = state.layers[ELEMENTS].opacity;
  const Layer = shiftableLayer();
  // The same addresses with other colours are another layer, whose contents are asked for anew.
  const live = state.building?.model === id && state.live ? `-${state.live}` : '';
  return new Layer({...declared.props, id: `${modelPrefix(id)}${placedKey(model)}-${asking(id, state)}${live}`, data, opacity, pickable: true, onTilesetLoad, shift: shiftOf(model, state)});
}

/** What is done once a tileset has come: where nothing moves any more, deck.gl would not look which of its tiles are in view. */
export function selecting(overlay, map) {
  return tileset => requestAnimationFrame(async () => {
    await tileset.selectTiles(overlay._deck?.getViewports() || []);
    map.triggerRepaint();
  });
}

function asking(id, {building = {}}) {
  const words = new URLSearchParams({ground: 'true'});
  if (building.model === id) {
    opened(words, building);
    if (building.by) words.set('by', building.by);
  }
  if (!building.rooms) words.set('part', 'elements');
  return words.toString();
}

/** How the model that is looked into is opened: a storey alone, cut at a height or upright, its storeys apart. */
function opened(words, {storey, cut, section, apart}) {
  for (const [name, value] of Object.entries({storey, cut, section, apart})) if (value) words.set(name, value);
}

/** The element under a point of the screen, as {layer, fid}, or null where no model is met, or `block` stands before it. */
async function pick(overlay, store, {x, y}, block) {
  const state = store.get();
  if (!shownModels(state).length) return null;
  const met = overlay.pickObject({x, y, radius: 1});
  const model = met?.layer && shownModels(state).find(one => met.layer.id.startsWith(modelPrefix(one.id)));
  const id = model?.id;
  const viewport = overlay._deck?.getViewports()[0];
  if (!id || !viewport) return null;
  const [start, end] = sight(viewport, x, y);
  const words = new URLSearchParams({start: start.join(), end: end.join()});
  const {building = {}} = state;
  if (building.rooms) words.set('spaces', 'true');
  if (building.model === id) opened(words, building);
  const {hit, element} = await fetchJson(timed(`/bim/models/${encodeURIComponent(id)}/pick?${words}`, state.time));
  if (!hit || hit.share > blockedAt(start, end, block)) return null;
  return {layer: model.scheme ? DESIGN_ELEMENTS : ELEMENTS, fid: hit.fid, position: hit.position, name: element?.name || element?.class};
}

/** The place of a block that is seen at a pixel, or null where the line of sight meets none of it. */
export function seenOn(overlay, {x, y}, block) {
  const viewport = overlay._deck?.getViewports()[0];
  if (!viewport) return null;
  const [start, end] = sight(viewport, x, y);
  const share = blockedAt(start, end, block);
  return Number.isFinite(share) ? start.map((value, axis) => value + share * (end[axis] - value)) : null;
}

const sight = (viewport, x, y) => [viewport.unproject([x, y, -1]), farEnd(viewport, x, y)];

/** The share of the way at which a line meets the block that the map draws of a feature, or infinity. */
export function blockedAt(start, end, block) {
  const {height_m: top, min_height_m: low = 0} = block?.properties || {};
  if (!(top > 0)) return Infinity;
  const rings = block.geometry.type === 'MultiPolygon' ? block.geometry.coordinates.flat() : block.geometry.coordinates;
  const height = share => start[2] + share * (end[2] - start[2]);
  const walls = rings.flatMap(ring => ring.slice(1).map((corner, place) => crossing(start, end, ring[place], corner)));
  const sides = walls.filter(share => share >= 0 && share <= 1 && height(share) <= top && height(share) >= low);
  const roof = (top - start[2]) / (end[2] - start[2]);
  const over = roof >= 0 && roof <= 1 && walls.filter(share => share > roof).length % 2 === 1;
  return Math.min(Infinity, ...sides, ...(over ? [roof] : []));
}

/** Where on the way from `start` to `end`, as a share that may be beyond either, the wall from `one` to `two` is crossed. */
function crossing(start, end, one, two) {
  const [x, y] = [end[0] - start[0], end[1] - start[1]];
  const [along, up] = [two[0] - one[0], two[1] - one[1]];
  const across = x * up - y * along;
  if (!across) return NaN;
  const share = ((one[0] - start[0]) * up - (one[1] - start[1]) * along) / across;
  const part = ((one[0] - start[0]) * y - (one[1] - start[1]) * x) / across;
  return part >= 0 && part < 1 ? share : NaN;
}

function farEnd(viewport, x, y) {
  const near = viewport.unproject([x, y, -1]);
  const far = viewport.unproject([x, y, 0.9999]);
  if (far[2] >= DEPTH_M) return far;
  const share = (near[2] - DEPTH_M) / (near[2] - far[2]);
  return near.map((value, place) => value + share * (far[place] - value));
}
