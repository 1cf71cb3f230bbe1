// The address of two views that move as one: how they lie, how far the divider is, and the address of each.

export const LAYOUTS = ['swipe', 'beside'];

/** An address of two views, each given by its own hash. */
export function linkedAddress(layout, [left, right], split = 50) {
  return `/viewer/linked#${new URLSearchParams({layout, split, left: left.replace(/^#/, ''), right: right.replace(/^#/, '')})}`;
}

/** The layout, the divider in percent, and the hashes of both views. */
export function readLinked(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const split = Number(words.get('split') || 50);
  return {
    layout: LAYOUTS.includes(words.get('layout')) ? words.get('layout') : 'beside',
    split: split >= 5 && split <= 95 ? split : 50,
    views: ['left', 'right'].map(side => words.get(side) || '')
  };
}
