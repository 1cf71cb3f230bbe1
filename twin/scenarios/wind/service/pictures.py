"""Pictures and plots of a wind for people: gusts as an image, a section, a profile."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import ParameterError
from layers.space import LocalPlane
from twin.scenarios.wind.library.library import Library, Wind, WindMap
from twin.scenarios.wind.service.screen import Screen, filled

F64 = NDArray[np.float64]
# Classes of gusts at pedestrian height, m/s, and the four colours of warnings; pale below the first.
CLASSES = (5.0, 10.0, 15.0, 20.0, 25.0)
_COLORS = ("#e8f1fa", "#a6cbef", "#1e6fff", "#f2c300", "#ff7a00", "#e02020")
_ALPHA = 200
SECTION_POINTS, SECTION_MOST_M = 160, 3000.0
_LEVELS = np.concatenate([np.arange(2, 30, 4), np.arange(30, 100, 10), np.arange(100, 700, 25)]).astype(float)
PROFILE_M = _LEVELS


@dataclass(frozen=True)
class Line:
    """A line on the ground from one place to another, degrees (EPSG:4490), longitude first."""

    first: tuple[float, float]
    last: tuple[float, float]


@dataclass(frozen=True)
class View:
    """Fields as one reader may see them, and their plane."""

    library: Library
    plane: LocalPlane
    screen: Screen

    def wind(self, points: F64, wind: Wind, shape: tuple[int, ...]) -> tuple[F64, F64, F64, NDArray[np.bool_]]:
        """Return mean, gust, velocity and whether inside a building, at points of a grid of this shape."""
        samples = self.library.sample(points, [wind])
        (mean, gust), velocity = samples.speeds(wind), samples.velocities(wind)
        inside, covered = self.library.inside(points), self.screen.covers(points)
        if not (inside & covered).any():
            return mean, gust, velocity, inside
        blank, hidden = inside.reshape(shape), covered.reshape(shape)
        mean, gust = (filled(values.reshape(shape), blank, hidden).ravel() for values in (mean, gust))
        parts = [filled(part.reshape(shape), blank, hidden).ravel() for part in velocity.T]
        return mean, gust, np.column_stack(parts), inside & ~covered


def png(wind_map: WindMap) -> bytes:
    """Return gusts as a picture by classes, the first row in the north, transparent inside buildings."""
    from matplotlib.image import imsave

    classes = np.searchsorted(CLASSES, np.nan_to_num(wind_map.gust), side="right")
    palette = np.array([[*_rgb(color), _ALPHA] for color in _COLORS], dtype=np.uint8)
    picture = palette[classes]
    picture[np.isnan(wind_map.gust)] = 0
    target = BytesIO()
    imsave(target, picture[::-1], format="png")
    return target.getvalue()


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def raw(wind_map: WindMap) -> bytes:
    """Return u, v and gust as little-endian float32, three blocks of rows from the south."""
    return np.stack([wind_map.u, wind_map.v, wind_map.gust]).astype("<f4").tobytes()


def section(view: View, line: Line, wind: Wind) -> dict[str, Any]:
    """Return the wind in the vertical plane over a line: distances, heights, and values by height and distance."""
    ends = view.plane.xy(np.array([line.first, line.last]))
    length = float(np.hypot(*(ends[1] - ends[0])))
    if not 10.0 <= length <= SECTION_MOST_M:
        raise ParameterError("to_lon", f"the line is {length:.0f} m long; it must be 10 to {SECTION_MOST_M:.0f} m")
    fractions = np.linspace(0.0, 1.0, SECTION_POINTS)
    xy = ends[0] + fractions[:, None] * (ends[1] - ends[0])
    points = np.column_stack([np.tile(xy, (len(_LEVELS), 1)), np.repeat(_LEVELS, len(xy))])
    shape = (len(_LEVELS), len(xy))
    mean, gust, velocity, inside = view.wind(points, wind, shape)
    towards = (ends[1] - ends[0]) / length
    return {
        "distance_m": np.round(fractions * length, 1).tolist(),
        "z_m": _LEVELS.tolist(),
        "mean_ms": _table(mean, shape),
        "gust_ms": _table(gust, shape),
        "along_ms": _table(velocity[:, :2] @ towards, shape),
        "up_ms": _table(velocity[:, 2], shape),
        "inside": inside.reshape(shape).tolist(),
    }


def profile(view: View, place: tuple[float, float], wind: Wind) -> dict[str, Any]:
    """Return the wind over a place by height."""
    xy = view.plane.xy(np.array([place]))
    points = np.column_stack([np.tile(xy, (len(PROFILE_M), 1)), PROFILE_M])
    mean, gust, velocity, inside = view.wind(points, wind, (len(points),))
    from_deg = np.degrees(np.arctan2(-velocity[:, 0], -velocity[:, 1])) % 360.0
    return {
        "z_m": PROFILE_M.tolist(),
        "mean_ms": np.round(mean, 2).tolist(),
        "gust_ms": np.round(gust, 2).tolist(),
        "from_deg": np.round(from_deg, 1).tolist(),
        "inside": inside.tolist(),
    }


def _table(values: F64, shape: tuple[int, int]) -> list[list[float]]:
    rows: list[list[float]] = np.round(values.reshape(shape), 2).tolist()
    return rows
