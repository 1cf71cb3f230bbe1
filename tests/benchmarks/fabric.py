"""Generated buildings: a district of towns and villages, the same for the same number and seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# West, south, east, north of Pudong New Area, degrees of CGCS2000.
EXTENT = (121.45, 30.85, 121.95, 31.40)
SEED = 20260815
METRES_PER_DEGREE = 111_320.0
TOWNS = 90
# How many of the buildings stand in towns; the others are spread over the whole extent.
IN_TOWN = 0.75

Floats = npt.NDArray[np.float64]

# Outlines in a square of side 1 around the origin, counter-clockwise, with their share of all buildings.
_OUTLINES: tuple[tuple[float, list[tuple[float, float]]], ...] = (
    (0.08, [(-0.5, -0.5), (0.5, -0.5), (0.4, 0.5), (-0.5, 0.35)]),
    (0.52, [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]),
    (0.05, [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.2), (0.2, 0.5), (-0.5, 0.5)]),
    (0.18, [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.0), (0.1, 0.0), (0.1, 0.5), (-0.5, 0.5)]),
    (0.05, [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.2, 0.5), (0.2, 0.0), (-0.2, 0.0), (-0.2, 0.5), (-0.5, 0.5)]),
    (0.05, [(-0.15, -0.5), (0.15, -0.5), (0.15, 0.1), (0.5, 0.1), (0.5, 0.5), (-0.5, 0.5), (-0.5, 0.1), (-0.15, 0.1)]),
    (0.02, [(-0.5, -0.2), (-0.2, -0.5), (0.2, -0.5), (0.5, -0.2), (0.5, 0.2), (0.2, 0.5), (-0.2, 0.5), (-0.5, 0.2)]),
    (0.05, [(-0.2, -0.5), (0.2, -0.5), (0.2, -0.2), (0.5, -0.2), (0.5, 0.2), (0.2, 0.2),
            (0.2, 0.5), (-0.2, 0.5), (-0.2, 0.2), (-0.5, 0.2), (-0.5, -0.2), (-0.2, -0.2)]),
)  # fmt: skip
_KINDS = (
    # class, use, share, median height in metres, the Chinese and the English word that names one
    ("apartments", "residential", 0.42, 18.0, "苑", "Garden"),
    ("house", "residential", 0.27, 7.0, "宅", "House"),
    ("industrial", "industrial", 0.11, 10.0, "厂房", "Works"),
    ("office", "office", 0.06, 40.0, "大厦", "Tower"),
    ("retail", "retail", 0.06, 12.0, "商场", "Mall"),
    ("school", "education", 0.03, 14.0, "学校", "School"),
    ("hotel", "hotel", 0.02, 35.0, "酒店", "Hotel"),
    ("hospital", "medical", 0.01, 22.0, "医院", "Hospital"),
    ("public", "culture", 0.01, 15.0, "文化馆", "Hall"),
    ("yes", "other", 0.01, 6.0, "楼", "Block"),
)
_STREETS = (
    "世纪大道", "浦东大道", "杨高路", "张杨路", "川沙路", "祖冲之路", "沪南公路", "金海路", "龙东大道", "南六公路",
)  # fmt: skip
_WORDS = (("陆家嘴", "Lujiazui"), ("张江", "Zhangjiang"), ("川沙", "Chuansha"), ("金桥", "Jinqiao"),
          ("三林", "Sanlin"), ("惠南", "Huinan"), ("周浦", "Zhoupu"), ("高桥", "Gaoqiao"))  # fmt: skip
COLUMNS = (
    "dataset", "source_key", "source_crs", "quality", "geom", "valid",
    "name", "name_en", "class", "use", "height_m", "min_height_m", "floors", "height_source", "has_parts",
    "address", "start_year",
)  # fmt: skip
TYPES = (
    "text", "text", "text", "float4", "bytea", "tstzrange",
    "text", "text", "text", "text", "float4", "float4", "int4", "text", "bool", "text", "int4",
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Consecutive buildings, as arrays."""

    first: int
    x: Floats
    y: Floats
    town: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    outline: npt.NDArray[np.int64]
    turn: Floats
    side: Floats
    depth: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.x)


def batches(count: int, size: int) -> Iterator[Batch]:
    """Yield ``count`` buildings, ``size`` at a time."""
    chance = np.random.default_rng(SEED)
    towns = _towns(chance)
    for first in range(0, count, size):
        yield _batch(chance, towns, first, min(size, count - first))


def rows(batch: Batch, valid: object) -> Iterator[tuple[Any, ...]]:
    """Yield the values of ``COLUMNS`` for each building, all of them ``valid`` alike; the geometry is EWKB."""
    shapes = _shapes(batch)
    for i in range(len(batch)):
        yield ("bench", f"b{batch.first + i}", "EPSG:4490", 0.3, shapes[i], valid, *_typed(batch, i))


def _towns(chance: np.random.Generator) -> dict[str, Floats]:
    west, south, east, north = EXTENT
    size = 1 / np.arange(1, TOWNS + 1) ** 0.7
    return {
        "x": chance.uniform(west, east, TOWNS),
        "y": chance.uniform(south, north, TOWNS),
        "spread": chance.uniform(0.006, 0.022, TOWNS),
        "turn": chance.uniform(0, np.pi / 2, TOWNS),
        "share": size / size.sum(),
    }


def _batch(chance: np.random.Generator, towns: dict[str, Floats], first: int, count: int) -> Batch:
    west, south, east, north = EXTENT
    town = chance.choice(TOWNS, count, p=towns["share"])
    scattered = chance.random(count) > IN_TOWN
    x = towns["x"][town] + chance.normal(0, 1, count) * towns["spread"][town]
    y = towns["y"][town] + chance.normal(0, 1, count) * towns["spread"][town]
    # Buildings outside the extent are scattered instead.
    scattered |= (x < west) | (x > east) | (y < south) | (y > north)
    x = np.where(scattered, chance.uniform(west, east, count), x)
    y = np.where(scattered, chance.uniform(south, north, count), y)
    return Batch(
        first, x, y, town,
        kind=chance.choice(len(_KINDS), count, p=[kind[2] for kind in _KINDS]),
        outline=chance.choice(len(_OUTLINES), count, p=[share for share, _ in _OUTLINES]),
        turn=towns["turn"][town] + chance.normal(0, 0.04, count),
        side=np.clip(chance.lognormal(2.9, 0.45, count), 5, 140),
        depth=np.clip(chance.lognormal(2.5, 0.35, count), 5, 80),
        chance=chance.random((count, 6)),
    )  # fmt: skip


def _shapes(batch: Batch) -> list[bytes]:
    """Return the footprints as EWKB multipolygons in EPSG:4490."""
    shapes = [b""] * len(batch)
    for number, (_, outline) in enumerate(_OUTLINES):
        indices = np.flatnonzero(batch.outline == number)
        for place, shape in zip(indices, _encoded(_placed(batch, indices, outline)), strict=True):
            shapes[place] = shape
    return shapes


def _placed(batch: Batch, indices: npt.NDArray[np.int64], outline: list[tuple[float, float]]) -> Floats:
    """Return the closed rings of one outline, scaled, turned and moved: degrees, longitude first."""
    corners = np.array([*outline, outline[0]])
    along = corners[:, 0] * batch.side[indices, None]
    across = corners[:, 1] * batch.depth[indices, None]
    cos, sin = np.cos(batch.turn[indices, None]), np.sin(batch.turn[indices, None])
    y = batch.y[indices, None] + (along * sin + across * cos) / METRES_PER_DEGREE
    narrow = METRES_PER_DEGREE * np.cos(np.radians(batch.y[indices, None]))
    x = batch.x[indices, None] + (along * cos - across * sin) / narrow
    return np.stack([x, y], axis=-1)


def _encoded(rings: Floats) -> Iterator[bytes]:
    uint32 = np.dtype("<u4")
    head = b"\x01" + np.array([0x20000006, 4490, 1], uint32).tobytes()
    head += b"\x01" + np.array([3, 1, rings.shape[1]], uint32).tobytes()
    for ring in rings.astype("<f8"):
        yield head + ring.tobytes()


def _typed(batch: Batch, i: int) -> tuple[Any, ...]:
    kind, use, _, usual, zh, en = _KINDS[batch.kind[i]]
    a, b, c, d, e, f = batch.chance[i].tolist()
    height = round(usual * (0.5 + 1.5 * a * a + (4 * (b - 0.97) / 0.03 if b > 0.97 else 0)), 1)
    number, (word, english) = int(c * 2000), _WORDS[batch.town[i] % len(_WORDS)]
    has_name = e < 0.12
    return (
        f"{word}{number}号{zh}" if has_name else None,
        f"{english} {en} {number}" if e < 0.06 else None,
        kind,
        use,
        height,
        0.0,
        max(1, int(height / 3.1)),
        ("tagged", "floors", "estimated")[int(d * 3)],
        d > 0.98,
        f"{_STREETS[int(d * len(_STREETS))]}{number}号" if f < 0.6 else None,
        1978 + int(f * 47),
    )
