"""One direction of a library as stored: a folder of Zarr arrays, written atomically."""

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from layers.errors import SourceError
from twin.scenarios.wind.field.frame import Frame
from twin.scenarios.wind.field.grid import GHOSTS, Axis, Grid
from twin.scenarios.wind.field.inflow import Inflow, of_terrain
from twin.scenarios.wind.field.probe import Nearest, Probe, nearest_air
from twin.scenarios.wind.field.solve import Field, into_frame
from twin.scenarios.wind.library.quality import SOLVED_MS
from twin.scenarios.wind.terrain import Terrain

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# Whole numbers of 16 bits: a step of 1/8000 of the unit speed keeps the divergence below 4e-4 of U/dx.
_SPEED_STEP, _K_STEP = 1 / 8000.0, 1 / 30000.0
_ABOVE_ROOF_M = 60.0
_SQUEEZE = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")


@dataclass(frozen=True)
class Facts:
    """The metadata of a direction; lengths in metres, speeds for one metre per second."""

    from_deg: float
    axis_deg: float
    skew_deg: float
    terrain: str
    version: str
    quality: str
    iterations: int
    cells: int
    seconds: float
    volume_ratio: float
    reach: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[float, ...]

    def json(self) -> dict[str, Any]:
        """Return the facts as JSON."""
        return vars(self) | {name: list(getattr(self, name)) for name in "xyz"}


def folder_name(from_deg: float) -> str:
    """Return the name of a direction's folder."""
    return f"{from_deg:05.1f}"


def write(folder: Path, field: Field, facts: Facts, arrays: dict[str, NDArray[Any]]) -> None:
    """Store a field's core and further arrays in ``folder``, which appears only once it is complete."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    group = zarr.open_group(part, mode="w")
    for name, values in {**_core(field, facts), **arrays}.items():
        group.create_array(name, data=values, chunks=_chunks(values), compressors=_SQUEEZE)
    (part / "facts.json").write_text(json.dumps(facts.json()), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def crop(field: Field, reach: float) -> tuple[slice, slice, slice]:
    """Return the cells of the core, up to ``_ABOVE_ROOF_M`` above the highest roof."""
    grid = field.grid
    i, j = (slice(*np.searchsorted(axis.centres, [-reach, reach])) for axis in (grid.x, grid.y))
    top = max((b.top_m for b in field.setup.blocks), default=0.0) + _ABOVE_ROOF_M
    return i, j, slice(0, min(int(np.searchsorted(grid.z.faces, top)) + 1, grid.z.n))


def faces_of(field: Field, reach: float) -> dict[str, tuple[float, ...]]:
    """Return the faces of the core's cells along each axis."""
    axes = zip("xyz", (field.grid.x, field.grid.y, field.grid.z), crop(field, reach), strict=True)
    return {name: tuple(map(float, axis.faces[cells.start : cells.stop + 1])) for name, axis, cells in axes}


def _core(field: Field, facts: Facts) -> dict[str, NDArray[Any]]:
    cells = crop(field, facts.reach)
    core = tuple(slice(s.start + GHOSTS, s.stop + GHOSTS) for s in cells)
    arrays: dict[str, NDArray[Any]] = {"fluid": field.voxels.fluid[cells]}
    for axis, name in enumerate("uvw"):
        faces = tuple(slice(s.start, s.stop + (d == axis)) for d, s in enumerate(core))
        arrays[name] = _quantised(getattr(field.state, name)[faces] / SOLVED_MS, _SPEED_STEP)
    arrays["k"] = _quantised(field.state.k[core] / SOLVED_MS**2, _K_STEP)
    return arrays


def _quantised(values: F32, step: float) -> NDArray[np.int16]:
    return np.asarray(np.clip(np.rint(values / step), -32767, 32767), dtype=np.int16)


def _chunks(values: NDArray[Any]) -> tuple[int, ...]:
    """Return chunks of at most a million cells: whole maps, slabs of a volume."""
    if values.ndim < 3:
        return values.shape
    return tuple(max(1, min(n, 128)) for n in values.shape)


class Entry:
    """A stored direction; arrays are read on first use."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raises SourceError when it is not a stored direction."""
        self.folder = folder
        try:
            document = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
            self.facts = Facts(**{**document, **{name: tuple(document[name]) for name in "xyz"}})
            self._group = zarr.open_group(folder, mode="r")
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SourceError(str(folder), f"is not a stored wind field: {error}") from error

    @property
    def frame(self) -> Frame:
        """Return the frame of the field."""
        return Frame(self.facts.axis_deg, self.facts.skew_deg)

    @cached_property
    def inflow(self) -> Inflow:
        """Return the approach flow, for one metre per second."""
        return of_terrain(Terrain(self.facts.terrain))

    @cached_property
    def grid(self) -> Grid:
        """Return the grid of the core."""
        return Grid(*(Axis(np.asarray(getattr(self.facts, name))) for name in "xyz"))

    def array(self, name: str) -> NDArray[Any]:
        """Return an array as stored."""
        return np.asarray(self._group[name][...])  # type: ignore[index]

    def staggered(self, name: str) -> F32:
        """Return the velocity at the faces across an axis (``u``, ``v``, ``w``), for one metre a second."""
        return self.array(name).astype(np.float32) * np.float32(_SPEED_STEP)

    @cached_property
    def fluid(self) -> NDArray[np.uint8]:
        """Return the cells of air."""
        return self.array("fluid")

    @cached_property
    def _nearest(self) -> Nearest:
        return nearest_air(self.fluid)

    @cached_property
    def centred(self) -> tuple[F32, ...]:
        """Return u, v, w and k in the cells."""
        u, v, w = (self.staggered(name) for name in "uvw")
        k = self.array("k").astype(np.float32) * np.float32(_K_STEP)
        return 0.5 * (u[1:] + u[:-1]), 0.5 * (v[:, 1:] + v[:, :-1]), 0.5 * (w[:, :, 1:] + w[:, :, :-1]), k

    def at(self, points: F64) -> tuple[F64, F64]:
        """Return velocity (n, 3; east, north, up) and k (n,) for one metre a second; outside the core the inflow's."""
        probe = Probe(self.grid, self._nearest, into_frame(self.frame, points), self.inflow.z0)
        u, v, w, k = (probe.read(cells) for cells in self.centred)
        velocity = np.column_stack([u, v, w]) * probe.slowed[:, None]
        velocity[:, :2] = self.frame.back(velocity[:, :2])
        outside = self.outside(points)
        if outside.any():
            z = points[outside, 2]
            towards = np.radians(self.facts.from_deg + 180.0)
            speed = self.inflow.u(z)
            velocity[outside] = np.column_stack([speed * np.sin(towards), speed * np.cos(towards), 0 * speed])
            k[outside] = self.inflow.k(z)
        return velocity, k

    def outside(self, points: F64) -> NDArray[np.bool_]:
        """Return which points lie outside or above the core."""
        turned = into_frame(self.frame, points)
        low = np.array([self.facts.x[0], self.facts.y[0], -np.inf])
        high = np.array([self.facts.x[-1], self.facts.y[-1], self.facts.z[-1]])
        return np.asarray(((turned < low) | (turned > high)).any(axis=1))

    def inside(self, points: F64) -> NDArray[np.bool_]:
        """Return which points lie in solid cells."""
        turned = into_frame(self.frame, points)
        axes = (self.grid.x, self.grid.y, self.grid.z)
        pairs = enumerate(axes)
        cell = tuple(np.clip(np.searchsorted(a.faces, turned[:, d], "right") - 1, 0, a.n - 1) for d, a in pairs)
        return np.asarray((self.fluid[cell] == 0) & ~self.outside(points))
