"""glTF 2.0 as a model: its nodes are elements, the primitives of a mesh one shape."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.formats.meshes.container import Container, read_container
from bim.formats.meshes.reading import MeshReading, Placed, mesh_of
from bim.georeference import Statement
from bim.model import Element, Mesh
from bim.place import Json, Place, listing, mapping, told
from bim.reading import ReadOptions
from layers.errors import SourceError

# Triangles of a file, those of a mesh counted as often as a node shows it.
MOST_TRIANGLES = 50_000_000
_FURTHEST = 1e9
# From glTF's y up to z up.
_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
Matrix = NDArray[np.float64]


def open_gltf(path: Path, options: ReadOptions) -> MeshReading:
    """Read a file; raises SourceError, naming the place, for one that is broken or claims more than it has."""
    file = read_container(path)
    parents, order = _tree(file)
    _refuse_too_many(file, order)
    keys = _keys(file, order)
    meshes: dict[int, Mesh | None] = {}
    matrices: dict[int, Matrix] = {}
    placed = {}
    for number in order:
        node, place = file.entries("nodes")[number], file.place.at("nodes", number)
        above = matrices.get(parents[number], np.eye(4))
        matrices[number] = above @ _matrix(node, place)
        if "mesh" in node:
            if node["mesh"] not in meshes:
                meshes[node["mesh"]] = _mesh(file, node["mesh"])
            placed[keys[number]] = Placed(meshes[node["mesh"]], _UP @ matrices[number] @ _UP.T)
    asset = file.text["asset"]
    return MeshReading(
        path=path,
        format="gltf",
        schema=f"glTF {asset['version']}",
        title="",
        elements=tuple(_element(file, number, keys, parents) for number in order),
        statement=Statement(),
        header={"program": str(asset.get("generator", "")), "notes": _notes(file, order)},
        options=options,
        placed=placed,
    )


def _tree(file: Container) -> tuple[dict[int, int], list[int]]:
    """Return the parent of each node, -1 for none, and the nodes of the scene, parents first.

    Raises SourceError for nodes in two places, or in a circle.
    """
    nodes = file.entries("nodes")
    parents = dict.fromkeys(range(len(nodes)), -1)
    for number, value in enumerate(nodes):
        place = file.place.at("nodes", number)
        for child in listing(mapping(value, place).get("children", []), place.at("children")):
            file.entry("nodes", child, place.at("children"))
            if parents[child] >= 0:
                raise place.at("children").error(f"node {child} is a child of node {parents[child]} too")
            parents[child] = number
    order, waiting = [], list(reversed(_roots(file, parents)))
    while waiting:
        number = waiting.pop()
        order.append(number)
        waiting.extend(reversed(nodes[number].get("children", [])))
    if not order:
        raise SourceError(str(file.place.path), "its scene has no nodes")
    return parents, order


def _roots(file: Container, parents: dict[int, int]) -> list[int]:
    scenes = file.entries("scenes")
    if not scenes:
        return [number for number, parent in parents.items() if parent < 0]
    number = file.text.get("scene", 0)
    scene, place = file.entry("scenes", number, file.place.at("scene")), file.place.at("scenes", number, "nodes")
    roots = listing(scene.get("nodes", []), place)
    for root in roots:
        file.entry("nodes", root, place)
        if parents[root] >= 0 or roots.count(root) > 1:
            raise place.error(f"node {root} is a child of another, or there twice: a scene is made of trees")
    return roots


def _refuse_too_many(file: Container, order: list[int]) -> None:
    """Raise SourceError where nodes show more triangles than are read, going by what accessors claim."""
    shown: Counter[int] = Counter()
    for number in order:
        node = file.entries("nodes")[number]
        if "mesh" in node:
            file.entry("meshes", node["mesh"], file.place.at("nodes", number, "mesh"))
            shown[node["mesh"]] += 1
    total = 0
    for mesh, times in shown.items():
        for place, primitive in _primitives(file, mesh):
            if "indices" in primitive:
                total += times * file.count(primitive["indices"], place.at("indices"))
            else:
                attributes = mapping(primitive.get("attributes"), place.at("attributes"))
                total += times * file.count(attributes.get("POSITION"), place.at("attributes", "POSITION"))
    if total > 3 * MOST_TRIANGLES:
        raise SourceError(
            str(file.place.path), f"it claims {total // 3:,} triangles, and {MOST_TRIANGLES:,} are read; export parts"
        )


def _primitives(file: Container, number: Any) -> Iterator[tuple[Place, Json]]:
    mesh = file.entry("meshes", number, file.place.at("nodes"))
    place = file.place.at("meshes", number, "primitives")
    for part, primitive in enumerate(listing(mesh.get("primitives"), place)):
        yield place.at(part), mapping(primitive, place.at(part))


def _mesh(file: Container, number: int) -> Mesh | None:
    """Return the triangles of a mesh, z up, or None for one of points and lines."""
    points, triangles, colours, count = [], [], [], 0
    for place, primitive in _primitives(file, number):
        if primitive.get("mode", _TRIANGLES) not in (_TRIANGLES, _STRIP, _FAN):
            continue
        own = _positions(file, primitive, place)
        corners = _corners(file, primitive, place, len(own))
        points.append(own @ _UP[:3, :3].T)
        triangles.append(corners + count)
        colours.append(np.repeat([_colour(file, primitive, place)], len(corners), axis=0))
        count += len(own)
    if not points:
        return None
    return mesh_of(np.vstack(points), np.vstack(triangles), np.vstack(colours).astype(np.float32))


def _positions(file: Container, primitive: Json, place: Place) -> NDArray[np.float64]:
    number: Any = mapping(primitive.get("attributes"), place.at("attributes")).get("POSITION")
    positions = file.array(number, "VEC3", place.at("attributes", "POSITION")).astype(np.float64)
    odd = np.flatnonzero(~(np.abs(positions) <= _FURTHEST).all(axis=1))
    if len(odd):
        raise file.place.at("accessors", number).error(
            f"element {odd[0]}, {positions[odd[0]].tolist()}, is no position of up to {_FURTHEST:g} m"
        )
    return positions


def _corners(file: Container, primitive: Json, place: Place, count: int) -> NDArray[np.int64]:
    """Return the triangles (m, 3) of a primitive, by number of its positions, of which there are ``count``."""
    if "indices" in primitive:
        listed = file.array(primitive["indices"], "SCALAR", place.at("indices"))
        if listed.dtype.kind != "u":
            raise place.at("indices").error("its accessor has no whole numbers from 0 on")
        if int(listed.max()) >= count:
            raise place.at("indices").error(f"there is no position {listed.max():,}; there are {count:,}")
        listed = listed.astype(np.int64)
    else:
        listed = np.arange(count)
    mode = primitive.get("mode", _TRIANGLES)
    if mode == _TRIANGLES:
        if len(listed) % 3:
            raise place.error(f"{len(listed):,} corners are no triangles: their number is no multiple of three")
        return listed.reshape(-1, 3)
    if mode == _FAN:
        return np.column_stack([listed[1:-1], listed[2:], np.full(max(len(listed) - 2, 0), listed[0])])
    strip = np.column_stack([listed[:-2], listed[1:-1], listed[2:]])
    strip[1::2] = strip[1::2][:, [0, 2, 1]]
    return strip


def _colour(file: Container, primitive: Json, place: Place) -> list[float]:
    if "material" not in primitive:
        return [0.8, 0.8, 0.8, 1.0]
    material = file.entry("materials", primitive["material"], place.at("material"))
    look = material.get("pbrMetallicRoughness", {})
    factor = look.get("baseColorFactor", [1, 1, 1, 1]) if isinstance(look, dict) else [1, 1, 1, 1]
    if not isinstance(factor, list) or len(factor) != 4 or not all(_is_share(part) for part in factor):
        raise file.place.at("materials", primitive["material"]).error(f"{told(factor)} are not four shares from 0 to 1")
    return [*factor[:3], factor[3] if material.get("alphaMode") == "BLEND" else 1.0]


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _matrix(node: Json, place: Place) -> Matrix:
    """Return the matrix (4, 4) from a node to its parent."""
    if "matrix" in node:
        return _numbers(node, "matrix", place, 16, ()).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = _numbers(node, "rotation", place, 4, (0, 0, 0, 1))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix[:3, :3] = turn * _numbers(node, "scale", place, 3, (1, 1, 1))
    matrix[:3, 3] = _numbers(node, "translation", place, 3, (0, 0, 0))
    return matrix


def _numbers(node: Json, name: str, place: Place, count: int, otherwise: tuple[int, ...]) -> NDArray[np.float64]:
    numbers = node.get(name, list(otherwise))
    if not isinstance(numbers, list) or len(numbers) != count or not set(map(type, numbers)) <= {int, float}:
        raise place.at(name).error(f"{told(numbers)} are not {count} numbers")
    if not max(map(abs, numbers)) <= _FURTHEST:
        raise place.at(name).error(f"{told(numbers)} are not {count} numbers of up to {_FURTHEST:g}")
    return np.array(numbers, np.float64)


def _keys(file: Container, order: list[int]) -> dict[int, str]:
    """Return the id of each node: its name, with its number where it shares that or has none."""
    names = {number: _name(file.entries("nodes")[number]) for number in order}
    shared = Counter(names.values())
    keys: dict[int, str] = {}
    for number, name in names.items():
        key = name if name and shared[name] == 1 else f"{name or 'node'}#{number}"
        keys[number] = key if key not in shared or key == name else f"{key}#"
    return keys


def _name(node: Json) -> str:
    name = node.get("name")
    return name.replace("\0", "").strip() if isinstance(name, str) else ""


def _element(file: Container, number: int, keys: dict[int, str], parents: dict[int, int]) -> Element:
    node = file.entries("nodes")[number]
    return Element(
        id=keys[number],
        kind="element",
        type="Mesh" if "mesh" in node else "Node",
        name=_name(node),
        parent=keys.get(parents[number]),
    )


def _notes(file: Container, order: list[int]) -> list[str]:
    left = len(file.entries("nodes")) - len(order)
    return [f"{left:,} nodes are not in the scene that is shown, and are left out"] if left else []
