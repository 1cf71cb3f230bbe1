// Words of the page in Chinese and English; titles of data come with the data as {zh, en}.

const LANGUAGES = ['zh', 'en'];
const all = {};
let language = 'zh';

/** Fetch the words of both languages, so that the switch between them is at once. */
export async function loadWords() {
  const answers = await Promise.all(LANGUAGES.map(code => fetchJson(new URL(`${code}.json`, import.meta.url))));
  LANGUAGES.forEach((code, place) => (all[code] = answers[place]));
}

async function fetchJson(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** Speak `code` from now on, on every element that asks for words. */
export function speak(code) {
  language = code;
  document.documentElement.lang = code === 'zh' ? 'zh-CN' : 'en';
  document.title = t('product.page');
  putWords();
}

export const lang = () => language;

/** The words of `key`, with {name} replaced by `values.name`. */
export function t(key, values = {}) {
  const text = all[language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** A title {zh, en} in the language of the page. */
export function titled(title) {
  if (!title) return '';
  return typeof title === 'string' ? title : title[language] || title.zh || title.en || '';
}

/** The names of a thing: the page's language first, the other under it. */
export function named(thing) {
  const both = language === 'zh' ? [thing.name, thing.name_en] : [thing.name_en, thing.name];
  const [first, second] = both.filter(Boolean);
  return {first: first || '', second: second && second !== first ? second : ''};
}

const WORDED = [
  ['t', (node, text) => (node.textContent = text)],
  ['tTitle', (node, text) => (node.title = text)],
  ['tPlaceholder', (node, text) => (node.placeholder = text)],
  ['tLabel', (node, text) => {
    node.setAttribute('aria-label', text);
    if (node.tagName === 'BUTTON') node.title = text;
  }]
];

/** Put words on all elements that ask for them by data-t, data-t-label, data-t-title, data-t-placeholder. */
function putWords() {
  for (const [name, put] of WORDED) {
    const attribute = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    for (const node of document.querySelectorAll(`[data-${attribute}]`)) put(node, t(node.dataset[name]));
  }
}
