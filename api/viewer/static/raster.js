// Rasters in the viewer: the legend of a ramp, heights as terrain, and the value at the place that is clicked.

import {legendColor} from './dark-theme.js';
import {el, say} from './element.js';
import {number} from './format.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';

// The land is flat: told as it is, nobody would see that it is not level.
const STEEP = {least: 1, most: 30, usual: 8};

export const isRaster = layer => Boolean(layer?.raster);

/** The ramp as a bar with the values at its ends, or the classes with their colours. */
export function rasterLegend(layer, legend, theme) {
  return legend.kind === 'gradient' ? rampNode(legend) : classesNode(layer, legend, theme);
}

function rampNode({entries, unit}) {
  const bar = el('i', {className: 'ramp', style: {background: `linear-gradient(to right, ${entries.map(entry => entry.color).join(', ')})`}});
  const ticks = [entries[0], entries[Math.floor(entries.length / 2)], entries[entries.length - 1]];
  return el('div', {className: 'legend'}, bar, el('div', {className: 'ticks'}, ticks.map(({value}) => el('span', {}, number(value, unit || '')))));
}

function classesNode(layer, {entries}, theme) {
  const swatch = entry => el('i', {className: 'swatch', style: {background: legendColor(layer, entry.color, theme)}});
  const list = entries.map(entry => el('li', {}, el('span', {className: 'entry'}, swatch(entry), titled(entry.label))));
  return el('div', {className: 'legend'}, el('ul', {'aria-label': t('legend.label', {title: titled(layer.title)})}, list));
}

/** The switch that lifts the map to a raster's heights, and by how much. */
export function terrainNode(layer, {store}) {
  if (!layer.terrain) return null;
  const now = store.get().terrain;
  const on = now?.layer === layer.id;
  const steep = on ? now.exaggeration : STEEP.usual;
  const shown = el('output', {}, `× ${steep}`);
  const range = el('input', {type: 'range', min: STEEP.least, max: STEEP.most, step: 1, value: steep});
  const toggle = el('input', {type: 'checkbox', className: 'terrain', checked: on});
  const put = () => {
    shown.textContent = `× ${range.value}`;
    store.set({terrain: toggle.checked ? {layer: layer.id, exaggeration: Number(range.value)} : null});
  };
  toggle.addEventListener('change', put);
  range.addEventListener('input', put);
  return el('div', {}, el('label', {}, toggle, ' ', t('terrain.title')), el('label', {className: 'field'}, el('span', {}, t('terrain.steep')), range, shown));
}

/** The style with the terrain that the state asks for. */
export function onTerrain(style, catalog, {terrain}, origin) {
  const high = catalog.layers.filter(layer => layer.terrain);
  // The sources are always there, for a terrain needs one to stand on.
  const sources = Object.fromEntries(high.map(layer => [sourceOf(layer), heights(layer, origin)]));
  const lifted = terrain && high.find(layer => layer.id === terrain.layer);
  const stands = lifted ? {terrain: {source: sourceOf(lifted), exaggeration: terrain.exaggeration}} : {};
  return {...style, sources: {...style.sources, ...sources}, ...stands};
}

/** Give the map a style. MapLibre's own way from one terrain to another fails, so a style never brings another one. */
export function putStyle(map, {terrain = null, ...style}) {
  const stands = map.getTerrain();
  map.setStyle(stands ? {...style, terrain: stands} : style, {diff: true});
  if (JSON.stringify(stands) !== JSON.stringify(terrain)) map.setTerrain(terrain);
}

const sourceOf = layer => `${layer.id}-terrain`;
const heights = ({terrain, minzoom, maxzoom, bounds}, origin) => ({type: 'raster-dem', tiles: [origin + terrain], encoding: 'mapbox', tileSize: 256, minzoom, maxzoom, bounds});

/** Say what the rasters that are shown have at a place that is clicked, where nothing else was meant. */
export function bindRasters({map, store, catalog}) {
  map.on('click', async event => {
    const shown = catalog.layers.filter(layer => isRaster(layer) && store.get().layers[layer.id].on);
    if (!shown.length || store.get().asking) return;
    try {
      const said = await Promise.all(shown.map(layer => valueText(layer, event.lngLat)));
      if (!store.get().selected) say(said.join(' · '));
    } catch (error) {
      say(error.message);
    }
  });
}

async function valueText(layer, {lng, lat}) {
  const found = await fetchJson(`/rasters/${layer.raster}/value?lon=${lng.toFixed(7)}&lat=${lat.toFixed(7)}`);
  const values = found.bands.filter(band => band.value !== null).map(band => (band.class ? titled(band.class) : number(band.value, band.unit || '')));
  return `${titled(layer.title)} ${values.join(', ') || t('raster.nothing')}`;
}
