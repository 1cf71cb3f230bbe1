// Readings gathered by the things that they are of.

/** Things with their readings, those of the lowest numbers first: {id, name, category, lon, lat, readings}. */
export function thingsOf(readings) {
  const things = new Map();
  for (const reading of readings.values()) {
    const {thing: id, thing_name: name, category, lon, lat} = reading;
    if (!things.has(id)) things.set(id, {id, name, category, lon, lat, readings: []});
    things.get(id).readings.push(reading);
  }
  for (const thing of things.values()) thing.readings.sort((one, other) => one.datastream - other.datastream);
  return [...things.values()].sort((one, other) => one.id - other.id);
}
