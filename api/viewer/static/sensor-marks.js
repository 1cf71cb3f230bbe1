// Sensors on the map: a sign of its kind for each thing, and from near what it reads; new readings change neither the
// view nor the style.

import {ageText, isStale, resultText} from './reading-text.js';
import {categoryOf, signImage} from './sensor-categories.js';

const ID = 'sensor-marks';
const [SIGN, VALUE] = [`${ID}-sign`, `${ID}-value`];
const FONTS = ['PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'sans-serif'];
/** From which zoom on values are written, and from which all that a thing reads. */
const [VALUES_ZOOM, ALL_ZOOM, FIRST_ZOOM] = [15, 17, 13];
const MOST_LINES = 3;
const INK = {light: ['#1f2429', '#ffffff'], dark: ['#eceff3', '#14181c']};
const NAMED = /^sensor-(\w+)$/;

export function bindMarks({map, store, mapOverlays, choose}) {
  const source = {type: 'geojson', data: collection([])};
  const under = point => (map.getLayer(SIGN) ? map.queryRenderedFeatures(point, {layers: [SIGN, VALUE]}) : []);

  map.on('styleimagemissing', ({id}) => {
    const [, category] = NAMED.exec(id) || [];
    const dense = Math.max(2, Math.ceil(devicePixelRatio || 1));
    if (category && !map.hasImage(id)) map.addImage(id, signImage(category, dense), {pixelRatio: dense});
  });
  // Asked before what lies below, which leaves a click alone that was for a sign.
  map.on('click', event => {
    const [found] = store.get().asking || event.defaultPrevented ? [] : under(event.point);
    if (!found) return;
    event.preventDefault();
    choose(found.properties.thing);
  });
  map.on('mousemove', event => map.getContainer().classList.toggle('on-sensor', under(event.point).length > 0));

  return {
    /** Show things as they are told of: {things, trends, chosen, now}; returns what is shown. */
    put(shown) {
      source.data = collection(features(shown));
      if (!mapOverlays.has(ID)) mapOverlays.lay(ID, source, layers => [...layers, ...parts(store.get())]);
      else map.getSource(ID)?.setData(source.data);
      return source.data.features;
    },
    take() {
      mapOverlays.take(ID);
      return [];
    }
  };
}

const collection = features => ({type: 'FeatureCollection', features});

function features({things, trends, chosen, now}) {
  return things.map(thing => {
    const lines = thing.readings.slice(0, MOST_LINES).map(reading => lineOf(reading, trends, now));
    const more = thing.readings.length - lines.length;
    const properties = {thing: thing.id, icon: `sensor-${categoryOf(thing.category)}`, brief: lines[0] ?? '', full: [...lines, ...(more > 0 ? [`+${more}`] : [])].join('\n'), stale: thing.readings.every(({time}) => isStale(time, now)), chosen: thing.id === chosen};
    return {type: 'Feature', geometry: {type: 'Point', coordinates: [thing.lon, thing.lat]}, properties};
  });
}

function lineOf(reading, trends, now) {
  const sign = trends.get(reading.datastream)?.sign;
  return [resultText(reading), sign && sign !== '→' ? sign : '', isStale(reading.time, now) ? `(${ageText(reading.time, now)})` : ''].filter(Boolean).join(' ');
}

function parts({theme, layers}) {
  const {opacity} = layers.readings;
  const [ink, halo] = INK[theme] ?? INK.light;
  const fade = ['*', opacity, ['case', ['get', 'stale'], 0.6, 1]];
  const frame = {source: ID, type: 'symbol'};
  return [
    {...frame, id: SIGN, minzoom: FIRST_ZOOM, layout: {'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], FIRST_ZOOM, 0.4, 15, 0.75, 17, 1], 'icon-allow-overlap': ['step', ['zoom'], false, 15, true], 'icon-ignore-placement': false, 'symbol-sort-key': ['case', ['get', 'chosen'], 0, ['get', 'stale'], 2, 1]}, paint: {'icon-opacity': fade}},
    {...frame, id: VALUE, minzoom: VALUES_ZOOM, layout: {'text-field': ['step', ['zoom'], ['get', 'brief'], ALL_ZOOM, ['get', 'full']], 'text-font': FONTS, 'text-size': 12, 'text-anchor': 'left', 'text-justify': 'left', 'text-offset': [1.6, 0], 'text-line-height': 1.25, 'text-padding': 3, 'symbol-sort-key': ['case', ['get', 'chosen'], 0, ['get', 'stale'], 2, 1]}, paint: {'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 2, 'text-opacity': fade}}
  ];
}
