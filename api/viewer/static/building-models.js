// Building models in 3-D: a tileset for each model near the view, and which element was clicked, asked of the server.

import {debounce} from './element.js';
import {fetchJson} from './http.js';
import {timed} from './time-address.js';

export const ELEMENTS = 'building_elements';
const LEAST_ZOOM = 13;
const MOST = 24;
// No line of sight is followed deeper than this below the ground.
const DEPTH_M = -300;

export function bindBuildingModels({map, overlay, store, catalog}) {
  const own = catalog.byId[ELEMENTS];
  let asked = 0;

  /** Learn which models there are, at the time that is shown. */
  async function ask() {
    if (!own?.count || !isOn(store.get())) return;
    const mine = ++asked;
    try {
      const {models} = await fetchJson(timed('/bim/models', store.get().time));
      if (mine === asked) store.set({models});
    } catch (error) {
      if (mine === asked) store.setLoad(ELEMENTS, {error: error.message});
    }
  }

  const near = debounce(150, () => store.set({modelsNear: idsNear(map, store.get().models || [])}));
  store.on(['mode', 'time'], ask);
  store.on(['layers'], (state, before) => state.layers[ELEMENTS]?.on !== before.layers[ELEMENTS]?.on && ask());
  store.on(['models', 'mode'], near);
  map.on('moveend', near);
  ask();

  return {pick: point => pick(overlay, store, point)};
}

const isOn = ({mode, layers}) => mode === '3d' && Boolean(layers[ELEMENTS]?.on);

/** What deck.gl draws of models in this state; `declared` is the layer as the page's deck has it. */
export function modelLayers(declared, state) {
  if (!isOn(state)) return [];
  const chosen = new Set((state.modelsNear || '').split(' '));
  return (state.models || []).filter(({id}) => chosen.has(id)).map(({id}) => modelLayer(declared, id, state));
}

function modelLayer(declared, id, state) {
  const data = timed(`/3dtiles/${encodeURIComponent(id)}/tileset.json?${asking(id, state)}`, state.time);
  const opacity = state.layers[ELEMENTS].opacity;
  return new globalThis.deck.Tile3DLayer({...declared.props, id: `model-${id}-${asking(id, state)}`, data, opacity, pickable: true});
}

function asking(id, {building = {}}) {
  const words = new URLSearchParams({ground: 'true'});
  const alone = building.model === id && building.storey;
  if (alone) words.set('storey', building.storey);
  if (!building.rooms) words.set('part', 'elements');
  return words.toString();
}

function idsNear(map, models) {
  if (map.getZoom() < LEAST_ZOOM) return '';
  const {lng, lat} = map.getCenter();
  const away = ({position: [lon, north]}) => Math.hypot((lon - lng) * Math.cos(lat * Math.PI / 180), north - lat);
  const bounds = map.getBounds();
  const inView = ({position}) => bounds.contains(position) || away({position}) < 0.01;
  return models.filter(inView).sort((one, other) => away(one) - away(other)).slice(0, MOST).map(({id}) => id).join(' ');
}

/** The element under a point of the screen, as {layer, fid}, or null where no model is met. */
async function pick(overlay, store, {x, y}) {
  const state = store.get();
  if (!isOn(state) || !state.modelsNear) return null;
  const met = overlay.pickObject({x, y, radius: 1});
  const id = met?.layer && state.models.find(model => met.layer.id.startsWith(`model-${model.id}-`))?.id;
  const viewport = overlay._deck?.getViewports()[0];
  if (!id || !viewport) return null;
  const words = new URLSearchParams({start: viewport.unproject([x, y, -1]).join(), end: farEnd(viewport, x, y).join()});
  const {building = {}} = state;
  if (building.rooms) words.set('spaces', 'true');
  if (building.model === id && building.storey) words.set('storey', building.storey);
  const {hit} = await fetchJson(timed(`/bim/models/${encodeURIComponent(id)}/pick?${words}`, state.time));
  return hit && {layer: ELEMENTS, fid: hit.fid};
}

function farEnd(viewport, x, y) {
  const near = viewport.unproject([x, y, -1]);
  const far = viewport.unproject([x, y, 0.9999]);
  if (far[2] >= DEPTH_M) return far;
  const share = (near[2] - DEPTH_M) / (near[2] - far[2]);
  return near.map((value, place) => value + share * (far[place] - value));
}
