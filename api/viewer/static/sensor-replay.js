// The last hour once more: the time of the map goes through it step by step, and readings, tiles and chart follow.

import {$} from './element.js';
import {t} from './i18n.js';
import {icon} from './icons.js';
import {secondOf} from './time-address.js';

const [SPAN_MS, STEP_MS, EVERY_MS] = [3600_000, 120_000, 900];

export function bindReplay({store, known}) {
  let span = null; // {from, to} in ms while an hour is replayed
  let timer = 0;
  const at = () => store.get().time.at;

  function toggle() {
    if (timer) return stop();
    if (!span || !at()) {
      const to = at() ? Date.parse(at()) : Date.now();
      span = {from: to - SPAN_MS, to, live: !at()};
    }
    const here = Date.parse(at());
    go(here > span.from && here < span.to ? here : span.from);
    timer = setInterval(step, EVERY_MS);
    return words();
  }
  /** To the next instant, once what was read in this one is there. */
  function step() {
    if (known.feed.how === 'past' && known.feed.of !== undefined && known.feed.of !== at()) return;
    const next = Date.parse(at()) + STEP_MS;
    if (next <= span.to) return go(next);
    const {live} = span;
    stop();
    span = null;
    store.set({time: {...store.get().time, at: live ? null : at()}});
  }
  function go(ms) {
    store.set({time: {...store.get().time, at: secondOf(ms)}});
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    words();
  }
  function words() {
    const node = $('sensor-replay');
    const act = timer ? 'pause' : span ? 'on' : 'start';
    const text = t(`sensor.replay.${act}`);
    if (!node || node.dataset.said === text) return;
    node.dataset.said = text;
    node.replaceChildren(icon(timer ? 'pause' : 'play'), text);
  }
  // Whoever takes the time elsewhere ends it.
  store.on(['time'], ({time}) => {
    const here = time.at ? Date.parse(time.at) : null;
    if (!span || (here !== null && here >= span.from - 1000 && here <= span.to)) return;
    clearInterval(timer);
    [timer, span] = [0, null];
    words();
  });
  return {toggle, words, span: () => span};
}
