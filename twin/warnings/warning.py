"""One weather warning 气象预警, independent of the format it was received in."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import cached_property

import shapely

from layers.errors import ParameterError
from layers.title import Title
from twin.hazard import Level
from twin.warnings.divisions import contains
from twin.warnings.kinds import KINDS
from twin.warnings.stated_wind import StatedWind, stated_wind

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Beijing time, which all notices of Chinese offices are in; it has no daylight saving."""

# No notice is valid for longer; a later date is a misprint.
_LONGEST = timedelta(days=31)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EARTH_KM = 6371.0088

Ring = tuple[tuple[float, float], ...]


class Status(StrEnum):
    """What a message does to the warning: 发布, 更新, 解除."""

    ISSUED = "issued"
    UPDATED = "updated"
    CANCELLED = "cancelled"

    @property
    def label(self) -> Title:
        """Return the display name."""
        zh = {"issued": "发布", "updated": "更新", "cancelled": "解除"}
        return Title(zh[self.value], self.value)


class Validity(StrEnum):
    """Where the end of a warning comes from: its own text or data, or the horizon of its kind and level."""

    STATED = "stated"
    DEFAULT = "default"


@dataclass(frozen=True)
class Circle:
    """A circle on the map: centre in degrees (WGS 84 or CGCS2000), radius in kilometres."""

    lon: float
    lat: float
    radius_km: float

    def __post_init__(self) -> None:
        """Refuse a circle off the map."""
        check_position(self.lon, self.lat, "circle")
        if not 0.0 <= self.radius_km <= 20_000.0:
            raise ParameterError("circle", f"a radius of {self.radius_km} km does not fit on the earth")

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a place lies in the circle."""
        north, east = math.radians(lat - self.lat), math.radians(lon - self.lon)
        chord = math.sin(north / 2) ** 2 + (
            math.cos(math.radians(lat)) * math.cos(math.radians(self.lat)) * math.sin(east / 2) ** 2
        )
        return 2.0 * _EARTH_KM * math.asin(math.sqrt(min(chord, 1.0))) <= self.radius_km


@dataclass(frozen=True, kw_only=True)
class WeatherWarning:
    """A warning of a kind and level for an area and a time.

    Times are aware and in UTC; ``effective`` is when it begins to hold, ``onset`` when the weather is expected where
    that is stated, ``expires`` the end (open). ``validity`` says where that end comes from. ``divisions`` are codes of
    GB/T 2260, empty where only names or shapes are known; rings and circles have longitude first. ``references`` are
    the messages it replaces, ``previous`` the level it replaces where the text says so. ``actual`` is false for
    exercises and tests, which start nothing.
    """

    id: str
    kind: str
    level: Level
    area: str
    issued: datetime
    effective: datetime
    expires: datetime
    onset: datetime | None = None
    validity: Validity = Validity.STATED
    status: Status = Status.ISSUED
    divisions: tuple[str, ...] = ()
    rings: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    headline: str = ""
    text: str = ""
    source: str = ""
    references: tuple[str, ...] = ()
    previous: Level | None = None
    actual: bool = True

    def __post_init__(self) -> None:
        """Refuse an invalid warning, naming the field."""
        if self.kind not in KINDS:
            raise ParameterError("kind", f"{self.kind!r} is not a kind of warning; the kinds are {', '.join(KINDS)}")
        if self.level is Level.NONE:
            raise ParameterError("level", "must be one of blue, yellow, orange, red")
        for field in ("id", "area"):
            if not getattr(self, field).strip():
                raise ParameterError(field, "is empty")
        self._check_texts()
        self._check_times()
        for code in self.divisions:
            if not re.fullmatch(r"\d{6}", code):
                raise ParameterError("divisions", f"{code!r} is not a code of six digits (GB/T 2260)")
        for ring in self.rings:
            check_ring(ring)
        # Read now, so that an invalid grade is refused on construction.
        _ = self.wind

    def _check_texts(self) -> None:
        for field in ("id", "area", "headline", "text", "source"):
            if _CONTROL.search(getattr(self, field)):
                raise ParameterError(field, "contains control characters")

    def _check_times(self) -> None:
        for field in ("issued", "effective", "expires", "onset"):
            instant = getattr(self, field)
            if instant is None:
                continue
            if instant.tzinfo is None:
                raise ParameterError(field, f"{instant.isoformat()} has no offset from UTC")
            check_year(instant, field)
            # All four are kept in one zone, so that equal warnings are equal.
            object.__setattr__(self, field, instant.astimezone(UTC))
        begins = self.effective if self.onset is None else self.onset
        if self.expires < begins or (self.expires < self.effective):
            raise ParameterError("expires", f"{beijing(self.expires)} is before the warning begins, {beijing(begins)}")
        if self.expires - self.issued > _LONGEST:
            raise ParameterError(
                "expires", f"{beijing(self.expires)} is more than a month after {beijing(self.issued)}"
            )

    @property
    def division(self) -> str:
        """Return the first division's code, or an empty text."""
        return self.divisions[0] if self.divisions else ""

    @property
    def begins(self) -> datetime:
        """Return when the weather is expected: the onset, or else when the warning takes effect."""
        return self.effective if self.onset is None else self.onset

    @property
    def title(self) -> Title:
        """Return the title of the warning: 浦东新区大风黄色预警."""
        kind, level = KINDS[self.kind].title, self.level.title
        return Title(f"{self.area}{kind.zh}{level.zh}预警", f"{level.en} {kind.en} warning, {self.area}")

    @cached_property
    def wind(self) -> StatedWind:
        """Return the wind that the text states."""
        return stated_wind(self.text)

    def concerns(self, division: str, point: tuple[float, float] | None = None) -> bool:
        """Tell whether a division (and a place in it, longitude first) may be meant.

        A warning whose area is known only by name may concern any place: an unnecessary run is better than none.
        """
        if self.divisions:
            return any(contains(code, division) or contains(division, code) for code in self.divisions)
        if point and (self.rings or self.circles):
            in_ring = any(shapely.Polygon(ring).covers(shapely.Point(point)) for ring in self.rings)
            return in_ring or any(circle.holds(*point) for circle in self.circles)
        return True

    def covers(self, instant: datetime) -> bool:
        """Tell whether the warning holds at an instant."""
        return self.status is not Status.CANCELLED and self.effective <= instant < self.expires


def check_year(instant: datetime, field: str) -> datetime:
    """Return the time if its year is plausible; others are misprints, and the calendar's ends break arithmetic."""
    if not 1900 <= instant.year <= 2200:
        raise ParameterError(field, f"the year {instant.year} is not within 1900-2200")
    return instant


def beijing(instant: datetime) -> str:
    """Write an instant in Beijing time, to the minute."""
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def check_position(lon: float, lat: float, field: str) -> None:
    """Refuse coordinates outside the map, NaN included."""
    if not -90.0 <= lat <= 90.0:
        raise ParameterError(field, f"a latitude of {lat} is outside -90..90; CAP writes the latitude first")
    if not -180.0 <= lon <= 180.0:
        raise ParameterError(field, f"a longitude of {lon} is outside -180..180")


def check_ring(ring: Ring) -> None:
    """Refuse a ring that is not closed, has fewer than four points, or leaves the map."""
    for lon, lat in ring:
        check_position(lon, lat, "polygon")
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ParameterError(
            "polygon",
            f"a ring of {len(ring)} points is not closed; it needs at least four, the last equal to the first",
        )
