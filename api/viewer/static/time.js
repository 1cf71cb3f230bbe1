// The seam for the time strip: it appears when something on the map has a time of its own, and never before.

import {$} from './element.js';

export function bindTime({store, catalog}) {
  const put = ({layers}) => ($('time').hidden = !catalog.layers.some(layer => layer.temporal && layers[layer.id].on));
  store.on(['layers'], put);
  put(store.get());
}
