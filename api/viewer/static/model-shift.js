// A model that is being moved, drawn where it would stand: metres and degrees from where the server has it.

const DEGREE = Math.PI / 180;

/** Where a model stands, as a word: another place is another tileset. */
export const placedKey = ({placement}) => (placement ? [placement.lon, placement.lat, placement.height_m, placement.heading_deg].join() : '');

/** How a model is shifted that is being moved, until the server has moved it; null for all others. */
export function shiftOf(model, {move}) {
  return move?.draft && move.model === model.id && move.key === placedKey(model) ? move.draft : null;
}

/** Metres of a degree to the east and to the north at a latitude (series of the meridian and the parallel, WGS 84 and CGCS2000). */
export function metresOfDegree(lat) {
  const at = lat * DEGREE;
  const east = 111412.84 * Math.cos(at) - 93.5 * Math.cos(3 * at) + 0.118 * Math.cos(5 * at);
  const north = 111132.92 - 559.82 * Math.cos(2 * at) + 1.175 * Math.cos(4 * at);
  return [east, north];
}

/** The place so many metres away. */
export function shifted([lon, lat], east, north) {
  const [x, y] = metresOfDegree(lat);
  return [lon + east / x, lat + north / y];
}

/** Metres east and north from one place to another. */
export function metresBetween(one, other) {
  const [x, y] = metresOfDegree((one[1] + other[1]) / 2);
  return [(other[0] - one[0]) * x, (other[1] - one[1]) * y];
}

/** The matrix (16 numbers, column by column) of a shift about a pivot, in metres about a content's own origin. */
export function shiftMatrix({east, north, turn, pivot}, origin) {
  const [x, y] = metresBetween(origin, pivot);
  const [cos, sin] = [Math.cos(turn * DEGREE), Math.sin(turn * DEGREE)];
  return [cos, sin, 0, 0, -sin, cos, 0, 0, 0, 0, 1, 0, x + east - cos * x + sin * y, y + north - sin * x - cos * y, 0, 1];
}

/** The product of two matrices, column by column. */
export function times(one, other) {
  return Array.from({length: 16}, (_, place) => [0, 1, 2, 3].reduce((sum, step) => sum + one[step * 4 + (place % 4)] * other[place - (place % 4) + step], 0));
}

let shiftable = null;

/** The layer of 3-D Tiles that takes a `shift`; deck.gl's own gives each content the matrix of its file alone. */
export function shiftableLayer() {
  const {Tile3DLayer} = globalThis.deck;
  shiftable ||= class ShiftableTile3DLayer extends Tile3DLayer {
    static layerName = 'ShiftableTile3DLayer';

    _make3DModelLayer(tile) {
      const layer = super._make3DModelLayer(tile);
      const {shift} = this.props;
      return shift ? layer.clone({modelMatrix: times(shiftMatrix(shift, tile.content.cartographicOrigin), layer.props.modelMatrix)}) : layer;
    }
  };
  return shiftable;
}
