// Where the rules of a layer fail, as marks on the map; a click on one says what is wrong there.

import {$, el} from './element.js';
import {t, titled} from './i18n.js';

const ID = 'quality-marks';
const MOST_TOLD = 4;
/** What stands out more is worse: rows that wait and rules that refuse, then rules that only warn. */
export const MARK_COLORS = {pending: '#b3261e', refuse: '#d55e00', warn: '#e69f00'};

export function bindMarks({map, store, mapOverlays}) {
  const said = el('div', {id: 'quality-said', className: 'panel', role: 'status', hidden: true});
  $('map').after(said);
  const under = point => (map.getLayer(ID) ? map.queryRenderedFeatures(point, {layers: [ID]}) : []);
  const quiet = () => (said.hidden = true);

  // Asked before what lies below, which leaves a click alone that was for a mark.
  map.on('click', event => {
    quiet();
    const found = store.get().asking ? [] : under(event.point);
    if (!found.length) return;
    event.preventDefault();
    said.replaceChildren(...found.slice(0, MOST_TOLD).map(({properties}) => entry(properties, store)));
    said.hidden = false;
    Object.assign(said.style, {left: `${Math.min(event.point.x + 10, innerWidth - 300)}px`, top: `${event.point.y + 10}px`});
  });
  map.on('mousemove', event => map.getContainer().classList.toggle('on-mark', under(event.point).length > 0));
  map.on('movestart', quiet);
  store.on(['quality', 'selected', 'lang'], quiet);

  return {
    /** Show the failures of a report, of one rule or of all. */
    lay(report, rule) {
      const features = failures(report).filter(({properties}) => !rule || properties.rule === rule);
      mapOverlays.lay(ID, {type: 'geojson', data: {type: 'FeatureCollection', features}}, layers => [...layers, part()]);
    },
    take() {
      quiet();
      mapOverlays.take(ID);
    }
  };
}

/** The places of a report with what is known of each: an example of a rule, or a row that waits in quarantine. */
export function failures(report) {
  const rules = Object.fromEntries(report.rules.map(rule => [rule.id, rule]));
  const examples = new Map(report.rules.flatMap(rule => rule.examples.filter(({at}) => at).map(example => [keyOf(rule.id, example.at), example])));
  return report.failures.features.map(feature => {
    const {rule} = feature.properties;
    const example = examples.get(keyOf(rule, feature.geometry.coordinates));
    const known = example ? {severity: rules[rule].severity, detail: example.detail, key: example.key, fid: example.ref} : {severity: 'pending'};
    return {...feature, properties: {rule, layer: report.layer, zh: rules[rule]?.title.zh, en: rules[rule]?.title.en, ...known}};
  });
}

const keyOf = (rule, [lon, lat]) => `${rule} ${lon.toFixed(6)} ${lat.toFixed(6)}`;

/** The words of a rule: its own title, or ours for what keeps a row from being one at all. */
export const ruleTitle = (id, title) => (title?.zh ? titled(title) : t(`quarantine.reason.${id}`));

function entry({rule, severity, detail, key, fid, layer, zh, en}, store) {
  const more = [detail && t('quality.found', {text: detail}), key].filter(Boolean).join(' · ');
  const go = severity === 'pending' ? {quality: {...store.get().quality, tab: 'quarantine', layer, state: null, row: null}} : {selected: {layer, fid}};
  return el('div', {className: 'quality-told'},
    el('b', {}, el('i', {className: 'dot', style: {background: MARK_COLORS[severity]}}), ruleTitle(rule, {zh, en})),
    el('small', {}, t(`quality.severity.${severity}`)),
    more && el('p', {}, more),
    el('button', {className: 'plain small', onclick: () => store.set(go)}, t(severity === 'pending' ? 'quality.to-quarantine' : 'quality.to-object')));
}

function part() {
  const color = ['match', ['get', 'severity'], ...Object.entries(MARK_COLORS).flat(), '#000000'];
  const waits = ['==', ['get', 'severity'], 'pending'];
  return {id: ID, type: 'circle', source: ID, paint: {'circle-color': color, 'circle-radius': ['case', waits, 8, 6], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2}};
}
