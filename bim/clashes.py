"""Clashes of elements that a reader may see: of two models, of two disciplines of a model, or within one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from bim.clash import Clash, Solid, Tolerance, candidates, clash_of
from bim.georeference import Placement
from bim.model import Body
from bim.models import ModelVersion
from bim.packing import unpack
from bim.query import ElementQuery, matching
from bim.tileset import View, count_triangles, members_of, read_meshes
from layers.errors import InputError

Json = dict[str, Any]
Tell = Callable[[int, int], None]
_NAMED = ("fid", "class", "name", "storey_name", "discipline")
# Bodies that are kept ready while pairs are gone through in order of their first.
_READY = 2048
_NARROWER = "narrow it by disciplines=structure,hvac, storey= or class=, or ask on the command line: twin bim clash"


@dataclass(frozen=True)
class Side:
    """Elements of a model, as a reader sees them, that are held against others; rooms are never among them."""

    version: ModelVersion
    view: View
    query: ElementQuery = field(default_factory=ElementQuery)


@dataclass(frozen=True)
class ClashOptions:
    """The tolerance, and the most pairs, triangles and seconds that are spent on one question (None: any)."""

    tolerance: Tolerance = field(default_factory=Tolerance)
    most_pairs: int | None = None
    most_triangles: int | None = None
    most_seconds: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two elements, by their rows, and their clash in the frame of the first model."""

    first: Any
    second: Any
    clash: Clash

    def json(self, placement: Placement) -> Json:
        """Return it as JSON, with its place on the map (longitude, latitude, height)."""
        ((lon, lat, height),) = placement.geodetic(np.array([self.clash.point]))
        inner = None if self.clash.inner is None else (self.first, self.second)[self.clash.inner]["source_key"]
        return {
            "kind": self.clash.kind,
            "depth_m": self.clash.depth_m,
            "first": _named(self.first),
            "second": _named(self.second),
            "inside": inner,
            "position": [float(lon), float(lat), float(height)],
            "point": list(self.clash.point),
            "box": list(self.clash.box),
            "undecided": self.clash.undecided,
        }


@dataclass(frozen=True)
class Report:
    """How many elements and pairs of them were compared, and those that clash, the deepest first."""

    first: int
    second: int
    pairs: int
    clashes: tuple[Pair, ...]


class _Members:
    """The elements of one side, their boxes (n, 6) in the common frame, and their bodies when they are wanted."""

    def __init__(self, connection: Connection, side: Side, frame: Placement) -> None:
        rows = matching(connection, side.view, side.version.id, side.query)
        statement = members_of(rows).where(rows.c.kind != "space")
        self.rows = connection.execute(statement).mappings().all()
        self.to_frame = between(side.version.placement, frame)
        boxes = np.array([row["box"] for row in self.rows], float).reshape(-1, 6)
        self.boxes = _moved_boxes(boxes, self.to_frame)

    def solids(self, contents: dict[str, bytes]) -> Callable[[int], Solid]:
        """Return what makes the n-th element ready, and keeps it for a while."""

        @lru_cache(_READY)
        def ready(number: int) -> Solid:
            row = self.rows[number]
            matrix = np.vstack([np.reshape(row["matrix"], (3, 4)), [0.0, 0.0, 0.0, 1.0]])
            return Solid.of(Body(unpack(contents[row["mesh"]]), self.to_frame @ matrix))

        return ready


def clashes(connection: Connection, sides: tuple[Side, Side | None], options: ClashOptions, tell: Tell) -> Report:
    """Compare two sides, or with one only its elements with each other; parts are not held against what they are of.

    Raises InputError, saying how to narrow the question, where it is larger than the options allow.
    """
    side, other_side = sides
    frame = side.version.placement
    first = _Members(connection, side, frame)
    second = first if other_side is None else _Members(connection, other_side, frame)
    other_boxes = None if other_side is None else second.boxes
    pairs = candidates(first.boxes, other_boxes, options.tolerance.metres)
    if other_side is None or other_side.version.id == side.version.id:
        pairs = _unrelated(pairs, first.rows, second.rows, _parents(connection, side.view, side.version.id))
    _refuse_many(len(pairs), options)
    used = [side.rows[i]["mesh"] for n, side in enumerate((first, second)) for i in np.unique(pairs[:, n]).tolist()]
    _refuse_large(count_triangles(connection, used), options)
    contents = read_meshes(connection, used)
    found = list(_compare(pairs, (first, second), contents, options, tell))
    found.sort(key=lambda pair: -pair.clash.depth_m)
    return Report(len(first.rows), len(second.rows), len(pairs), tuple(found))


def between(model: Placement, frame: Placement) -> NDArray[np.float64]:
    """Return the (4, 4) matrix that takes points of one model to the frame of another, by geocentric coordinates."""
    if model == frame:
        return np.eye(4)
    one, two = model.ecef_matrix(), frame.ecef_matrix()
    back = np.linalg.inv(two[:3, :3])
    matrix = np.eye(4)
    matrix[:3, :3] = back @ one[:3, :3]
    # Places are six million metres from the middle of the earth: subtracted before they are turned.
    matrix[:3, 3] = back @ (one[:3, 3] - two[:3, 3])
    return matrix


def _compare(
    pairs: NDArray[np.int64],
    members: tuple[_Members, _Members],
    contents: dict[str, bytes],
    options: ClashOptions,
    tell: Tell,
) -> Iterator[Pair]:
    first, second = (side.solids(contents) for side in members)
    began = monotonic()
    for done, (i, j) in enumerate(pairs.tolist(), 1):
        clash = clash_of(first(i), second(j), options.tolerance)
        if clash is not None:
            yield Pair(members[0].rows[i], members[1].rows[j], clash)
        tell(done, len(pairs))
        if done == 1:
            # The first of a process waits until the loops are compiled: no fault of the question.
            began = monotonic()
        if options.most_seconds is not None and monotonic() - began > options.most_seconds:
            raise InputError(
                f"after {options.most_seconds:g} s {done} of {len(pairs)} pairs had been compared; {_NARROWER}"
            )


def _refuse_many(pairs: int, options: ClashOptions) -> None:
    if options.most_pairs is not None and pairs > options.most_pairs:
        raise InputError(
            f"{pairs} pairs of elements reach into each other's boxes; {options.most_pairs} is the most of one"
            f" answer: {_NARROWER}"
        )


def _refuse_large(triangles: int, options: ClashOptions) -> None:
    if options.most_triangles is not None and triangles > options.most_triangles:
        raise InputError(
            f"the elements to compare have {triangles} triangles; {options.most_triangles} is the most of one"
            f" answer: {_NARROWER}"
        )


def _parents(connection: Connection, view: View, model: str) -> dict[str, str | None]:
    rows = view.rows(model)
    found = connection.execute(select(rows.c.source_key, rows.c.parent))
    return {row.source_key: row.parent for row in found}


def _unrelated(
    pairs: NDArray[np.int64], first: Sequence[Any], second: Sequence[Any], parents: dict[str, str | None]
) -> NDArray[np.int64]:
    """Return the pairs of which neither is the other, nor a part of it."""
    keys = [(first[i]["source_key"], second[j]["source_key"]) for i, j in pairs.tolist()]
    above = {key: _above(key, parents) for pair in keys for key in pair}
    apart = [one not in above[two] and two not in above[one] for one, two in keys]
    return np.asarray(pairs[np.array(apart, bool)])


def _above(key: str, parents: dict[str, str | None]) -> set[str]:
    """Return an element with all that it is a part of."""
    found: set[str] = set()
    at: str | None = key
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return found


def _moved_boxes(boxes: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes (n, 6) around boxes that were moved."""
    low, high = boxes[:, :3], boxes[:, 3:]
    middle = (low + high) / 2 @ matrix[:3, :3].T + matrix[:3, 3]
    half = (high - low) / 2 @ np.abs(matrix[:3, :3]).T
    return np.concatenate([middle - half, middle + half], axis=1)


def _named(row: Any) -> Json:
    return {"id": row["source_key"], **{name: row[name] for name in _NAMED}}
