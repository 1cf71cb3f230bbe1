// Icons as strokes on a 20 px grid, put into every element with data-icon.

const PATHS = {
  left: 'M12 5l-5 5 5 5',
  down: 'M5 8l5 5 5-5',
  layers: 'M3 13l7 4 7-4M3 10l7 4 7-4M10 3L3 7l7 4 7-4z',
  search: 'M9 4a5 5 0 100 10A5 5 0 009 4zM13 13l4 4',
  sun: 'M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4',
  theme: 'M10 3a7 7 0 100 14V3z',
  link: 'M8.5 11.5l3-3M9 6l2-2a3.5 3.5 0 015 5l-2 2M11 14l-2 2a3.5 3.5 0 01-5-5l2-2',
  image: 'M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13 8h.01',
  help: 'M7.5 7.5A2.5 2.5 0 1110 10.2V12M10 15h.01',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  north: 'M10 2l4 8-4-2-4 2zM10 18V12',
  home: 'M3 10l7-6 7 6M5 9v7h10V9',
  wind: 'M2 8h9a2.5 2.5 0 10-2.5-2.5M2 11h13a2.5 2.5 0 11-2.5 2.5M2 14h6a2 2 0 11-2 2',
  grid: 'M3 3h14v14H3zM3 7.7h14M3 12.3h14M7.7 3v14M12.3 3v14',
  measure: 'M3 13L13 3l4 4L7 17zM6 10l2 2M8.5 7.5l2 2M11 5l2 2',
  scheme: 'M3 17V9l5-3v11M8 17h9V3l-5 2v12M12 8h2M12 11h2',
  note: 'M3 4h14v10h-7l-4 3v-3H3zM6.5 7.5h7M6.5 10.5h5',
  quality: 'M10 2l6 2.4v5c0 4-2.5 6.7-6 8.6-3.5-1.9-6-4.6-6-8.6v-5zM7 10l2.2 2.2L13 8',
  sensor: 'M10 10h.01M7.2 12.8a4 4 0 010-5.6M12.8 7.2a4 4 0 010 5.6M4.6 15.4a7.6 7.6 0 010-10.8M15.4 4.6a7.6 7.6 0 010 10.8',
  people: 'M7.5 9a2.8 2.8 0 100-5.6 2.8 2.8 0 000 5.6zM2.5 16c0-3 2-5 5-5s5 2 5 5M13 8.5a2.3 2.3 0 100-4.6M14.5 11.2c2 .6 3 2.3 3 4.8',
  work: 'M3 7h14v9H3zM7 7V4h6v3M3 11h14',
  move: 'M10 2v16M2 10h16M10 2L8 4.5M10 2l2 2.5M10 18l-2-2.5M10 18l2-2.5M2 10l2.5-2M2 10l2.5 2M18 10l-2.5-2M18 10l-2.5 2',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  target: 'M10 6a4 4 0 100 8 4 4 0 000-8zM10 2v3M10 15v3M2 10h3M15 10h3',
  download: 'M10 3v9M6 9l4 4 4-4M4 16h12',
  clock: 'M10 3a7 7 0 100 14 7 7 0 000-14zM10 6v4l3 2',
  play: 'M7 4l9 6-9 6z',
  pause: 'M7 4v12M13 4v12',
  back: 'M14 4l-8 6 8 6zM4 4v12',
  next: 'M6 4l8 6-8 6zM16 4v12'
};
const SVG = 'http://www.w3.org/2000/svg';

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({viewBox: '0 0 20 20', width: 18, height: 18, 'aria-hidden': 'true'})) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

export function putIcons(root = document) {
  for (const node of root.querySelectorAll('[data-icon]:not(:has(svg))')) node.prepend(icon(node.dataset.icon));
}
