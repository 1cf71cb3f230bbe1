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
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return node;
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
