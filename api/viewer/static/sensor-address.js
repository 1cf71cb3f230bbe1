// The panel of sensors in the page's address: "sensors=view", "sensors=alarms", and what is open: "sensors=view,24h,7,12.15".

export const TABS = ['view', 'alarms'];
/** How far back a chart goes, in hours. */
export const RANGES = Object.freeze({'6h': 6, '24h': 24, '7d': 168, '30d': 720});
export const MOST_COMPARED = 6;

/** How the panel stands before anybody opened it: `thing` is the sensor that is told of, `streams` are those in its chart. */
export const SHUT = Object.freeze({open: false, tab: 'view', range: '24h', thing: null, streams: Object.freeze([])});

export function readSensors(text) {
  if (text === null || text === undefined) return SHUT;
  const [tab, range, thing, streams] = text.split(',');
  return {
    open: true,
    tab: TABS.includes(tab) ? tab : SHUT.tab,
    range: Object.hasOwn(RANGES, range || '') ? range : SHUT.range,
    thing: whole(thing),
    streams: (streams || '').split('.').map(whole).filter(Boolean).slice(0, MOST_COMPARED)
  };
}

const whole = text => (/^[1-9]\d{0,14}$/.test(text || '') ? Number(text) : null);

export function writeSensors({open, tab, range, thing, streams} = SHUT) {
  if (!open) return [];
  return [`sensors=${[tab, thing || range !== SHUT.range ? range : '', thing ?? '', streams.join('.')].join(',').replace(/,+$/, '')}`];
}
