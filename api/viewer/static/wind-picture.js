// The picture of gusts on the ground: a field as colours on a canvas that MapLibre draws under buildings and names.

import {el} from './element.js';
import {cornersOf, UNIT_MS} from './wind-field.js';
import {differenceColor, gustPlace, gustTable} from './wind-scale.js';

const ID = 'wind-picture';
const FINER = 3; // pixels for each cell, so that the edges of classes are lines and no stairs
const OF_RUNS = /^wind_/;
const OPAQUE = 214;
const LOW_M = 10; // up to here the wind blows between buildings, above it over most of them
const SPREAD = 3; // cells by which colours reach under a building, whose own outline is sharper than cells are

export function createPicture({map, mapOverlays}) {
  const canvas = el('canvas', {id: `${ID}-canvas`, hidden: true});
  document.body.append(canvas);
  const pen = canvas.getContext('2d');
  let shown = null;
  let way = ''; // how the picture lies among the other layers

  function put(field, color) {
    const {nx, ny, bounds} = field;
    if (canvas.width !== nx * FINER || canvas.height !== ny * FINER) Object.assign(canvas, {width: nx * FINER, height: ny * FINER});
    const image = pen.createImageData(canvas.width, canvas.height);
    paint(image.data, filled(field), field, color);
    pen.putImageData(image, 0, 0);
    laid(field, bounds.join(), {above: field.height > LOW_M, alone: Boolean(color.alone)});
  }
  function laid(field, bounds, how) {
    if (shown !== bounds || way !== JSON.stringify(how)) {
      // By its id: MapLibre compares styles as plain data, which an element is not.
      mapOverlays.lay(ID, {type: 'canvas', canvas: canvas.id, animate: false, coordinates: cornersOf(field.bounds)}, layers => arranged(layers, how));
      [shown, way] = [bounds, JSON.stringify(how)];
    }
    upload(map.getSource(ID));
  }
  function upload(source) {
    if (!source?.play) return; // it reads the canvas when it comes
    source.play(); // a canvas that does not move is read when it is played and paused
    source.pause();
    map.triggerRepaint();
  }
  function hide() {
    shown = null;
    mapOverlays.take(ID);
  }
  return {
    gusts: (field, speed) => put(field, gustPainter(field.gust, speed / UNIT_MS)),
    difference: (field, other, speeds) => put(field, differencePainter(field.gust, other.gust, speeds)),
    hide,
    canvas
  };
}

const gustPainter = (gust, scale) => ({
  value: place => gust[place] * scale,
  put: (bytes, at, value) => {
    const from = gustPlace(value);
    bytes[at] = gustTable[from];
    bytes[at + 1] = gustTable[from + 1];
    bytes[at + 2] = gustTable[from + 2];
    bytes[at + 3] = value < 5 ? OPAQUE - (5 - value) * 28 : OPAQUE;
  }
});

const differencePainter = (gust, other, [speed, second]) => ({
  alone: true,
  value: place => (gust[place] * speed - other[place] * second) / UNIT_MS,
  put: (bytes, at, value) => {
    const [red, green, blue] = differenceColor(value);
    bytes[at] = red;
    bytes[at + 1] = green;
    bytes[at + 2] = blue;
    bytes[at + 3] = Math.min(OPAQUE, Math.max(0, Math.abs(value) - 0.25) * 200);
  }
});

/** For every cell the cell to take its value from: itself, or in a building the nearest outside; -1 deep inside. */
function filled(field) {
  if (field.filled) return field.filled;
  const {nx, ny, gust} = field;
  let from = Int32Array.from(gust, (value, place) => (Number.isNaN(value) ? -1 : place));
  for (let round = 0; round < SPREAD; round++) {
    const next = from.slice();
    for (let place = 0; place < from.length; place++) {
      if (from[place] >= 0) continue;
      const column = place % nx;
      for (const [beside, inside] of [[place - 1, column > 0], [place + 1, column < nx - 1], [place - nx, true], [place + nx, true]]) {
        if (inside && from[beside] >= 0) next[place] = from[beside];
      }
    }
    from = next;
  }
  return (field.filled = from);
}

/** Every pixel from the four cells around it; rows of the field begin in the south, those of the picture in the north. */
function paint(bytes, from, {nx, ny, gust, height}, color) {
  const masked = height > LOW_M;
  const values = Float32Array.from(from, place => (place < 0 ? NaN : color.value(place)));
  for (let row = 0; row < ny * FINER; row++) {
    const y = Math.max(0, Math.min(ny - 1, ny - (row + 0.5) / FINER - 0.5));
    const low = Math.min(ny - 2, Math.floor(y));
    for (let column = 0; column < nx * FINER; column++) {
      const x = Math.max(0, Math.min(nx - 1, (column + 0.5) / FINER - 0.5));
      const left = Math.min(nx - 2, Math.floor(x));
      if (masked && Number.isNaN(gust[Math.round(y) * nx + Math.round(x)])) continue;
      const value = between(values, low * nx + left, nx, x - left, y - low);
      if (value === value) color.put(bytes, (row * nx * FINER + column) * 4, value);
    }
  }
}

function between(values, at, nx, right, up) {
  const low = values[at] * (1 - right) + values[at + 1] * right;
  const high = values[at + nx] * (1 - right) + values[at + nx + 1] * right;
  const value = low * (1 - up) + high * up;
  if (value === value) return value;
  return values[at + (up >= 0.5 ? nx : 0) + (right >= 0.5 ? 1 : 0)];
}

/** Over the ground and its lines; buildings and what hazards draw come after it, names and points stay on top. */
function arranged(all, {above, alone}) {
  const layers = alone ? all.filter(({source}) => !OF_RUNS.test(source)) : all; // results of one run beside a difference of two would mislead
  const part = {id: ID, type: 'raster', source: ID, paint: {'raster-fade-duration': 0, 'raster-resampling': 'linear'}};
  const top = layers.findIndex(({type}) => ['symbol', 'circle', 'fill-extrusion'].includes(type));
  const ground = layers.slice(0, top < 0 ? layers.length : top);
  const later = ground.filter(({source}) => OF_RUNS.test(source) || (!above && source === 'buildings'));
  return [...ground.filter(one => !later.includes(one)), part, ...later, ...layers.slice(ground.length)];
}
