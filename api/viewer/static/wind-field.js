// Fields of wind from the server: velocity and gust over the district for one direction, height and city.

import {fetchAnswer} from './http.js';
import {latest} from './latest.js';

// A field is linear in the speed of the wind: it is asked for at one speed, and scaled here.
export const UNIT_MS = 10;

/** Fields by queries {from, height, run, quality}: degrees, metres, the run whose changed city is meant, and how fine. */
export function createFields() {
  const keyOf = ({from, height, run, quality}) => `${from}/${height}/${run ?? ''}/${quality}`;
  return latest({ask: fetchField, keyOf, alike: (one, other) => one.height === other.height && one.run === other.run && one.quality === other.quality});
}

export const runWord = run => (run ? `&run=${run}` : '');

async function fetchField(query, signal) {
  const {from, height, run, quality} = query;
  const answer = await fetchAnswer(`/scenarios/wind/field?speed=${UNIT_MS}&from=${from}&height=${height}&quality=${quality}&f=bin${runWord(run)}`, {signal});
  const [, ny, nx] = answer.headers.get('Twin-Shape').split(',').map(Number);
  const bounds = answer.headers.get('Twin-Bounds').split(',').map(Number);
  const values = new Float32Array(await answer.arrayBuffer());
  const part = place => values.subarray(place * nx * ny, (place + 1) * nx * ny);
  return {nx, ny, bounds, from, height, run, quality, u: part(0), v: part(1), gust: part(2)};
}

/** Longitude and latitude of the four corners, from the north-west on, clockwise. */
export const cornersOf = ([west, south, east, north]) => [[west, north], [east, north], [east, south], [west, south]];
