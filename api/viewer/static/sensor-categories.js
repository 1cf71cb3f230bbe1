// What kinds of sensors there are, with the colour and the glyph of each; the glyphs are strokes on a grid of 20.

import {t} from './i18n.js';

const OTHER = {color: '#5b6570', glyph: 'M10 10h.01M7 13a4 4 0 010-6M13 7a4 4 0 010 6M5 15a7 7 0 010-10M15 5a7 7 0 010 10'};
const CATEGORIES = {
  wind_mast: {color: '#0072b2', glyph: 'M3 8h8a2.2 2.2 0 10-2.2-2.2M3 11h11a2.2 2.2 0 11-2.2 2.2M3 14h5'},
  visibility: {color: '#5f6f86', glyph: 'M3 10s2.6-4.5 7-4.5S17 10 17 10s-2.6 4.5-7 4.5S3 10 3 10zM10 8.3a1.7 1.7 0 100 3.4 1.7 1.7 0 000-3.4z'},
  rain_gauge: {color: '#2a7fba', glyph: 'M10 3.5s4.5 5 4.5 8.2a4.5 4.5 0 01-9 0C5.5 8.5 10 3.5 10 3.5z'},
  water_level: {color: '#155a8a', glyph: 'M3 8q1.8-2 3.5 0t3.5 0 3.5 0 3.5 0M3 12.5q1.8-2 3.5 0t3.5 0 3.5 0 3.5 0'},
  air_quality: {color: '#7d5ba6', glyph: 'M6 14a3 3 0 01-.3-6A4.2 4.2 0 0113.8 7.2 3.4 3.4 0 0114 14z'},
  soil: {color: '#8a5a2b', glyph: 'M3 8h14M5 11.5h.01M9 13h.01M13 11.5h.01M16 14h.01M7 15.5h.01'},
  crop_station: {color: '#3b7d3e', glyph: 'M10 17V8M10 11C6 11 5 8.5 5 6c3 0 5 1.5 5 5zM10 9c0-3 2-5 5-5 0 3-1.5 5-5 5z'},
  traffic: {color: '#b0457b', glyph: 'M4 13v-3l1.8-4h8.4l1.8 4v3zM4 10h12M6.5 13v2M13.5 13v2'},
  parking: {color: '#3f5fa8', glyph: 'M7.5 16V4.5h3.5a3.3 3.3 0 010 6.6H7.5'},
  manhole: {color: '#4d4d4d', glyph: 'M10 3.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM7 8h6M7 12h6'}
};
const SIZE = 26;

export const categoryOf = name => (Object.hasOwn(CATEGORIES, name ?? '') ? name : 'other');
export const colorOf = category => (CATEGORIES[category] ?? OTHER).color;
export const categoryTitle = category => t(`sensor.category.${category}`);

/** The sign of a category as a picture for the map, `dense` pixels for one of the screen: a disc with its glyph. */
export function signImage(category, dense) {
  const {color, glyph} = CATEGORIES[category] ?? OTHER;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE * dense;
  const pen = canvas.getContext('2d');
  pen.scale(dense, dense);
  pen.beginPath();
  pen.arc(SIZE / 2, SIZE / 2, SIZE / 2 - 1.5, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = '#ffffff';
  pen.stroke();
  pen.translate(SIZE / 2 - 8.5, SIZE / 2 - 8.5);
  pen.scale(0.85, 0.85);
  Object.assign(pen, {lineWidth: 1.7, lineCap: 'round', lineJoin: 'round'});
  pen.stroke(new Path2D(glyph));
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
