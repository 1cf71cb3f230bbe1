// What panels lay on the map beside the layers of the catalogue: their sources, and where their parts lie among the rest.

/** `lay` and `take` change the mapOverlays; `onto` puts it into a style that was made of the catalogue. */
export function createMapOverlays(store) {
  const laid = new Map();
  const tell = () => store.set({mapOverlays: (store.get().mapOverlays || 0) + 1});

  /** Lay `source` on the map; `arrange` gets the style's layers, and returns them with those of the source; `light` shines on what is raised. */
  function lay(id, source, arrange, light = null) {
    laid.set(id, {source, arrange, light});
    tell();
  }
  function take(id) {
    if (laid.delete(id)) tell();
  }
  function onto(style) {
    const all = [...laid].map(([id, one]) => ({id, ...one}));
    const sources = {...style.sources, ...Object.fromEntries(all.map(({id, source}) => [id, source]))};
    const light = all.findLast(one => one.light)?.light || style.light;
    return {...style, light, sources, layers: all.reduce((layers, {arrange}) => arrange(layers), style.layers)};
  }
  return {lay, take, onto, has: id => laid.has(id)};
}
