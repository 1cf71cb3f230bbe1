"""The reference wind: every source of wind is converted to it, and the field library scales with it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from layers.errors import ParameterError
from twin.warnings.beaufort import FASTEST_MS
from twin.warnings.warning import check_year

MOST_STEPS = 1000


@dataclass(frozen=True)
class ReferenceWind:
    """Wind over open flat country (GB 50009 category B), 10 m above ground, mean of ten minutes.

    ``time`` is aware and in UTC; ``from_deg`` is where it blows from, degrees clockwise from north, [0, 360).
    ``sigma_ms`` and ``spread_deg`` are standard uncertainties; ``source`` states its origin in a sentence.
    """

    time: datetime
    speed_ms: float
    from_deg: float
    sigma_ms: float = 0.0
    spread_deg: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse impossible values; 360 degrees becomes 0, and the time is converted to UTC."""
        object.__setattr__(self, "time", to_utc(self.time, "time"))
        check_speed(self.speed_ms, "speed_ms")
        object.__setattr__(self, "from_deg", check_direction(self.from_deg, "from_deg"))
        check_range(self.sigma_ms, "sigma_ms", (0.0, FASTEST_MS), "m/s")
        check_range(self.spread_deg, "spread_deg", (0.0, 180.0), "degrees")


@dataclass(frozen=True)
class Window:
    """A span of time and its steps: ``start``, ``start + step``, … up to and including ``end`` where it is reached."""

    start: datetime
    end: datetime
    step: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        """Refuse a span that ends before it starts or has more steps than a run may have."""
        for field in ("start", "end"):
            object.__setattr__(self, field, to_utc(getattr(self, field), field))
        if self.end < self.start:
            raise ParameterError("end", f"{self.end.isoformat()} is before the start, {self.start.isoformat()}")
        if not timedelta(minutes=1) <= self.step <= timedelta(days=1):
            raise ParameterError("step", f"a step of {self.step} is not between one minute and one day")
        if self.count > MOST_STEPS:
            raise ParameterError(
                "step", f"{self.count} steps are more than the {MOST_STEPS} of a run; take longer steps"
            )

    @property
    def count(self) -> int:
        """Return how many times there are."""
        return (self.end - self.start) // self.step + 1

    def times(self) -> Iterator[datetime]:
        """Yield the times, aware and in UTC."""
        return (self.start + index * self.step for index in range(self.count))


def to_utc(instant: datetime, field: str) -> datetime:
    """Return a time in UTC; one without an offset is refused."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ParameterError(field, f"{instant.isoformat()} has no offset from UTC, such as +08:00")
    return check_year(instant, field).astimezone(UTC)


def check_speed(speed_ms: float, field: str) -> float:
    """Return a speed in m/s that wind near the ground can have; NaN is refused."""
    if not 0.0 <= speed_ms <= FASTEST_MS:
        raise ParameterError(field, f"{speed_ms} m/s is not a wind speed near the ground; give 0 to {FASTEST_MS:g}")
    return speed_ms


def check_direction(degrees: float, field: str) -> float:
    """Return a direction in [0, 360); 360 is north as well, and anything else outside is refused."""
    if not 0.0 <= degrees <= 360.0:
        raise ParameterError(field, f"{degrees} is not a direction; give 0 to 360 degrees clockwise from north")
    return 0.0 if degrees == 360.0 else degrees


def check_range(value: float, field: str, bounds: tuple[float, float], unit: str) -> float:
    """Return a number within closed bounds; NaN is refused."""
    if not bounds[0] <= value <= bounds[1]:
        raise ParameterError(field, f"{value} {unit} is not within {bounds[0]:g} to {bounds[1]:g}")
    return value


def check_place(lon: float, lat: float) -> None:
    """Refuse coordinates out of range; degrees, WGS 84 or CGCS2000."""
    check_range(lon, "lon", (-180.0, 180.0), "degrees of longitude")
    check_range(lat, "lat", (-90.0, 90.0), "degrees of latitude")


def components(speed_ms: float, from_deg: float) -> tuple[float, float]:
    """Return the speeds east and north that a wind from a direction blows with, m/s."""
    angle = math.radians(from_deg)
    return -speed_ms * math.sin(angle), -speed_ms * math.cos(angle)


def from_components(east: float, north: float) -> tuple[float, float]:
    """Return speed in m/s and direction, [0, 360) degrees blowing from, of speeds east and north."""
    degrees = math.degrees(math.atan2(-east, -north)) % 360.0
    return math.hypot(east, north), 0.0 if degrees >= 360.0 else degrees


def turn_deg(first: float, second: float) -> float:
    """Return the smaller angle between two directions, 0 to 180 degrees."""
    return abs((first - second + 180.0) % 360.0 - 180.0)
