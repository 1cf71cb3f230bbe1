"""Reads measured configurations from a folder of CSV files.

A folder is one configuration, or contains folders that are. Columns may be in any order, names are case-insensitive,
and other columns are ignored. It has

- ``inflow.csv``: height (``z_m…`` in metres of the model, ``zOverB`` in block widths, ``zOverH`` in block heights),
  mean speed ``U`` or ``U_ms``, and ``k``, or ``sigmaU…`` in m/s, or the intensity ``Iu``;
- ``measurements.csv``: points (``x_m, y_m, z_m``, or ``…OverB``, ``…OverH``; x east, y north) and one of

  - ``U, V, W`` (or two of them), m/s: components of the mean, U to the east, V to the north; their length is compared;
  - ``speed_ms``, or ``U_ms`` alone: speed of an omnidirectional probe, so the mean of the instantaneous speed;
  - ``speed_over_uref`` with ``uref_ms`` or ``zref_m``: the same over the reference.

  Speeds in m/s are taken over ``uref_ms``, or the inflow at ``zref_m``, or else at the tallest roof. A row may name a
  ``variant`` and the direction: ``wind_from_deg`` (or ``wind_deg``, ``from_deg``, ``direction``; degrees clockwise from
  north or N, NNE…, blowing from), or an ``angle_deg`` alone, by which the wind has turned clockwise from west
  (from 270 + angle); where there is neither it blows from 270. Rows without a speed were not measured and are left out;
- ``geometry.csv`` (or ``buildings``, ``blocks``; or the same as ``.geojson`` in metres of a plane): ``cx_m, cy_m,
  width_m`` (along x), ``length_m`` (along y) and ``turned_deg`` (counter-clockwise), or a ground plan ``wkt``;
  ``height_m`` or, for each variant, ``height_<variant>``; and ``base_m`` where it is not the ground. Without it lengths
  are in block widths b, and the geometry is the one block of AIJ's case A (b x b x 2b about the origin).

Lengths of a wind tunnel's model are scaled up: neutral flow does not depend on the scale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import affinity, box

from layers.errors import SourceError
from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.inflow import Inflow, measured
from twin.scenarios.wind.skill.case import FULL_SIZE_M, Case, Quantity, usual_size
from twin.scenarios.wind.skill.plans import blocks_of
from twin.scenarios.wind.skill.sheet import Sheet, read_csv

F64 = NDArray[np.float64]
# k over the variance of the along-wind component, where only that was measured; 0.85 in the approach flow of case A.
_K_OVER_VARIANCE = 0.85
_MODEL_SIZE_MOST = 3.0  # smaller blocks are a wind tunnel's model, not a city in metres

_DIRECTION = (
    "wind_from_deg",
    "wind_from",
    "wind_deg",
    "from_deg",
    "direction_deg",
    "wind_direction",
    "direction",
    "wind",
)
_ANGLE = ("source_angle_deg", "angle_deg", "angle")
_FROM_ZERO_ANGLE = 270.0
_COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_SPEED = ("speed_ms", "speed", "u_ms", "u")
_RATIO = ("speed_over_uref", "u_over_uref", "speed_ratio")
_REFERENCE = ("uref_ms", "uref", "reference_ms")
_REFERENCE_HEIGHT = ("zref_m", "z_ref_m", "zref")
# Units of length by the end of a column's name.
_UNITS = {"overb": "b", "overh": "H"}


@dataclass(frozen=True)
class _Scene:
    """The blocks at full scale, and the metres at full scale of one unit of length in the files."""

    blocks: tuple[Block, ...]
    scale: float

    def metres(self, unit: str) -> float:
        """Return the metres of one unit: the file's metre, a block's width b, or its height H (medians of all)."""
        if unit == "m":
            return self.scale
        sizes = [b.outline.area**0.5 if unit == "b" else b.top_m - b.base_m for b in self.blocks]
        return float(np.median(sizes))


def read_cases(folder: Path) -> list[Case]:
    """Return the runs of a folder and of the folders in it; raises SourceError that names file, column and row."""
    cases = [case for one in _configurations(folder) for case in _cases(one)]
    if not cases:
        raise SourceError(str(folder), "there is no measurements.csv in this folder or its subfolders")
    return cases


def _configurations(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise SourceError(str(folder), "is not a folder")
    for path in (folder, *sorted(folder.iterdir())):
        if (path / "measurements.csv").is_file():
            yield path


def _cases(folder: Path) -> Iterator[Case]:
    sheet, inflow = read_csv(folder / "measurements.csv"), read_csv(folder / "inflow.csv")
    name = sheet.find(("variant", "configuration"))
    variants = np.full(len(sheet.rows), "") if name is None else sheet.rows[name].astype(str).to_numpy()
    directions = _directions(sheet)
    for variant, from_deg in sorted({(str(v), float(d)) for v, d in zip(variants, directions, strict=True)}):
        part = sheet.only((variants == variant) & (directions == from_deg))
        yield _case(folder, (variant, from_deg), part, inflow)


def _directions(sheet: Sheet) -> F64:
    """Return where the wind of each row blows from, degrees clockwise from north."""
    name = sheet.find(_DIRECTION)
    if name is None:
        angles = sheet.number(_ANGLE)
        return _FROM_ZERO_ANGLE + (np.zeros(len(sheet.rows)) if angles is None else angles)
    words = sheet.rows[name].astype(str).str.strip().str.upper()
    if words.isin(_COMPASS).all():
        return np.array([22.5 * _COMPASS.index(word) for word in words])
    return sheet.numbers(name)[:, 0] % 360.0


def _case(folder: Path, run: tuple[str, float], sheet: Sheet, inflow: Sheet) -> Case:
    scene = _scene(folder, run[0], sheet)
    profile = _inflow(inflow, scene)
    speeds = _speeds(sheet, scene, profile)
    sheet = sheet.without_blanks(speeds.columns)
    if sheet.rows.empty:
        raise SourceError(sheet.path, f"nothing was measured in {' '.join(map(str, run))}: all speeds are empty")
    columns, unit = _places(sheet, ("x", "y", "z"))
    return Case(
        folder.name, *run, scene.blocks, profile,
        points=sheet.numbers(*columns) * scene.metres(unit),
        observed=speeds.over_reference(sheet),
        reference_ms=speeds.reference_ms,
        quantity=speeds.quantity,
        unit_m=scene.metres(unit),
        size_m=usual_size(scene.blocks),
        components=speeds.components,
        unit=unit,
    )  # fmt: skip


def _scene(folder: Path, variant: str, sheet: Sheet) -> _Scene:
    blocks = blocks_of(folder, variant)
    if blocks is None:
        if sheet.find(("xoverb",)) is None:
            message = "this file is missing, and lengths are not in block widths (xOverB)"
            raise SourceError(str(folder / "geometry.csv"), message)
        blocks = [Block("block/0", box(-0.5, -0.5, 0.5, 0.5), 0.0, 2.0)]
    usual = usual_size(blocks)
    scale = FULL_SIZE_M / usual if usual < _MODEL_SIZE_MOST else 1.0
    return _Scene(tuple(_scaled(block, scale) for block in blocks), scale)


def _scaled(block: Block, scale: float) -> Block:
    outline = affinity.scale(block.outline, scale, scale, origin=(0, 0))
    return replace(block, outline=outline, base_m=block.base_m * scale, top_m=block.top_m * scale)


def _places(sheet: Sheet, axes: Sequence[str]) -> tuple[list[str], str]:
    """Return the columns of some axes, and their unit."""
    for ending, unit in _UNITS.items():
        if sheet.find([axes[0] + ending]) is not None:
            return [sheet.need([axis + ending], f"the place along {axis}") for axis in axes], unit
    return [sheet.need(_metres(sheet, axis), f"the place along {axis}") for axis in axes], "m"


def _metres(sheet: Sheet, axis: str) -> list[str]:
    longer = [name for name in sheet.rows.columns if str(name).startswith(f"{axis}_m_")]
    return [f"{axis}_m", axis, *longer]


@dataclass(frozen=True)
class _Speeds:
    """The columns of the measured speeds, and their reference."""

    columns: tuple[str, ...]
    quantity: Quantity
    components: tuple[int, ...]
    reference_ms: float
    ratio: bool

    def over_reference(self, sheet: Sheet) -> F64:
        """Return the speeds of rows over the reference (n,)."""
        lengths: F64 = np.linalg.norm(sheet.numbers(*self.columns), axis=1)
        return lengths if self.ratio else lengths / self.reference_ms


def _speeds(sheet: Sheet, scene: _Scene, profile: Inflow) -> _Speeds:
    ratio = sheet.find(_RATIO)
    reference = _reference(sheet, scene, profile, needed=ratio is not None)
    if ratio is not None:
        return _Speeds((ratio,), "scalar", (0, 1, 2), reference, ratio=True)
    components = {n: name for n, letter in enumerate("uvw") if (name := sheet.find((letter, f"{letter}_ms")))}
    if len(components) > 1:
        return _Speeds(tuple(components.values()), "vector", tuple(components), reference, ratio=False)
    name = sheet.need(_SPEED, "the speeds: U and V and W, speed_ms, or speed_over_uref")
    return _Speeds((name,), "scalar", (0, 1, 2), reference, ratio=False)


def _reference(sheet: Sheet, scene: _Scene, profile: Inflow, *, needed: bool) -> float:
    """Return the reference speed, m/s: as stated, or that of the inflow at a stated height or at the tallest roof."""
    speeds, height = sheet.number(_REFERENCE), sheet.number(_REFERENCE_HEIGHT)
    if speeds is not None:
        if np.ptp(speeds) > 1e-3 * speeds[0] or speeds[0] <= 0:
            raise SourceError(sheet.path, "the reference speed of a run must be one positive number", sheet.at(0))
        return float(speeds[0])
    if height is None and needed:
        sheet.need((*_REFERENCE, *_REFERENCE_HEIGHT), "the speed that the measurements are over")
    top = max(block.top_m for block in scene.blocks) if height is None else height[0] * scene.scale
    return float(profile.u(np.array([top]))[0])


def _inflow(sheet: Sheet, scene: _Scene) -> Inflow:
    (height,), unit = _places(sheet, ("z",))
    speed = sheet.need(("u", "u_ms", "speed_ms", "speed"), "the mean speed")
    sheet = sheet.only(sheet.rows[height].ne(0.0)).only_sorted(height)
    z, u = sheet.numbers(height, speed).T
    k = _turbulence(sheet, u)
    for wrong, column in ((np.diff(z, prepend=0.0) <= 0, height), (u <= 0, speed), (k <= 0, "k")):
        if wrong.any():
            place = sheet.at(int(np.flatnonzero(wrong)[0]))
            raise SourceError(sheet.path, f"{column}: heights must differ, and U and k must be positive", place)
    return measured(z * scene.metres(unit), u, k)


def _turbulence(sheet: Sheet, speed: F64) -> F64:
    """Return k as measured, or from the variance along the wind, or from the turbulence intensity."""
    k: Any = sheet.number(("k", "k_m2s2", "tke"))
    if k is not None:
        return np.asarray(k)
    intensity = sheet.number(("iu", "intensity"))
    if intensity is not None:
        return _K_OVER_VARIANCE * (intensity * speed) ** 2
    sigma = sheet.need(("sigmau", "sigmau_ms", "sigma_u", "sigma_u_ms"), "the turbulence: k, sigmaU or Iu")
    return _K_OVER_VARIANCE * sheet.numbers(sigma)[:, 0] ** 2
