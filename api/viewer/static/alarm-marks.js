// Alarms on the map: a ring in the colour of its level around each sensor that has one, fainter once somebody knows of it.

const ID = 'alarm-marks';
const COLORS = ['match', ['get', 'level'], 4, '#e02020', 3, '#ff7a00', 2, '#f2c300', '#1e6fff'];

/** Lay rings around what is raised or known; what is over has none. */
export function layAlarms({store, mapOverlays}, alarms) {
  const shown = alarms.filter(({state, lon}) => state !== 'cleared' && lon !== undefined);
  if (!shown.length) return mapOverlays.has(ID) && mapOverlays.take(ID);
  const features = shown.map(({id, level, state, lon, lat}) => ({type: 'Feature', geometry: {type: 'Point', coordinates: [lon, lat]}, properties: {id, level, state}}));
  const halo = store.get().theme === 'dark' ? '#14181c' : '#ffffff';
  return mapOverlays.lay(ID, {type: 'geojson', data: {type: 'FeatureCollection', features}}, layers => [...layers, ...parts(halo)]);
}

function parts(halo) {
  const radius = ['interpolate', ['linear'], ['zoom'], 11, 6, 15, 13, 17, 17];
  const known = ['case', ['==', ['get', 'state'], 'acknowledged'], 0.45, 1];
  const ring = (id, color, width, opacity) => ({id, type: 'circle', source: ID, paint: {'circle-radius': radius, 'circle-color': 'rgba(0, 0, 0, 0)', 'circle-stroke-color': color, 'circle-stroke-width': width, 'circle-stroke-opacity': opacity}});
  return [ring(`${ID}-halo`, halo, 6, 0.8), ring(ID, COLORS, 4, known)];
}
