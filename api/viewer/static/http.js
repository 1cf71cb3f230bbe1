// JSON from our own server; what goes wrong becomes an Error whose message is a sentence for a person.

import {t} from './i18n.js';

export async function fetchJson(path, options = {}) {
  const answer = await fetchAnswer(path, {headers: {Accept: 'application/json'}, ...options});
  return answer.status === 204 ? null : answer.json();
}

/** Hand in JSON, and return the JSON of the answer. */
export const sendJson = (path, body) => fetchJson(path, {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(body)});

/** A good answer; the Error of any other has its `status`. */
export async function fetchAnswer(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error(t('error.offline'));
  }
  if (!answer.ok) throw Object.assign(new Error(await problem(answer)), {status: answer.status});
  return answer;
}

/** The sentence of a problem+json answer (RFC 9457), or one of our own by status. */
export async function problem(answer) {
  try {
    const body = JSON.parse(await answer.text());
    if (body.detail || body.title) return body.detail || body.title;
  } catch {
    // not JSON: the status alone must do
  }
  return t('error.status', {status: answer.status});
}
