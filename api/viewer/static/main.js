// Begin: read what the page brought with it, make the map, and let each panel bind itself to the state.

import {bindAnnotationMarks} from './annotation-marks.js';
import {bindAnnotations} from './annotations.js';
import {bindBuildingModels} from './building-models.js';
import {bindBuildingReadings} from './building-readings.js';
import {bindSwipeCompare} from './swipe-compare.js';
import {bindCard} from './card.js';
import {bindCells} from './cells.js';
import {bindCatalog, defaultLayers, readCatalog} from './catalog.js';
import {$, say} from './element.js';
import {loadWords, speak} from './i18n.js';
import {bindGrid} from './grid.js';
import {putIcons} from './icons.js';
import {bindJobs} from './jobs.js';
import {bindMeasure} from './measure.js';
import {bindMap, createMap, viewOf} from './map.js';
import {bindModelMove} from './model-move.js';
import {bindOverlay} from './overlay.js';
import {bindPanels} from './panels.js';
import {bindPointer} from './pointer.js';
import {printer} from './print.js';
import {createMapOverlays} from './map-overlays.js';
import {bindQuality} from './quality.js';
import {bindRasters} from './raster.js';
import {bindSchemes} from './schemes.js';
import {bindSearch} from './search.js';
import {bindSensors} from './sensors.js';
import {bindSession} from './session.js';
import {bindStatus} from './status.js';
import {createStore} from './store.js';
import {bindSun} from './sun.js';
import {bindTime} from './time.js';
import {bindAddress, readHash} from './url.js';
import {bindUsers} from './users.js';
import {bindWind} from './wind.js';

const brought = id => JSON.parse($(id).textContent);

function beginning(catalog) {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const defaults = defaultLayers(catalog);
  const state = {lang: 'zh', theme: dark ? 'dark' : 'light', mode: '2d', load: {}, principal: catalog.principal, shape: null, grid: false, defaults};
  return {...state, ...readHash(location.hash, state)};
}

async function begin() {
  const deck = brought('deck');
  const catalog = readCatalog(brought('catalog'));
  const state = beginning(catalog);
  document.documentElement.dataset.theme = state.theme;
  document.documentElement.toggleAttribute('data-bare', Boolean(state.bare)); // the map alone, within another page
  await loadWords();
  speak(state.lang);
  putIcons();
  const {map, overlay} = await createMap($('map'), deck, state.view);
  const store = createStore({...state, view: viewOf(map)});
  const mapOverlays = createMapOverlays(store);
  const {before, feed, known} = bind({map, overlay, store, catalog, mapOverlays, lens: {mapAt: () => map}, base: deck.mapStyle, home: homeOf(deck)});
  // For the console and for tests: the same map and state that the panels use.
  globalThis.viewer = {map, overlay, store, catalog, before, feed, known};
}

function bind(parts) {
  const {store} = parts;
  store.on(['lang'], ({lang}) => speak(lang)); // first, so that every other panel finds the new words
  const {retry, renew} = bindMap(parts);
  bindOverlay(parts);
  bindQuality({...parts, renew}); // before the pointer, which leaves a click on a mark alone
  const {pick: pickModel, refresh: refreshModels} = bindBuildingModels(parts);
  bindBuildingReadings(parts);
  bindAnnotationMarks(parts); // likewise
  const sensors = bindSensors({...parts, renew}); // likewise
  const {meantAt} = bindPointer({...parts, pickModel});
  bindRasters(parts);
  bindCard(parts);
  bindSearch(parts);
  bindCatalog({...parts, retry});
  bindStatus(parts);
  bindSession(parts);
  bindJobs(parts);
  bindUsers(parts);
  bindTime(parts);
  const {before} = bindSwipeCompare(parts);
  bindWind(parts);
  bindGrid(parts);
  bindMeasure(parts);
  bindModelMove({...parts, refreshModels, renew});
  bindSchemes(parts);
  bindSun(parts);
  bindAnnotations({...parts, meantAt});
  bindCells(parts);
  bindPanels({...parts, print: printer(parts)});
  bindAddress(store);
  return {before, ...sensors};
}

const homeOf = ({initialViewState: {longitude, latitude, zoom}}) => ({center: [longitude, latitude], zoom, bearing: 0});

begin().catch(error => {
  say(error.message);
  throw error;
});
