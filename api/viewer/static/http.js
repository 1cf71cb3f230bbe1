// JSON from our own server; what goes wrong becomes an Error whose message is a sentence for a person.

import {t} from './i18n.js';

export async function fetchJson(path, options = {}) {
  const answer = await fetchAnswer(path, {headers: {Accept: 'application/json'}, ...options});
  return answer.status === 204 ? null : answer.json();
}

/** Hand in JSON, and return the JSON of the answer. */
export const sendJson = (path, body) => fetchJson(path, {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(body)});

/** The path of the next page of a list, with its query; undefined after the last one. */
export function nextPath({links}) {
  const following = links.find(({rel}) => rel === 'next')?.href;
  if (!following) return undefined;
  const {pathname, search} = new URL(following);
  return pathname + search;
}

/** A good answer; the Error of any other has its `status`, and the `parameter` that it is about. */
export async function fetchAnswer(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error(t('error.offline'));
  }
  if (!answer.ok) {
    const {sentence, parameter} = await problemOf(answer);
    throw Object.assign(new Error(sentence), {status: answer.status, parameter});
  }
  return answer;
}

/** The sentence of a problem+json answer (RFC 9457), or one of our own by status. */
export const problem = async answer => (await problemOf(answer)).sentence;

async function problemOf(answer) {
  try {
    const {detail, title, parameter} = JSON.parse(await answer.text());
    if (detail || title) return {sentence: detail || title, parameter};
  } catch {
    // not JSON: the status alone must do
  }
  return {sentence: t('error.status', {status: answer.status})};
}
