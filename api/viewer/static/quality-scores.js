// How good each layer is: four scores and their mean; a layer that is opened tells its rules, and marks where they fail.

import {$, el} from './element.js';
import {count, moment, number} from './format.js';
import {fetchJson} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit} from './map.js';
import {failures, MARK_COLORS, ruleTitle} from './quality-marks.js';
import {boundsOf} from './quality-shapes.js';

const ELEMENTS = ['completeness', 'correctness', 'consistency', 'timeliness'];
const [GOOD, FAIR] = [90, 60];

export function bindScores({store, catalog, map, put, may, fault, layers, marks}) {
  const reports = new Map(); // of layers by their ids; an Error where the server had none
  let loads = null;
  let asking = false;
  let rule = null;
  let marked = null;

  const listed = layers.filter(layer => layer.count > 0);
  const opened = () => catalog.byId[store.get().quality.layer];
  const wanted = () => [opened(), ...listed].find(layer => layer && !reports.has(layer.id));
  const active = () => store.get().quality.open && store.get().quality.tab === 'scores';

  /** One after the other: a report looks at every row of a layer, and the map wants the server too. */
  async function ask() {
    if (asking) return;
    asking = true;
    loads ??= may.read() ? await fetchJson('/loads?limit=200').then(({loads: all}) => all, () => []) : [];
    for (let layer = wanted(); layer && active(); layer = wanted()) {
      const report = await fetchJson(`/collections/${layer.id}/quality`).catch(error => error);
      reports.set(layer.id, report);
      draw();
    }
    asking = false;
  }
  function draw() {
    if (!active()) return;
    const layer = opened();
    const focus = document.activeElement?.dataset?.focus;
    $('quality-scores').replaceChildren(...(layer ? layerNodes(layer, reports.get(layer.id)) : [el('p', {className: 'quiet small'}, t('quality.hint')), el('ul', {className: 'quality-layers'}, listed.map(row))]));
    if (focus) $('quality-scores').querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    mark(layer && reports.get(layer.id));
  }
  function mark(report) {
    const next = report?.failures ? `${report.made} ${rule}` : null;
    if (next === marked) return;
    marked = next;
    if (next) marks.lay(report, rule);
    else marks.take();
  }
  const again = layer => () => {
    reports.delete(layer.id);
    draw();
    ask();
  };

  function row(layer) {
    const report = reports.get(layer.id);
    const name = el('button', {className: 'plain title', dataset: {focus: layer.id, layer: layer.id}, onclick: () => put({layer: layer.id})}, titled(layer.title));
    const total = report?.scores ? el('b', {className: 'quality-total'}, scoreText(totalOf(report))) : !report && el('span', {className: 'spinner', title: t('load.busy')});
    return el('li', {}, el('div', {className: 'row'}, name, report?.quarantine?.pending > 0 && el('span', {className: 'quality-waits'}, t('quality.waits', {n: report.quarantine.pending})), total),
      report instanceof Error ? fault(report, again(layer)) : report && el('div', {className: 'quality-four'}, ELEMENTS.map(element => bar(element, report.scores[element]))),
      whenceNode(layer, report));
  }
  function whenceNode(layer, report) {
    const text = whence(layer, report);
    return el('small', {className: 'quality-whence', title: text}, text);
  }
  function whence(layer, report) {
    const load = loads?.find(({summary}) => summary.layers?.some(one => one.layer === layer.id));
    return [t('quality.date', {date: moment(report?.date ?? layer.date) || '–'}), load && t('quality.load', {n: load.id, date: moment(load.finished)}), layer.source].filter(Boolean).join(' · ');
  }
  function layerNodes(layer, report) {
    const back = el('button', {className: 'icon', id: 'quality-back', title: t('quality.back'), 'aria-label': t('quality.back'), onclick: leaveLayer}, icon('left'));
    const head = el('div', {className: 'row'}, back, el('h2', {}, titled(layer.title)), report?.scores && el('b', {className: 'quality-total big'}, scoreText(totalOf(report))));
    if (!report) return [head, el('p', {className: 'quiet'}, t('load.busy'))];
    if (report instanceof Error) return [head, fault(report, again(layer))];
    const facts = [t('quality.rows', {n: count(report.rows)}), report.sample > 1 && t('quality.sample', {n: report.sample}), whence(layer, report)].filter(Boolean).join(' · ');
    const rules = report.rules.toSorted((one, other) => (other.failed ?? -1) - (one.failed ?? -1));
    return [
      head,
      el('div', {className: 'quality-four wide'}, ELEMENTS.map(element => bar(element, report.scores[element]))),
      el('p', {className: 'quiet small'}, facts),
      el('div', {className: 'actions'},
        el('a', {className: 'plain small', href: `/collections/${layer.id}/quality?f=html`, target: '_blank', rel: 'noopener'}, icon('image'), t('quality.report')),
        el('button', {className: 'plain small', onclick: () => zoom(report), disabled: !report.failures.features.length}, icon('target'), t('quality.zoom')),
        report.quarantine.pending > 0 && el('button', {className: 'plain small', onclick: () => put({tab: 'quarantine', state: null, row: null})}, t('quality.waits', {n: report.quarantine.pending}))),
      el('h3', {}, t('quality.rules')),
      el('ul', {className: 'quality-rules'}, rules.map(one => ruleRow(one, report))),
      legend(report)
    ];
  }
  function leaveLayer() {
    const {layer} = store.get().quality;
    rule = null;
    put({layer: null});
    $('quality-scores').querySelector(`[data-focus="${CSS.escape(layer)}"]`)?.focus();
  }
  function ruleRow({id, title, severity, checked, failed, column}, report) {
    const text = failed === null ? t('quality.unexamined') : t('quality.failed', {failed: number(failed), checked: number(checked)});
    const choose = () => {
      rule = rule === id ? null : id;
      draw();
      if (rule) zoom(report);
    };
    return el('li', {}, el('button', {className: 'quality-rule', dataset: {focus: id, rule: id}, 'aria-pressed': String(rule === id), disabled: !failed, onclick: choose},
      el('i', {className: 'dot', style: {background: failed ? MARK_COLORS[severity] : failed === 0 ? '#009e73' : '#8d96a0'}}),
      el('span', {}, el('b', {}, ruleTitle(id, title)), el('small', {}, [t(`quality.severity.${severity}`), column].filter(Boolean).join(' · '))),
      el('span', {className: failed ? 'late' : 'quiet'}, text)));
  }
  function zoom(report) {
    const bounds = boundsOf(failures(report).filter(({properties}) => !rule || properties.rule === rule).map(({geometry}) => geometry));
    if (bounds) fit(map, bounds);
  }
  function legend(report) {
    const found = failures(report).map(({properties}) => properties.severity);
    const shown = Object.keys(MARK_COLORS).filter(severity => found.includes(severity));
    return el('p', {className: 'quality-legend small'}, shown.map(severity => el('span', {}, el('i', {className: 'dot', style: {background: MARK_COLORS[severity]}}), `${t(`quality.severity.${severity}`)} ${found.filter(one => one === severity).length}`)));
  }
  return {
    show() {
      draw();
      ask();
    },
    leave: () => mark(null),
    stale: id => reports.delete(id)
  };
}

/** The mean of the scores that are known. */
function totalOf({scores}) {
  const known = ELEMENTS.map(element => scores[element]).filter(score => score !== null);
  return known.length ? known.reduce((sum, score) => sum + score, 0) / known.length : null;
}

const scoreText = score => (score === null ? '–' : score.toFixed(1));

function bar(element, score) {
  const rank = score === null ? 'none' : score >= GOOD ? 'good' : score >= FAIR ? 'fair' : 'poor';
  return el('div', {className: 'quality-bar', dataset: {rank}}, el('span', {}, t(`quality.${element}`)), el('b', {}, scoreText(score)), el('i', {}, el('em', {style: {width: `${score ?? 0}%`}})));
}
