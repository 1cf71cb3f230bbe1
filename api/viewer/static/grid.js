// The BeiDou grid over the map: lines and codes of the level that suits the zoom, asked for by whole blocks of cells.

import {$, debounce} from './element.js';

const ID = 'grid-cells';
const ROOM = 0.3; // of the view, on each side, so that a small move asks for nothing
// From which zoom each level of GB/T 39409 is drawn, and blocks of how many degrees are asked for.
const LEVELS = [[8, 2, 1], [10, 3, 0.5], [12.5, 4, 0.1], [15.2, 5, 0.02], [17, 6, 0.01], [19.5, 7, 0.002]];

export function bindGrid({map, store, mapOverlays}) {
  let laid = '';

  function draw() {
    const {grid, view, theme} = store.get();
    $('grid-open').setAttribute('aria-pressed', String(grid));
    const level = grid ? LEVELS.findLast(([zoom]) => view.zoom >= zoom) : null;
    if (!level) return hide();
    const data = `${location.origin}/grids/beidou/cells?level=${level[1]}&bbox=${blockOf(map.getBounds(), level[2]).join()}`;
    if (laid === data + theme) return;
    laid = data + theme;
    mapOverlays.lay(ID, {type: 'geojson', data, tolerance: 0}, layers => [...layers, ...parts(theme === 'dark')]);
  }
  function hide() {
    laid = '';
    mapOverlays.take(ID);
  }

  $('grid-open').addEventListener('click', () => store.set({grid: !store.get().grid}));
  store.on(['view'], debounce(150, draw));
  store.on(['grid', 'theme'], draw);
  draw();
}

/** West, south, east and north around the view, on multiples of a block. */
function blockOf(bounds, block) {
  const [wide, high] = [bounds.getEast() - bounds.getWest(), bounds.getNorth() - bounds.getSouth()];
  const down = (value, least) => Math.max(least, Math.floor(value / block) * block);
  const up = (value, most) => Math.min(most, Math.ceil(value / block) * block);
  const edges = [down(bounds.getWest() - ROOM * wide, -180), down(bounds.getSouth() - ROOM * high, -87.9), up(bounds.getEast() + ROOM * wide, 180), up(bounds.getNorth() + ROOM * high, 87.9)];
  return edges.map(edge => Number(edge.toFixed(6)));
}

function parts(dark) {
  const ink = dark ? '#b9a7ff' : '#4b2e9e';
  return [
    {id: `${ID}-line`, type: 'line', source: ID, paint: {'line-color': ink, 'line-width': 1, 'line-opacity': 0.7}},
    {
      id: `${ID}-code`,
      type: 'symbol',
      source: ID,
      layout: {'text-field': ['get', 'code'], 'text-font': ['Noto Sans CJK SC'], 'text-size': 10, 'text-padding': 1},
      paint: {'text-color': ink, 'text-halo-color': dark ? '#1b2027' : '#ffffff', 'text-halo-width': 1.2}
    }
  ];
}
