"""A district as CityJSON: any number of buildings that are boxes, a street of them each fifty, all sizes known."""

from pathlib import Path

from authored_cityjson import FACES, document, write

APART_MM, STREET = 20_000, 50
SIDE_MM = (8_000, 6_000)


def write_district(path: Path, count: int) -> Path:
    """Write so many buildings, ``b0`` on; the n-th is ``3 + n % 7`` m high and stands in its place of the raster."""
    objects, vertices = {}, []
    for number in range(count):
        faces = [[[corner + len(vertices) for corner in ring] for ring in face] for face in FACES]
        x, y, top = number % STREET * APART_MM, number // STREET * APART_MM, height_mm(number)
        east, north = x + SIDE_MM[0], y + SIDE_MM[1]
        for z in (0, top):
            vertices += [[x, y, z], [east, y, z], [east, north, z], [x, north, z]]
        solid = {"type": "Solid", "lod": "2", "boundaries": [faces]}
        objects[f"b{number}"] = {"type": "Building", "geometry": [solid], "attributes": {"number": number}}
    return write(path, document(objects, vertices))


def height_mm(number: int) -> int:
    """Return how high a building is."""
    return 3_000 + number % 7 * 1_000
