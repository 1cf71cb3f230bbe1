// The wind to look at: sliders of speed and direction that the map answers at once, and what a run is asked for.

import {$, el} from './element.js';
import {moment} from './format.js';
import {fetchJson, sendJson} from './http.js';
import {t, titled} from './i18n.js';
import {MOST_MS} from './wind-address.js';
import {changeNode, changeOf} from './wind-change.js';
import {dial} from './wind-dial.js';
import {showMasts} from './wind-masts.js';
import {beaufort, windText} from './wind-scale.js';

const SOURCES = ['wind', 'sensors', 'warning', 'typhoon'];

export function bindPick(desk) {
  const {store, facts, put, fault} = desk;
  const root = $('wind-pick');
  let update = () => {};
  facts.set({source: 'wind', choice: {}});

  function build() {
    const status = facts.get().status;
    if (!status) return root.replaceChildren();
    const parts = [windNode(), layersNode(desk), el('hr'), sourceNode(), changeNode(desk), runNode()];
    root.replaceChildren(...parts.map(part => part.node ?? part));
    update = () => parts.forEach(part => part.update?.(store.get()));
    update();
  }
  function windNode() {
    const speed = el('input', {type: 'range', id: 'wind-speed', min: 0, max: MOST_MS, step: 0.5, oninput: () => put({speed: Number(speed.value), step: null})});
    const compass = dial(from => put({from, step: null}));
    const said = el('output', {id: 'wind-said', 'aria-live': 'off'});
    const heights = facts.get().status.heights_m;
    const height = el('select', {id: 'wind-height', onchange: () => put({height: Number(height.value)})}, heights.map(value => el('option', {value}, t('wind.metres', {n: value}))));
    const node = el('div', {className: 'wind-now'}, compass.node, el('div', {},
      said,
      el('label', {className: 'stack'}, el('span', {}, t('wind.speed')), speed),
      el('label', {className: 'field'}, el('span', {}, t('wind.height')), height)));
    const update = ({wind}) => {
      compass.put(wind.from);
      if (Number(speed.value) !== wind.speed) speed.value = wind.speed;
      speed.setAttribute('aria-valuetext', `${wind.speed} m/s, ${t('wind.force', {n: beaufort(wind.speed)})}`);
      height.value = String(heights.reduce((best, one) => (Math.abs(one - wind.height) < Math.abs(best - wind.height) ? one : best)));
      said.textContent = windText(wind.speed, wind.from);
    };
    return {node, update};
  }

  // ---- what a run is driven by
  function sourceNode() {
    const {source} = facts.get();
    const radios = SOURCES.map(id => el('label', {className: 'chip'}, el('input', {type: 'radio', name: 'wind-source', value: id, checked: id === source, onchange: () => choose(id)}), t(`wind.source.${id}`)));
    const detail = el('div', {id: 'wind-source', className: 'list'});
    const node = el('fieldset', {className: 'chips'}, el('legend', {}, t('wind.source')), ...radios, detail);
    fill(detail, source);
    return node;
  }
  async function choose(source) {
    facts.set({source});
    await fill($('wind-source'), source);
    update();
  }
  async function fill(node, source) {
    if (source === 'wind') return node.replaceChildren(el('p', {className: 'quiet small'}, t('wind.source.said')));
    if (source === 'typhoon') return offer(node, source, facts.get().status.typhoons.map(typhoonChoice));
    node.replaceChildren(el('p', {className: 'quiet small'}, t('load.busy')));
    try {
      if (source === 'sensors') return await showMasts(node, wind => facts.set({choice: {...facts.get().choice, sensors: wind && {}}}));
      const {warnings} = await fetchJson('/warnings?limit=30');
      offer(node, source, warnings.map(warningChoice));
    } catch (error) {
      node.replaceChildren(fault(error, () => fill(node, source)));
    }
  }
  function offer(node, source, choices) {
    const {choice} = facts.get();
    facts.set({titles: {...facts.get().titles, ...Object.fromEntries(choices.map(one => [one.id, one.title]))}});
    if (!choices.length) return node.replaceChildren(el('p', {className: 'quiet small'}, t(source === 'warning' ? 'wind.warning.none' : 'wind.typhoon.none')));
    const pick = id => {
      facts.set({choice: {...facts.get().choice, [source]: id}});
      update();
    };
    const rows = choices.map(({id, title, second, color}) => el('li', {}, el('label', {}, el('input', {type: 'radio', name: `wind-${source}`, value: id, checked: choice[source] === id, onchange: () => pick(id)}), color && el('i', {className: 'dot', style: {background: color}}), el('span', {}, title, el('small', {}, second)))));
    node.replaceChildren(el('ul', {className: 'choices', 'aria-label': t(`wind.source.${source}`)}, rows));
  }

  // ---- the button
  function runNode() {
    const button = el('button', {className: 'main', id: 'wind-run', onclick: ask}, t('wind.run'));
    const why = el('p', {className: 'quiet small', id: 'wind-why'});
    const error = el('div', {});
    const node = el('div', {className: 'wind-run'}, button, why, error);
    const update = () => {
      const reason = reasonNot();
      button.disabled = Boolean(reason);
      why.replaceChildren(...[reason].flat().filter(Boolean));
      button.setAttribute('aria-describedby', 'wind-why');
    };
    async function ask() {
      error.replaceChildren();
      button.disabled = true;
      try {
        const run = await sendJson(`/scenarios/wind/runs${titleWord()}`, requestOf(store.get().wind, facts.get()));
        desk.follow(run);
      } catch (problem) {
        error.replaceChildren(fault(problem, ask));
      }
      update();
    }
    return {node, update};
  }
  const titleWord = () => {
    const {source, choice, titles} = facts.get();
    const title = source === 'sensors' ? t('wind.source.sensors') : source === 'wind' ? '' : titles?.[choice[source]];
    return title ? `?title=${encodeURIComponent(title)}` : '';
  };
  function reasonNot() {
    if (!desk.may()) return [t('wind.run.may'), el('button', {className: 'plain small', onclick: () => $('principal').click()}, t('session.in'))];
    const {source, choice} = facts.get();
    return source !== 'wind' && !choice[source] ? t(`wind.${source}.choose`) : '';
  }

  facts.on(['status', 'rebuild'], build);
  store.on(['lang'], build);
  store.on(['wind', 'principal'], () => update());
  build();
}

/** What a run of the wind scenario is asked for. */
function requestOf({speed, from}, facts) {
  const {source, choice} = facts;
  const driven = source === 'wind' ? {wind: {speed_ms: speed, from_deg: Math.round(from)}} : {[source]: choice[source]};
  const change = changeOf(facts);
  return change ? {...driven, change} : driven;
}

const typhoonChoice = one => ({id: one.id, title: titled(one.title), second: `${moment(one.begins)} – ${moment(one.ends)}`});
const warningChoice = one => ({id: one.id, color: one.color, title: `${titled(one.kind_title)} · ${titled(one.level_title)}`, second: `${one.area} · ${moment(one.issued)}`});

/** Which of picture, flow and façades are drawn. */
function layersNode({store, put}) {
  const boxes = ['picture', 'flow', 'facades'].map(name => {
    const input = el('input', {type: 'checkbox', role: 'switch', onchange: () => put({[name]: input.checked})});
    return {name, input, node: el('label', {}, input, t(`wind.show.${name}`))};
  });
  const update = ({wind, mode}) => {
    for (const {name, input} of boxes) input.checked = wind[name];
    boxes[2].node.title = mode === '3d' ? '' : t('wind.show.solid');
  };
  update(store.get());
  return {node: el('div', {className: 'wind-shows', role: 'group', 'aria-label': t('wind.show')}, boxes.map(box => box.node)), update};
}
