// The map at night: greys turned over, water and parks darkened; what stands for data keeps its colour.

/** Whether the colours of a layer are data, which no theme may change: those of buildings and points. */
const isData = layer => Boolean(layer) && (layer.raster || /Point/.test(layer.geometry) || layer.columns.some(column => column.name === 'height_m'));

// By night a street is lighter than the land, and its edge darker.
const LIFT = {line: 17, casing: -12, label: 4};

/** `part` of a layer (or of none, the background) with its colours made for a dark page. */
export function darkTheme(part, layer) {
  const kept = isData(layer) ? new Set(layer.legends.flatMap(legend => legend.entries.map(entry => entry.color.toLowerCase()))) : new Set();
  const lift = LIFT[part.metadata?.['twin:role']] || 0;
  const paint = {};
  for (const [name, value] of Object.entries(part.paint || {})) paint[name] = name.endsWith('color') ? darkened(value, kept, lift) : value;
  return {...part, paint};
}

/** The colour in which a legend shows an entry of a layer. */
export const legendColor = (layer, color, theme) => (theme === 'dark' && !isData(layer) ? darkened(color, new Set(), /Line/.test(layer.geometry) ? LIFT.line : 0) : color);

function darkened(value, kept, lift = 0) {
  if (Array.isArray(value)) return value.map(item => darkened(item, kept, lift));
  if (typeof value !== 'string' || !/^#[0-9a-f]{6}$/i.test(value) || kept.has(value.toLowerCase())) return value;
  const {hue, chroma, lightness} = parts(value);
  const turned = 9 + (100 - lightness) * 0.8 + chroma * 14 + lift;
  return `hsl(${Math.round(hue)}, ${Math.round(Math.min(45, 4 + chroma * 130))}%, ${Math.round(Math.max(6, Math.min(90, turned)))}%)`;
}

// Chroma, not saturation: a white with a breath of warmth must not become brown.
function parts(color) {
  const [red, green, blue] = [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16) / 255);
  const most = Math.max(red, green, blue);
  const chroma = most - Math.min(red, green, blue);
  const lightness = (most - chroma / 2) * 100;
  if (chroma < 0.05) return {hue: 210, chroma, lightness};
  const sector = most === red ? ((green - blue) / chroma) % 6 : most === green ? (blue - red) / chroma + 2 : (red - green) / chroma + 4;
  return {hue: (sector * 60 + 360) % 360, chroma, lightness};
}
