// One row of the quarantine: what is wrong, what the file had, its shape on the map, and what a person decides on it.

import {$, el, say} from './element.js';
import {moment} from './format.js';
import {quarantineForm} from './quarantine-form.js';
import {fetchJson, sendJson} from './http.js';
import {t, titled} from './i18n.js';
import {icon} from './icons.js';
import {fit} from './map.js';
import {boundsOf} from './quality-shapes.js';

const COLOR = '#b3261e';

export function bindQuarantineRow({map, store, catalog, put, may, fault, shapes, changed}) {
  let drawn = null; // what is shown: number and language
  let feature = null;

  /** Show the row that the state names; `known` is what a list has of it. */
  async function show(root, known) {
    const {quality: {row}, lang} = store.get();
    const key = `${row} ${lang}`;
    if (drawn === key && $('quarantine-back')) return;
    drawn = key;
    try {
      feature = known ?? (feature?.id === row ? feature : await fetchJson(`/quarantine/${row}`));
    } catch (error) {
      return root.replaceChildren(head(`#${row}`), fault(error, () => {
        drawn = null;
        show(root);
      }));
    }
    if (store.get().quality.row !== row) return;
    draw(root, feature);
    zoom();
    $('quarantine-back').focus();
  }
  function zoom() {
    const points = feature.properties.reasons.filter(({at}) => at).map(({at}) => ({type: 'Point', coordinates: at}));
    const bounds = boundsOf([feature.geometry, ...points]);
    if (bounds) fit(map, bounds);
  }
  function draw(root, {id, geometry, properties}) {
    const places = properties.reasons.filter(({at}) => at).map(({at}) => ({type: 'Point', coordinates: at}));
    shapes.lay([geometry, ...places].filter(Boolean).map(part => ({type: 'Feature', geometry: part, properties: {color: COLOR, strong: true}})));
    const open = properties.state === 'pending' && may.write();
    root.replaceChildren(...[
      head(titled(catalog.byId[properties.layer]?.title) + ` #${id}`, el('span', {className: 'state'}, t(`quarantine.state.${properties.state}`))),
      el('ul', {className: 'quarantine-reasons'}, properties.reasons.map(({rule, message}) => el('li', {}, el('b', {}, titled(message)), el('small', {}, rule)))),
      el('dl', {className: 'facts'}, facts(properties).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
      el('div', {className: 'actions'},
        el('button', {className: 'plain small', id: 'quarantine-zoom', disabled: !geometry && !places.length, onclick: zoom}, icon('target'), t(geometry || places.length ? 'quality.zoom' : 'quarantine.no-shape')),
        properties.fid && el('button', {className: 'plain small', id: 'quarantine-object', onclick: () => store.set({selected: {layer: properties.layer, fid: properties.fid}})}, t('quality.to-object'))),
      open ? quarantineForm({feature, layer: catalog.byId[properties.layer], decide}) : original(properties),
      properties.state === 'pending' && !may.write() && el('p', {className: 'note'}, t('quarantine.readonly'))
    ].filter(Boolean));
  }
  function facts({place, load, dataset, source_key: key, received, crs, decided, decided_by: by, decision}) {
    return [
      [t('quarantine.key'), key ?? '–'], [t('quarantine.place'), place], [t('quarantine.load'), t('quarantine.load-of', {n: load, dataset})], [t('quarantine.received'), moment(received)], [t('quarantine.crs'), crs],
      [t('quarantine.decided'), decided && [moment(decided), by].join(' · ')], [t('quarantine.why'), decision]
    ].filter(([, value]) => value);
  }
  function original({original: {properties: values, text}}) {
    const rows = Object.entries(values).map(([name, value]) => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))));
    return el('section', {}, el('h3', {}, t('quarantine.original')), rows.length > 0 && el('table', {}, el('tbody', {}, rows)), text && el('pre', {tabIndex: 0}, text));
  }
  function head(title, state) {
    const back = el('button', {className: 'icon', id: 'quarantine-back', title: t('quality.back'), 'aria-label': t('quality.back'), onclick: leave}, icon('left'));
    return el('div', {className: 'row'}, back, el('h2', {}, title), state);
  }
  function leave() {
    const {row} = store.get().quality;
    drawn = null;
    put({row: null});
    document.querySelector(`#quality-quarantine [data-row="${row}"]`)?.focus();
  }
  /** `act` is release or discard; an error of the server is the form's to show. */
  async function decide(act, stated) {
    const {id, properties: {layer}} = feature;
    await sendJson(`/quarantine/${id}/${act}`, stated);
    say(t(`quarantine.said.${act}`, {n: id}));
    [drawn, feature] = [null, null];
    put({row: null});
    changed(layer);
    $('quality-quarantine').focus();
  }
  return {show};
}
