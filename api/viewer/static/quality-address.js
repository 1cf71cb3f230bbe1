// The quality panel in the page's address: "quality=quarantine,buildings,released,12" (tab, layer, state, row), and of matches the relation.

export const TABS = ['scores', 'quarantine', 'matches'];
/** What rows of a tab can be; what waits for a person stands first. */
export const STATES = {scores: [], quarantine: ['pending', 'released', 'discarded'], matches: ['proposed', 'accepted', 'refused', 'undone']};

/** How the panel stands before anybody touched it. */
export const SHUT = Object.freeze({open: false, tab: 'scores', layer: null, state: null, row: null, relation: null});

/** The panel's state that the words of an address tell. */
export function readQuality(words) {
  const text = words.get('quality');
  if (text === null) return SHUT;
  const [name, layer, state, row, relation] = text.split(',');
  const tab = TABS.includes(name) ? name : SHUT.tab;
  return {open: true, tab, layer: /^\w+$/.test(layer || '') ? layer : null, state: STATES[tab].includes(state) ? state : null, row: /^\d{1,15}$/.test(row || '') ? Number(row) : null, relation: tab === 'matches' && ['same', 'contains'].includes(relation) ? relation : null};
}

export function writeQuality({open, tab, layer, state, row, relation}) {
  return open ? [`quality=${[tab, layer, state, row, relation].map(part => part ?? '').join(',').replace(/,+$/, '')}`] : [];
}

/** The state that is listed: the one that was chosen, or what waits. */
export const stateOf = ({tab, state}) => state ?? STATES[tab][0];
