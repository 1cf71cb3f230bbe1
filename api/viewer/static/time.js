// The seam for the time strip: it appears when something on the map has a time of its own, and never before.

import {$} from './element.js';

export function bindTime({store, catalog}) {
  const put = ({layers, storm}) => ($('time').hidden = !storm && !catalog.layers.some(layer => layer.temporal && layers[layer.id].on));
  store.on(['layers', 'storm'], put);
  put(store.get());
}
