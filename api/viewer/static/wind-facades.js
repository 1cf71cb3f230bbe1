// Façade cells on the towers in 3-D, coloured by load over design η, which grows with the square of the speed.

import {fetchAnswer} from './http.js';
import {latest} from './latest.js';
import {runWord} from './wind-field.js';
import {etaExpression} from './wind-scale.js';

const ID = 'wind-eta';
const UNIT_MS = 30;
const STEP = 0.025; // of η: finer than eyes see, and few enough changes while a slider moves
const MOST = 1.4;

export function createFacades({map, mapOverlays, facts}) {
  const asker = latest({ask: fetchEta, keyOf: ({from, city}) => `${from}/${city ?? ''}`, alike: (one, other) => one.city === other.city});
  let shown = null; // the city whose cells are laid
  let steps = []; // η of each cell as it is drawn, in steps
  let wanted = null;

  async function show(wind) {
    wanted = wind;
    if (!wind) return hide();
    lay(wind.city);
    try {
      const eta = await asker.get({from: Math.round(wind.from) % 360, city: wind.city});
      if (eta && wanted && wanted.city === shown) paint(eta, (wanted.speed / UNIT_MS) ** 2);
    } catch (error) {
      facts.set({missing: error});
    }
  }
  function lay(city) {
    if (mapOverlays.has(ID) && shown === city) return;
    if (mapOverlays.has(ID)) mapOverlays.take(ID);
    [shown, steps] = [city, []];
    const data = `${location.origin}/scenarios/wind/facades${city ? `?run=${city}` : ''}`;
    mapOverlays.lay(ID, {type: 'geojson', data, promoteId: 'index', tolerance: 0, maxzoom: 16, buffer: 8}, arranged);
  }
  function paint(eta, scale) {
    if (!map.getSource(ID)) return void requestAnimationFrame(() => wanted && paint(eta, scale));
    for (let index = 0; index < eta.length; index++) {
      const step = Math.round(Math.min(MOST, eta[index] * scale) / STEP);
      if (steps[index] === step) continue;
      steps[index] = step;
      map.setFeatureState({source: ID, id: index}, {eta: step * STEP});
    }
  }
  function hide() {
    if (!mapOverlays.has(ID)) return;
    mapOverlays.take(ID);
    [shown, steps] = [null, []];
  }
  return {show, forget: () => asker.forget()};
}

async function fetchEta({from, city}, signal) {
  const answer = await fetchAnswer(`/scenarios/wind/facades/eta?speed=${UNIT_MS}&from=${from}${runWord(city)}`, {signal});
  return new Float32Array(await answer.arrayBuffer());
}

const part = {
  id: ID,
  type: 'fill-extrusion',
  source: ID,
  paint: {
    'fill-extrusion-color': etaExpression(['coalesce', ['feature-state', 'eta'], 0]),
    'fill-extrusion-base': ['get', 'base_m'],
    'fill-extrusion-height': ['get', 'height_m'],
    'fill-extrusion-vertical-gradient': false
  }
};

// Towers stand grey and solid behind their façades, so that only the load has a colour.
const muted = one => (one.type === 'fill-extrusion' && one.id !== ID ? {...one, paint: {...one.paint, 'fill-extrusion-color': '#c9ced4', 'fill-extrusion-opacity': 1}} : one);

function arranged(layers) {
  const after = layers.findLastIndex(({type}) => type === 'fill-extrusion') + 1;
  return [...layers.slice(0, after).map(muted), part, ...layers.slice(after)];
}
