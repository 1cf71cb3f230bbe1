// DOM elements by tag, properties and children; text is always text, never markup.

export const $ = id => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'style') Object.assign(node.style, value);
    else if (name === 'dataset') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.startsWith('aria')) node[name] = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...childrenOf(children));
  if (FIELDS.includes(tag) && !properties.oninput && !properties.onchange) drawn.set(node, written(node));
  return node;
}

const childrenOf = children => children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false);

const FIELDS = ['input', 'textarea', 'select'];
const written = field => (field.type === 'checkbox' ? field.checked : field.value);
// What a field began with, of those that tell nobody what is written in them.
const drawn = new WeakMap();

/**
 * Draw anew what is in `root`: what somebody is writing there stays, with the focus and the caret.
 * A field is known again by its id, and by `data-of` where it is now of one thing and now of another.
 */
export function redraw(root, ...children) {
  const fields = [...root.querySelectorAll('[id]')].filter(field => drawn.has(field) && written(field) !== drawn.get(field));
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  const caret = active?.selectionStart ?? null;
  root.replaceChildren(...childrenOf(children));
  for (const field of fields) write($(field.id), field);
  const next = active?.id && $(active.id);
  if (!next) return;
  next.focus();
  if (caret !== null) next.setSelectionRange(caret, active.selectionEnd);
}

function write(field, before) {
  if (!drawn.has(field) || field.dataset.of !== before.dataset.of) return;
  field[before.type === 'checkbox' ? 'checked' : 'value'] = written(before);
}

/** Wait until calls stop coming for `ms`, then call once with the last arguments. */
export function debounce(ms, call) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), ms);
  };
}

/** Call at most once in each animation frame. */
export function framed(call) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      call();
    });
  };
}

let toastTimer = 0;

/** Say one sentence at the foot of the map for a while. */
export function say(sentence) {
  const toast = $('toast');
  toast.textContent = sentence;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 3200);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // plain http on another host has no clipboard API
  }
}

function copyBySelection(text) {
  const field = el('textarea', {value: text, className: 'away'});
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

export const stillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
