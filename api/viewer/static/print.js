// The map as a picture with what a reader of it must know: legend, scale, date, source and grade.

import {el, say} from './element.js';
import {moment} from './format.js';
import {t, titled} from './i18n.js';
import {scaleOf, sources} from './status.js';
import {legendOf} from './style.js';
import {wording} from './past-banner.js';

const STRIP_PX = 132;
const LINE_PX = 18;
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export function printer({map, overlay, store, catalog}) {
  return async () => {
    const url = URL.createObjectURL(await picture(map, overlay, store.get(), catalog));
    el('a', {href: url, download: `onemap-${new Date().toISOString().slice(0, 10)}.png`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    say(t('said.saved'));
  };
}

async function picture(map, overlay, state, catalog) {
  const canvas = await drawn(map, overlay);
  const dense = canvas.width / innerWidth;
  const pen = canvas.getContext('2d');
  pen.scale(dense, dense);
  strip(pen, canvas.width / dense, canvas.height / dense - STRIP_PX, state, seen(map, state, catalog));
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

/** Map and deck on one canvas, taken in the frame in which they are drawn, for WebGL keeps no picture after it. */
function drawn(map, overlay) {
  return new Promise(resolve => {
    map.once('render', () => {
      const from = map.getCanvas();
      const dense = from.width / innerWidth;
      const canvas = el('canvas', {width: from.width, height: from.height + STRIP_PX * dense});
      const pen = canvas.getContext('2d');
      pen.drawImage(from, 0, 0);
      overlay._deck.redraw('picture');
      pen.drawImage(overlay.getCanvas(), 0, 0, from.width, from.height);
      resolve(canvas);
    });
    map.triggerRepaint();
  });
}

/** The layers that have something in the picture. */
function seen(map, state, catalog) {
  const drawn = new Set(map.queryRenderedFeatures().map(feature => feature.source));
  const layers = catalog.layers.filter(layer => state.layers[layer.id].on && (layer.raster || drawn.has(layer.id)));
  return {...catalog, layers};
}

function strip(pen, width, top, state, catalog) {
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, top, width, STRIP_PX);
  pen.fillStyle = '#20252b';
  pen.textBaseline = 'middle';
  pen.font = `600 15px ${FONT}`;
  pen.fillText(t('product.title'), 16, top + 20);
  pen.font = `12px ${FONT}`;
  const grades = catalog.layers.map(layer => layer.grade).sort((one, other) => other.level - one.level);
  const lines = [[moment(new Date().toISOString()), wording(state.time)].filter(Boolean).join(' · '), t('print.source', {text: sources(state, catalog)}), t('print.grade', {text: titled(grades[0]) || '–'}), `CGCS2000 · EPSG:4490`];
  lines.forEach((line, at) => pen.fillText(line, 16, top + 62 + at * LINE_PX, width * 0.34));
  scale(pen, state.view, 16, top + 42);
  legend(pen, state, catalog, {left: width * 0.38, top: top + 20, width: width * 0.6});
}

function scale(pen, view, left, top) {
  const {px, text} = scaleOf(view);
  pen.fillRect(left, top, px, 2);
  pen.fillText(text, left + px + 8, top);
}

function legend(pen, state, catalog, room) {
  const entries = catalog.layers.flatMap(layer => entriesOf(layer, state));
  const rows = Math.floor((STRIP_PX - 24) / LINE_PX);
  const columns = Math.max(1, Math.ceil(entries.length / rows));
  entries.forEach(({color, text}, at) => {
    const left = room.left + Math.floor(at / rows) * (room.width / columns);
    const top = room.top + (at % rows) * LINE_PX;
    pen.fillStyle = color;
    pen.fillRect(left, top - 5, 14, 10);
    pen.strokeStyle = '#8a929b';
    pen.lineWidth = 0.5;
    pen.strokeRect(left, top - 5, 14, 10);
    pen.fillStyle = '#20252b';
    pen.fillText(text, left + 20, top, room.width / columns - 26);
  });
}

function entriesOf(layer, state) {
  const own = state.layers[layer.id];
  const found = legendOf(layer, own.variant);
  if (!found) return [];
  if (found.kind === 'single') return [{color: found.entries[0].color, text: titled(layer.title)}];
  return found.entries.filter((_, place) => !own.hidden.includes(place)).map(entry => ({color: entry.color, text: `${titled(layer.title)} ${titled(entry.label)}`}));
}
