// Places on the map that a panel asks for: the next clicks are its own, and Escape gives up.

import {say} from './element.js';
import {t} from './i18n.js';

/** Ask for `count` places; `done` gets them as [longitude, latitude], `each` after every click all that there are. */
export function pickPoints({map, store}, count, {sentence, each = () => {}, done}) {
  const spots = [];
  const end = () => {
    map.off('click', take);
    map.getCanvas().style.cursor = '';
    stop();
  };
  function take({lngLat}) {
    spots.push([lngLat.lng, lngLat.lat]);
    each(spots);
    if (spots.length < count) return;
    end();
    // A click ends after all that listen to it, so that none of them takes it for its own.
    setTimeout(() => store.set({asking: false}));
    done(spots);
  }
  store.set({asking: false});
  const stop = store.on(['asking'], ({asking}) => asking || end());
  store.set({asking: true});
  map.getCanvas().style.cursor = 'crosshair';
  map.on('click', take);
  say(`${sentence} ${t('pick.escape')}`);
}
