// The scenario panel in the page's address: "wind=25,90,2,runs&run=12&step=3&against=11".

export const TABS = ['pick', 'runs', 'section', 'compare'];

/** How the panel stands before anybody touched it: wind in m/s and degrees it blows from, height in metres. */
export const CALM = Object.freeze({open: false, tab: 'pick', speed: 25, from: 90, height: 2, run: null, step: null, against: null, picture: true, flow: true, facades: true});
export const MOST_MS = 60;

/** The panel's state that the words of an address tell. */
export function readWind(words) {
  const text = words.get('wind');
  if (text === null) return CALM;
  const [speed, from, height, tab] = text.split(',');
  return {
    ...CALM,
    open: true,
    tab: TABS.includes(tab) ? tab : CALM.tab,
    speed: within(speed, 0, MOST_MS, CALM.speed),
    from: within(from, 0, 360, CALM.from) % 360,
    height: within(height, 0, 1000, CALM.height),
    run: whole(words.get('run')),
    step: words.has('step') ? whole(words.get('step'), 0) : null,
    against: words.get('against') === 'now' ? 'now' : whole(words.get('against'))
  };
}

const within = (text, least, most, other) => (text !== undefined && text !== '' && Number(text) >= least && Number(text) <= most ? Number(text) : other);
const whole = (text, least = 1) => (/^\d{1,15}$/.test(text || '') && Number(text) >= least ? Number(text) : null);

export function writeWind(wind) {
  if (!wind.open) return [];
  const parts = [`wind=${[Number(wind.speed.toFixed(1)), Math.round(wind.from), wind.height, wind.tab].join(',')}`];
  for (const name of ['run', 'step', 'against']) if (wind[name] !== null) parts.push(`${name}=${wind[name]}`);
  return parts;
}

/** Whether going from one state to the other is a step that "back" should take back; a slider's move is none. */
export const isStep = (one, other) => ['open', 'tab', 'run', 'against'].some(name => one[name] !== other[name]);
