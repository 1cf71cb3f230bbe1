// Asking a server while a slider moves: one query at a time and always the newest; what was had is not asked for again.

const KEPT = 48;

/** `get(query)` answers what `ask(query, signal)` does, or null for a query that a newer one overtook. */
export function latest({ask, keyOf, alike}) {
  const kept = new Map();
  let flying = null;
  let waiting = null;

  function get(query) {
    const key = keyOf(query);
    waiting?.answer(null);
    waiting = null;
    if (kept.has(key)) return Promise.resolve(kept.get(key));
    return new Promise((answer, fail) => {
      waiting = {query, key, answer, fail};
      // What is on its way is worth having when it is near what is wanted now, and aborted when it is not.
      if (flying && !alike(flying.query, query)) flying.abort.abort();
      if (!flying) next();
    });
  }
  async function next() {
    const asked = waiting;
    waiting = null;
    if (!asked) return;
    flying = {query: asked.query, abort: new AbortController()};
    try {
      const had = await ask(asked.query, flying.abort.signal);
      keep(asked.key, had);
      asked.answer(had);
    } catch (error) {
      if (error.name === 'AbortError') asked.answer(null);
      else asked.fail(error);
    }
    flying = null;
    next();
  }
  function keep(key, had) {
    kept.set(key, had);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return {get, forget: () => kept.clear()};
}
