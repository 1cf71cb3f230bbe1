// A compass to turn: the direction that the wind blows from, by pointer, by keys, and read out by name.

import {el} from './element.js';
import {t} from './i18n.js';
import {directionName} from './wind-scale.js';

const SVG = 'http://www.w3.org/2000/svg';
const KEYS = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 22.5, PageDown: -22.5};

/** A dial with `node`, and `put(degrees)` to turn it; `turned(degrees)` is called when a person does. */
export function dial(turned) {
  const hand = svg('g', {}, svg('line', {x1: 50, y1: 25, x2: 50, y2: 62}), svg('path', {d: 'M50 77 L42 60 h16 z'}), svg('circle', {cx: 50, cy: 26, r: 4, class: 'knob'}));
  const ticks = [...Array(16).keys()].map(at => svg('line', {x1: 50, y1: 1, x2: 50, y2: at % 4 ? 4 : 8, transform: `rotate(${at * 22.5} 50 50)`, class: 'tick'}));
  const names = [['0', 50, 17], ['4', 86, 54], ['8', 50, 91], ['12', 14, 54]].map(([at, x, y]) => letter(at, x, y));
  const face = svg('svg', {viewBox: '0 0 100 100', 'aria-hidden': 'true'}, svg('circle', {cx: 50, cy: 50, r: 49}), ...ticks, ...names, hand);
  const node = el('div', {className: 'dial', role: 'slider', tabIndex: 0, 'aria-label': t('wind.dial'), 'aria-valuemin': '0', 'aria-valuemax': '359'}, face);
  let degrees = 0;

  function put(value) {
    degrees = ((value % 360) + 360) % 360;
    hand.setAttribute('transform', `rotate(${degrees} 50 50)`);
    node.setAttribute('aria-valuenow', String(Math.round(degrees)));
    node.setAttribute('aria-valuetext', `${directionName(degrees)} ${Math.round(degrees)}°`);
  }
  function turn({clientX, clientY, shiftKey}) {
    const box = face.getBoundingClientRect();
    const angle = (Math.atan2(clientX - box.x - box.width / 2, box.y + box.height / 2 - clientY) * 180) / Math.PI;
    tell(shiftKey ? Math.round(angle / 22.5) * 22.5 : Math.round(angle));
  }
  function tell(value) {
    put(value);
    turned(degrees);
  }
  node.addEventListener('pointerdown', event => {
    node.setPointerCapture(event.pointerId);
    turn(event);
  });
  node.addEventListener('pointermove', event => event.buttons && turn(event));
  node.addEventListener('keydown', event => {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    tell(degrees + by * (event.shiftKey ? 10 : 1));
  });
  return {node, put};
}

function letter(at, x, y) {
  const node = svg('text', {x, y});
  node.textContent = t(`wind.compass.${at}`);
  return node;
}

/** An arrow that flies with the wind from `degrees`. */
export function arrow(degrees) {
  const head = svg('g', {transform: `rotate(${degrees} 8 8)`}, svg('path', {d: 'M8 1v13M4 9.5l4 4.5 4-4.5'}));
  return svg('svg', {viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true'}, head);
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
