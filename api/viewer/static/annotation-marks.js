// Annotations in the scene: a numbered mark where each stands, with its first words; those of what is hidden are hidden too.

const OPEN = [189, 72, 0];
const RESOLVED = [88, 96, 105];
const CHOSEN = [0, 90, 156];
const NEAR_PX = 14;
// Marks that are nearer to each other than this are one.
const APART_PX = 20;
const MOST_LETTERS = 18;
const [LETTER_PX, LINE_PX] = [12, 20];
const DARK = {getColor: [236, 239, 243], getBackgroundColor: [28, 33, 39, 235]};

export function bindAnnotationMarks({map, overlay, store}) {
  const under = ({x, y}) => marks(store.get(), viewportOf(overlay)).find(({pixel: [atX, atY], numbers}) => numbers.length && Math.hypot(atX - x, atY - y) <= NEAR_PX);
  // Asked before what lies below, which leaves a click alone that was for a mark. Of several in one place each click
  // chooses the next.
  map.on('click', event => {
    const {annotations, asking} = store.get();
    const mark = asking ? null : under(event.point);
    if (!mark) return;
    event.preventDefault();
    const {numbers} = mark;
    const chosen = numbers[(numbers.indexOf(annotations.chosen) + 1) % numbers.length];
    store.set({annotations: {...annotations, open: true, chosen}});
  });
  map.on('mousemove', event => map.getContainer().classList.toggle('on-annotation', Boolean(under(event.point))));
}

const viewportOf = overlay => overlay._deck?.getViewports()[0];

/** What deck.gl draws of the annotations that the panel lists; `declared` are the layers as the page's deck has them. */
export function annotationLayers(declared, state, overlay) {
  const data = marks(state, viewportOf(overlay));
  const dark = state.theme === 'dark' ? DARK : {};
  const named = legible(data);
  return [
    declared['annotation-mark'].clone({data, getFillColor: ({color}) => color}),
    declared['annotation-number'].clone({data}),
    declared['annotation-label'].clone({data: named, characterSet: letters(named), ...dark})
  ];
}

/** The marks as {numbers, digits, text, spot, pixel, color}, the chosen one first, then as they are listed. */
function marks(state, viewport) {
  const {annotations, listed = [], draft, mode} = state;
  if (!annotations?.open || !viewport) return [];
  const spot = ([lon, lat, height]) => [lon, lat, mode === '3d' ? height : 0];
  const placed = (one, at) => ({...one, spot: at, pixel: viewport.project(at)});
  const shown = listed.filter(one => !isHidden(one, state)).map(one => placed({numbers: [one.id], text: brief(one.text), color: colorOf(one, annotations)}, spot(one.position)));
  shown.sort((one, other) => other.numbers.includes(annotations.chosen) - one.numbers.includes(annotations.chosen));
  const gathered = [];
  for (const mark of shown) {
    const near = gathered.find(({pixel: [x, y]}) => Math.hypot(x - mark.pixel[0], y - mark.pixel[1]) < APART_PX);
    if (near) near.numbers.push(...mark.numbers);
    else gathered.push(mark);
  }
  for (const mark of gathered) mark.digits = `${mark.numbers[0]}${mark.numbers.length > 1 ? '+' : ''}`;
  // What is being written is in no group.
  return draft ? [...gathered, placed({numbers: [], digits: '+', text: '', color: CHOSEN}, spot(draft.position))] : gathered;
}

/** Those whose words cover neither another mark nor its words. */
function legible(data) {
  const taken = data.map(({pixel: [x, y]}) => ({left: x - NEAR_PX, right: x + NEAR_PX, top: y - NEAR_PX, bottom: y + NEAR_PX}));
  return data.filter(({text, pixel: [x, y]}) => {
    const box = {left: x + NEAR_PX + 1, right: x + NEAR_PX + 12 + LETTER_PX * [...text].length, top: y - LINE_PX / 2, bottom: y + LINE_PX / 2};
    return text && !taken.some(other => overlaps(box, other)) && taken.push(box);
  });
}

const overlaps = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** Whether what it is about is not on the map: another scheme, another storey, or cut away. */
export function isHidden({about, position}, {building = {}, scheme, mode}) {
  if (about?.scheme && about.scheme !== scheme) return true;
  if (mode !== '3d' || !about?.model || about.model !== building.model) return false;
  const elsewhere = building.storey && about.storey !== building.storey;
  return Boolean(elsewhere || (building.cut && position[2] > building.cut));
}

function colorOf({id, state}, {chosen}) {
  if (id === chosen) return CHOSEN;
  return state === 'open' ? OPEN : RESOLVED;
}

/** The first words of a text, for a label. */
export function brief(text, most = MOST_LETTERS) {
  const line = [...text.split('\n')[0].trim()];
  return line.length > most ? `${line.slice(0, most - 1).join('')}…` : line.join('');
}

const letters = data => [...new Set(['0', ...data.flatMap(({text}) => [...text])])];
