// Outlines of rows that a list is about, in the colours of the list, over all layers of the map.

const ID = 'quality-shapes';
const color = ['get', 'color'];
const ofGeometry = name => ['==', ['geometry-type'], name];

/** `lay` shows features with `color` and `strong`, `take` none; both do nothing where nothing changes. */
export function createShapes(mapOverlays) {
  let laid = '';
  const take = () => {
    laid = '';
    mapOverlays.take(ID);
  };
  function lay(features) {
    const drawn = features.filter(({geometry}) => geometry).flatMap(feature => [feature, ...edges(feature)]);
    const key = JSON.stringify(drawn.map(({geometry, properties}) => [geometry, properties]));
    if (!drawn.length) return take();
    if (key === laid) return;
    laid = key;
    mapOverlays.lay(ID, {type: 'geojson', data: {type: 'FeatureCollection', features: drawn}}, layers => [...layers, ...parts()]);
  }
  return {lay, take};
}

function parts() {
  const strong = ['get', 'strong'];
  return [
    {id: `${ID}-fill`, type: 'fill', source: ID, filter: ofGeometry('Polygon'), paint: {'fill-color': color, 'fill-opacity': ['case', strong, 0.3, 0.12]}},
    {id: `${ID}-line`, type: 'line', source: ID, filter: ofGeometry('LineString'), paint: {'line-color': color, 'line-width': ['case', strong, 3.5, 1.5]}},
    {id: `${ID}-dot`, type: 'circle', source: ID, filter: ofGeometry('Point'), paint: {'circle-color': color, 'circle-radius': ['case', strong, 8, 5], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2}}
  ];
}

// Edges as lines of their own: of a ring that crosses itself the map would draw nothing, as its area is none.
function edges({geometry: {type, coordinates}, properties}) {
  if (!type.endsWith('Polygon')) return [];
  return [{type: 'Feature', geometry: {type: 'MultiLineString', coordinates: type === 'Polygon' ? coordinates : coordinates.flat()}, properties}];
}

/** West, south, east, north of geometries; null where there are none. */
export function boundsOf(geometries) {
  const points = geometries.filter(Boolean).flatMap(({coordinates}) => pairs(coordinates));
  if (!points.length) return null;
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

const pairs = part => (typeof part?.[0] === 'number' ? [part] : (part || []).flatMap(pairs));
