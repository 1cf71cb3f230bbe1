// What can be annotated, and by whom; a card begins an annotation of what it shows.

import {isNow} from './time-address.js';

export const ANNOTATIONS = 'annotations';
const MAY = ['steward', 'administrator'];

/** Whether somebody may write, now: nobody writes into the past. */
export const mayAnnotate = ({principal, time}) => MAY.some(role => principal?.roles?.includes(role)) && isNow(time);

/** What stays on the map can be annotated, but no annotation, and no run of a scenario. */
export const annotatable = (catalog, meant) => Boolean(meant && meant.layer !== ANNOTATIONS && catalog.byId[meant.layer]?.temporal);

/** Begin an annotation of what is selected, at the place where it was clicked, or where it was not, at `place`. */
export function beginAnnotation(store, {selected, name, place}) {
  const {layer, fid, position} = selected;
  store.set({annotations: {...store.get().annotations, open: true, chosen: null}, draft: {position: position || place, about: {layer, fid, name}, grade: 'open'}});
}
