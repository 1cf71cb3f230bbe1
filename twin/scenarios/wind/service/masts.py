"""The wind as the masts of the city have it: readings above roofs, and what is not used of them, and why.

Only masts that everybody may see are asked, since the wind of a run is told to everybody.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from layers.access import ANONYMOUS, decide, visible
from layers.errors import InputError
from layers.temporal import When, rfc3339
from layers.title import Title
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.scenarios.wind.forcing.readings import MOST_READINGS, Mount, Reading, Station
from twin.scenarios.wind.forcing.reference import ReferenceWind
from twin.scenarios.wind.forcing.stations import Fusion, FusionRules, fuse
from twin.scenarios.wind.terrain import Terrain
from twin.store.sensing_models import observation, observed_property

CATEGORY = "wind_mast"
# So much of the past is read, to see which anemometers are stuck.
_BEFORE = timedelta(hours=3)
_EARLIEST = datetime.min.replace(tzinfo=UTC) + _BEFORE
# A direction goes with a speed that is so much younger at most.
_TOGETHER = timedelta(minutes=10)
_AVERAGING_S = 120.0
_MOST_REASONS = 6
# Standard names of CF by which observed properties are known, and the unit (UCUM) in which we take them.
_TAKEN = {"wind_speed": "m/s", "wind_from_direction": "deg", "wind_speed_of_gust": "m/s"}
_SYMBOLS = {"m/s": "m/s", "m·s⁻¹": "m/s", "°": "deg", "deg": "deg"}
_STREET = Title("在街道中，不代表来流", "it stands in a street, where the wind is not that over the roofs")
_SILENT = Title("无读数", "it is silent")
_NO_HEIGHT = Title("未注明离地高度", "its height over the ground is not known")
_NO_SPEED = Title("没有风速数据流", "it has no datastream of the wind speed")


@dataclass(frozen=True)
class Mast:
    """A thing that measures wind; ``streams`` are its datastreams by what they observe."""

    thing: int
    name: str
    lon: float
    lat: float
    properties: Mapping[str, Any]
    streams: Mapping[str, int]
    problem: Title | None = None

    @property
    def station(self) -> Station:
        """Return the mast as the forcing has it; only of one without a problem."""
        terrain, mount = self.properties.get("terrain"), self.properties.get("mount")
        return Station(
            str(self.thing), self.lon, self.lat, float(self.properties["height_m"]),
            Terrain(terrain) if terrain in _TERRAINS else Terrain.C, Mount(mount) if mount in _MOUNTS else Mount.ROOF,
        )  # fmt: skip


_TERRAINS = {one.value for one in Terrain}
_MOUNTS = {one.value for one in Mount}


@dataclass(frozen=True)
class Masts:
    """The masts of a city and their readings of a time."""

    masts: Sequence[Mast]
    readings: Sequence[Reading]

    @cached_property
    def left_out(self) -> dict[int, Title]:
        """Return the masts of which nothing can be used, and why."""
        heard = {int(reading.station.id) for reading in self.readings}
        silent = {mast.thing: _SILENT for mast in self.masts if mast.thing not in heard}
        return silent | {mast.thing: mast.problem for mast in self.masts if mast.problem is not None}

    def fused(self, instant: datetime, rules: FusionRules) -> Fusion:
        """Return the wind over open country at an instant; raises InputError that says why there is none."""
        try:
            return fuse(self.readings, instant, rules)
        except InputError as error:
            reasons = sorted({reason.en for reason in self.left_out.values()})
            more = f"; {len(self.left_out)} masts are left out ({'; '.join(reasons)})" if reasons else ""
            raise InputError(f"sensors: {error}{more}") from error


def told(masts: Masts, fusion: Fusion) -> ReferenceWind:
    """Return a fused wind whose source says how old its readings are and what was left out, but not of which mast.

    The source stays with a run, while a mast may be graded later.
    """
    ages = [(fusion.wind.time - estimate.reading.time).total_seconds() / 60.0 for estimate in fusion.used]
    reasons = [*masts.left_out.values(), *(refusal.reason for refusal in fusion.refused)]
    count, minutes = len(fusion.used), f"{min(ages):.0f}–{max(ages):.0f}"
    zh = f"{count} 个测风杆，读数距今 {minutes} 分钟{_why([one.zh for one in reasons], '，未用 {} 个：', '；')}"
    why = _why([one.en for one in reasons], ", {} left out: ", "; ")
    en = f"{count} wind masts, readings {minutes} minutes old{why}"
    return replace(fusion.wind, source=f"{zh} / {en}")


def _why(reasons: Sequence[str], opening: str, between: str) -> str:
    different = list(dict.fromkeys(reasons))[:_MOST_REASONS]
    return opening.format(len(reasons)) + between.join(different) if reasons else ""


def document(masts: Masts, instant: datetime, rules: FusionRules) -> dict[str, Any]:
    """Return the wind of the masts at an instant for people and programs, mast by mast, with why one is not used."""
    try:
        fusion = masts.fused(instant, rules)
    except InputError as error:
        return {"at": rfc3339(instant), "wind": None, "why": str(error), "masts": _rows(masts, instant, None)}
    wind = told(masts, fusion)
    values = {name: round(getattr(wind, name), 2) for name in ("speed_ms", "from_deg", "sigma_ms", "spread_deg")}
    return {
        "at": rfc3339(instant),
        "wind": {**values, "source": wind.source},
        "why": None,
        "masts": _rows(masts, instant, fusion),
    }


def _rows(masts: Masts, instant: datetime, fusion: Fusion | None) -> list[dict[str, Any]]:
    newest = {int(one.station.id): one for one in masts.readings if one.time <= instant}
    used = {int(one.reading.station.id): one.speed_ms for one in fusion.used} if fusion else {}
    refused = {int(one.reading.station.id): one.reason for one in fusion.refused} if fusion else {}
    reasons = refused | masts.left_out
    return [_row(mast, newest.get(mast.thing), used.get(mast.thing), reasons.get(mast.thing)) for mast in masts.masts]


def _row(mast: Mast, reading: Reading | None, reference_ms: float | None, why: Title | None) -> dict[str, Any]:
    """Return what is told of one mast; ``reference_ms`` is the wind over open country that its reading stands for."""
    return {
        "thing": mast.thing,
        "name": mast.name,
        "lon": mast.lon,
        "lat": mast.lat,
        "height_m": mast.properties.get("height_m"),
        "time": rfc3339(reading.time) if reading else None,
        "speed_ms": reading.speed_ms if reading else None,
        "from_deg": reading.from_deg if reading and not math.isnan(reading.from_deg) else None,
        "reference_ms": None if reference_ms is None else round(reference_ms, 2),
        "why_not": why.json() if why else None,
    }


def masts_of(connection: Connection, start: datetime, end: datetime) -> Masts:
    """Return the open masts as they stood at ``end``, with their readings from some hours before ``start`` to then."""
    masts = [_mast(rows) for rows in _by_thing(connection, end)]
    sound = [mast for mast in masts if mast.problem is None]
    return Masts(masts, _readings(connection, sound, max(start, _EARLIEST) - _BEFORE, end))


def _by_thing(connection: Connection, instant: datetime) -> Iterable[list[Row[*tuple[Any, ...]]]]:
    """Return the datastreams of each mast with what is said of it."""
    when = When(instant, instant)
    things = visible(THINGS, decide(ANONYMOUS, "read", THINGS), when).subquery("thing")
    streams = visible(DATASTREAMS, decide(ANONYMOUS, "read", DATASTREAMS), when).subquery("stream")
    place = func.ST_PointOnSurface(things.c.geom)
    rows = (
        select(
            things.c.fid.label("thing"), things.c.name, things.c.properties, func.ST_X(place).label("lon"),
            func.ST_Y(place).label("lat"), streams.c.fid.label("stream"), streams.c.unit_definition,
            streams.c.unit_symbol, observed_property.c.definition,
        )
        .select_from(
            things.outerjoin(streams, streams.c.thing == things.c.fid)
            .outerjoin(observed_property, observed_property.c.id == streams.c.observed_property)
        )
        .where(things.c.category == CATEGORY)
        .order_by(things.c.fid, streams.c.fid)
    )  # fmt: skip
    by_thing: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in connection.execute(rows):
        by_thing[row.thing].append(row)
    return by_thing.values()


def _mast(rows: Sequence[Row[*tuple[Any, ...]]]) -> Mast:
    first = rows[0]
    properties = _document(first.properties)
    streams: dict[str, int] = {}
    wrong: list[Title] = []
    for row in rows:
        what = (row.definition or "").rstrip("/").rsplit("/", 1)[-1]
        if what in _TAKEN and (unit := _unit(row)) != _TAKEN[what]:
            wrong.append(Title(f"单位是 {unit}，不是 {_TAKEN[what]}", f"its unit is {unit}, not {_TAKEN[what]}"))
        elif what in _TAKEN:
            streams.setdefault(what, row.stream)
    problem = _problem(first, properties, streams, wrong)
    return Mast(first.thing, first.name or "", first.lon or 0.0, first.lat or 0.0, properties, streams, problem)


def _problem(
    row: Row[*tuple[Any, ...]], properties: Mapping[str, Any], streams: Mapping[str, int], wrong: Sequence[Title]
) -> Title | None:
    height = properties.get("height_m")
    if properties.get("mount") == Mount.STREET.value:
        return _STREET
    if row.lon is None or not isinstance(height, int | float) or not 0.5 <= height <= 1000.0:
        return _NO_HEIGHT
    if "wind_speed" not in streams or "wind_from_direction" not in streams:
        return wrong[0] if wrong else _NO_SPEED
    return None


def _unit(row: Row[*tuple[Any, ...]]) -> str:
    """Return the code of UCUM of a datastream's unit, as far as it is known."""
    definition = str(row.unit_definition or "")
    if definition.startswith("ucum:"):
        return definition.removeprefix("ucum:")
    symbol = str(row.unit_symbol or "")
    return _SYMBOLS.get(symbol, symbol or "?")


def _document(text: str | None) -> dict[str, Any]:
    try:
        document = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _readings(connection: Connection, masts: Sequence[Mast], start: datetime, end: datetime) -> list[Reading]:
    what = {stream: (mast, name) for mast in masts for name, stream in mast.streams.items()}
    c = observation.c
    asked = bindparam("streams", sorted(what), type_=ARRAY(BigInteger))
    rows = select(c.datastream, c.time, c.result).where(c.datastream == func.any(asked), c.result.is_not(None))
    rows = rows.where(c.time > start, c.time <= end).order_by(c.time.desc(), c.datastream).limit(MOST_READINGS)
    heard: dict[int, dict[str, list[tuple[datetime, float]]]] = defaultdict(lambda: defaultdict(list))
    for stream, time, result in reversed(connection.execute(rows).all() if what else []):
        mast, name = what[stream]
        heard[mast.thing][name].append((time, float(result)))
    return [reading for mast in masts for reading in _of_mast(mast, heard[mast.thing])]


def _of_mast(mast: Mast, heard: Mapping[str, list[tuple[datetime, float]]]) -> Iterable[Reading]:
    """Yield the readings of a mast: each speed with the direction and the gust of its time."""
    station = mast.station
    directions, gusts = list(heard.get("wind_from_direction", ())), dict(heard.get("wind_speed_of_gust", ()))
    place = 0
    for time, speed in heard.get("wind_speed", ()):
        while place < len(directions) and directions[place][0] <= time:
            place += 1
        latest = directions[place - 1] if place else None
        from_deg = latest[1] if latest is not None and time - latest[0] <= _TOGETHER else math.nan
        yield Reading(station, time, speed, from_deg, _AVERAGING_S, gusts.get(time))
