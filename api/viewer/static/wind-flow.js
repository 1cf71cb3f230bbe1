// The air moving: particles that the field carries, drawn over the map; those who want no motion get still lines.

import {stillness} from './element.js';
import {UNIT_MS} from './wind-field.js';

const EACH_MS = 33;
const MOST = 1400;
const PX_FOR_EACH = 860; // square pixels of screen for one particle
const AGE = 90; // frames that a particle lives
const QUICKNESS = 3.4; // pixels a second on the screen for one m/s
const STILL_STEPS = 22;
const RADIUS_M = 6378137;

export function createFlow({map}) {
  const canvas = document.createElement('canvas');
  canvas.className = 'wind-flow';
  canvas.setAttribute('aria-hidden', 'true');
  map.getContainer().append(canvas);
  const pen = canvas.getContext('2d');
  let field = null;
  let scale = 1;
  let dark = false;
  let view = null;
  let particles = [];
  let last = 0;
  let frame = 0;

  function show(next, speed, isDark) {
    field = next;
    scale = speed / UNIT_MS;
    dark = isDark;
    canvas.hidden = false;
    if (stillness()) still();
    else if (!frame) frame = requestAnimationFrame(run);
  }
  function hide() {
    field = null;
    canvas.hidden = true;
    cancelAnimationFrame(frame);
    frame = 0;
  }
  function reset() {
    view = null;
    particles = [];
    pen.clearRect(0, 0, canvas.width, canvas.height);
  }
  function prepare() {
    const {clientWidth: width, clientHeight: height} = map.getContainer();
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    view = viewOf(map, field, width, height);
  }
  function run(now) {
    frame = requestAnimationFrame(run);
    if (now - last < EACH_MS || document.hidden) return;
    const seconds = Math.min(0.1, (now - last) / 1000);
    last = now;
    if (!view) prepare();
    fill();
    fade();
    stroke(particles.map(particle => moved(particle, seconds)).filter(Boolean), 0.85);
  }
  function fill() {
    const wanted = Math.min(MOST, (canvas.width * canvas.height) / PX_FOR_EACH);
    while (particles.length < wanted) particles.push({...view.anywhere(), age: Math.random() * AGE});
  }
  /** Let the field carry a particle; the line that it drew, or nothing where it ended and begins anew. */
  function moved(particle, seconds) {
    const before = view.screen(particle.x, particle.y);
    const [u, v] = sample(field, particle.x, particle.y);
    if (u !== u || ++particle.age > AGE) return void Object.assign(particle, view.anywhere(), {age: 0});
    const metres = (seconds * QUICKNESS * scale) / view.pxPerMetre;
    particle.x += (u * metres) / view.width;
    particle.y += (v * metres) / view.height;
    const after = view.screen(particle.x, particle.y);
    return before && after && {before, after, speed: Math.hypot(u, v) * scale};
  }
  function fade() {
    pen.globalCompositeOperation = 'destination-in';
    pen.fillStyle = 'rgb(0 0 0 / 90%)';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.globalCompositeOperation = 'source-over';
  }
  function stroke(lines, alpha) {
    pen.lineCap = 'round';
    for (const [least, most, width] of [[0, 5, 0.9], [5, 15, 1.3], [15, Infinity, 1.8]]) {
      pen.beginPath();
      for (const {before, after, speed} of lines) {
        if (speed < least || speed >= most) continue;
        pen.moveTo(...before);
        pen.lineTo(...after);
      }
      pen.strokeStyle = dark ? `rgb(255 255 255 / ${alpha * 90}%)` : `rgb(24 38 52 / ${alpha * 85}%)`;
      pen.lineWidth = width;
      pen.stroke();
    }
  }
  /** The way of each particle at one moment, as a line that is darkest where it goes. */
  function still() {
    reset();
    prepare();
    fill();
    for (const particle of particles.slice(0, MOST / 3)) {
      particle.age = 0;
      for (let step = 1; step <= STILL_STEPS; step++) {
        const line = moved(particle, 0.05);
        if (!line) break;
        stroke([line], (0.45 * step) / STILL_STEPS);
      }
    }
  }

  map.on('move', reset);
  map.on('resize', reset);
  map.on('moveend', () => field && stillness() && still());
  return {show, hide, canvas};
}

/** East and north velocity at a place of the field, both axes from 0 to 1; NaN outside and in buildings. */
function sample({nx, ny, u, v}, x, y) {
  const column = Math.floor(x * nx);
  const row = Math.floor(y * ny);
  if (column < 0 || row < 0 || column >= nx || row >= ny) return [NaN, NaN];
  return [u[row * nx + column], v[row * nx + column]];
}

/** How the ground of a field lies on the screen: the plane seen from above or aslant is a projective map of it. */
function viewOf(map, field, wide, high) {
  const [west, south, east, north] = field.bounds;
  const spots = [[0.35, 0.45], [0.65, 0.45], [0.65, 0.75], [0.35, 0.75]].map(([x, y]) => [x * wide, y * high]);
  const ground = spots.map(spot => {
    const {lng, lat} = map.unproject(spot);
    return [(lng - west) / (east - west), (lat - south) / (north - south)];
  });
  const matrix = projective(ground, spots);
  const back = projective(spots, ground);
  const place = (using, x, y) => {
    const w = using[6] * x + using[7] * y + 1;
    return w > 0 ? [(using[0] * x + using[1] * y + using[2]) / w, (using[3] * x + using[4] * y + using[5]) / w] : null;
  };
  const middle = ((north + south) / 2) * (Math.PI / 180);
  const width = ((east - west) * Math.PI * RADIUS_M * Math.cos(middle)) / 180;
  const height = ((north - south) * Math.PI * RADIUS_M) / 180;
  const pxPerMetre = 2 ** map.getZoom() * 512 / (2 * Math.PI * RADIUS_M * Math.cos(middle));
  const anywhere = () => {
    const spot = place(back, Math.random() * wide, Math.random() * high);
    const inside = spot && spot.every(part => part >= 0 && part <= 1);
    return inside ? {x: spot[0], y: spot[1]} : {x: Math.random(), y: Math.random()};
  };
  return {width, height, pxPerMetre, anywhere, screen: (x, y) => place(matrix, x, y)};
}

/** The eight numbers of the projective map that takes four points to four others, by Gauss and Jordan. */
function projective(from, to) {
  const rows = from.flatMap(([x, y], place) => {
    const [X, Y] = to[place];
    return [[x, y, 1, 0, 0, 0, -x * X, -y * X, X], [0, 0, 0, x, y, 1, -x * Y, -y * Y, Y]];
  });
  for (let at = 0; at < 8; at++) {
    const best = rows.slice(at).reduce((found, row, place) => (Math.abs(row[at]) > Math.abs(rows[found][at]) ? at + place : found), at);
    [rows[at], rows[best]] = [rows[best], rows[at]];
    const lead = rows[at][at];
    rows[at] = rows[at].map(value => value / lead);
    rows.forEach((row, place) => {
      if (place !== at) rows[place] = row.map((value, column) => value - row[at] * rows[at][column]);
    });
  }
  return rows.map(row => row[8]);
}
