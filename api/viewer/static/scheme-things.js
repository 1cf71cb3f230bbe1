// Things of the base map at a place: what is drawn there, and what the server has there though it is hidden.

import {fetchJson} from './http.js';
import {upwards} from './pointer.js';

export const BUILDINGS = 'buildings';
const KINDS = ['fill', 'fill-extrusion'];
const HAIR = 1e-7;

/** The things of a layer that reach to a place. */
export async function thingsAt(layer, [lon, lat]) {
  const box = [lon - HAIR, lat - HAIR, lon + HAIR, lat + HAIR].map(value => value.toFixed(8));
  return (await fetchJson(`/collections/${layer}/items?bbox=${box.join()}&limit=1&f=json`)).features;
}

/** The building that is clicked, by its number: the one that is drawn there, else the one whose ground it is. */
export async function buildingAt(map, spot) {
  const point = map.project(spot);
  const layers = map.getStyle().layers.filter(part => [BUILDINGS, 'building_parts'].includes(part.source) && KINDS.includes(part.type) && part.layout?.visibility !== 'none').map(part => part.id);
  const hit = upwards(map, map.queryRenderedFeatures(point, {layers}).find(({id}) => id !== undefined), null);
  if (hit && (hit.source ?? BUILDINGS) === BUILDINGS) return hit.id;
  return (await thingsAt(BUILDINGS, spot))[0]?.id ?? null;
}
