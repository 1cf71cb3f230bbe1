// The page's state in one place: plain data, replaced and never changed, and told to whoever subscribed.

export function createStore(initial) {
  let state = Object.freeze({...initial});
  const listeners = new Set();

  function set(patch) {
    const before = state;
    const changed = Object.keys(patch).filter(key => patch[key] !== before[key]);
    if (!changed.length) return;
    state = Object.freeze({...before, ...patch});
    for (const listener of [...listeners]) {
      if (changed.some(key => listener.keys.includes(key))) listener.call(state, before);
    }
  }

  /** Call `call(state, before)` whenever one of `keys` changes; returns how to stop. */
  function on(keys, call) {
    const listener = {keys, call};
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    get: () => state,
    set,
    on,
    /** Change the state of one map layer: {on, opacity, variant, hidden}. */
    setLayer: (id, patch) => set({layers: {...state.layers, [id]: {...state.layers[id], ...patch}}}),
    /** Change how the tiles of one layer are doing: {busy, error}. */
    setLoad: (id, patch) => set({load: {...state.load, [id]: {...state.load[id], ...patch}}})
  };
}
