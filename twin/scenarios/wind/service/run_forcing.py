"""The forcing of a run: from its request to the reference wind of each step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from layers.errors import InputError, NotFound
from twin.hazard import Level
from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.ensemble import Ensemble
from twin.scenarios.wind.forcing.forecast import ForecastBasis, ForecastValue, forecast_series
from twin.scenarios.wind.forcing.readings import read_readings
from twin.scenarios.wind.forcing.reference import ReferenceWind, Window
from twin.scenarios.wind.forcing.stations import FusionRules, LocalRatio, station_series
from twin.scenarios.wind.forcing.storm import StormModel, storm_series
from twin.scenarios.wind.forcing.track import Track, TrackPoint
from twin.scenarios.wind.forcing.warning_wind import warning_series
from twin.scenarios.wind.service.masts import masts_of, told
from twin.scenarios.wind.service.request import ConstantWind, ForecastIn, SensorsIn, TrackIn, WindRequest
from twin.scenarios.wind.service.survey import Site
from twin.scenarios.wind.service.tracks import track_of
from twin.store.models import warning as warning_table
from twin.warnings import WeatherWarning

# A storm is replayed while its wind reaches grade 6 (GB/T 28591: 10.8 m/s), from which work at height stops.
STRONG_MS = 10.8
MOST_STEPS = 73
_ENSEMBLE = Ensemble(members=20)


@dataclass(frozen=True)
class RunForcing:
    """The winds of a run, evenly spaced, and the warnings behind it; ``issued`` is when people were informed."""

    winds: tuple[ReferenceWind, ...]
    step: timedelta
    issued: datetime
    warnings: tuple[tuple[str, Level], ...] = ()

    @property
    def source(self) -> str:
        """Return the origin of the winds in a sentence."""
        return max(self.winds, key=lambda wind: wind.speed_ms).source


@dataclass(frozen=True)
class Ground:
    """The inputs of forcing besides the request: place, database, folder, and time of the request."""

    site: Site
    connection: Connection
    home: Path
    created: datetime
    local_ratio: LocalRatio | None = None


def forcing_of(request: WindRequest, ground: Ground) -> RunForcing:
    """Return the forcing of a run; raises an error that names the input that cannot be used."""
    step = timedelta(minutes=request.step_minutes)
    if request.stations is not None or request.sensors is not None:
        return _measured(request, step, ground)
    if request.wind is not None:
        return _constant(request, request.wind, step, ground.created)
    if request.warning is not None:
        return _warned(request, warning_of(ground.connection, request.warning), step)
    if request.typhoon is not None:
        return _storm(request, track_of(ground.home, request.typhoon), step, ground)
    if request.track is not None:
        return _storm(request, _track(request.track), step, ground)
    assert request.forecast is not None  # noqa: S101 - the request has one of them
    return _forecast(request, request.forecast, step)


def _measured(request: WindRequest, step: timedelta, ground: Ground) -> RunForcing:
    if request.sensors is None:
        return _stations(request, step, ground)
    return _sensed(request, request.sensors, step, ground)


def _constant(request: WindRequest, wind: ConstantWind, step: timedelta, created: datetime) -> RunForcing:
    begins = wind.at or request.start or created
    speed = averaging.convert(wind.speed_ms, wind.averaging_s, averaging.REFERENCE_S, Exposure.OFF_LAND)
    count = max(1, round(timedelta(hours=request.hours) / step))
    source = f"设定风速 / wind set manually: {wind.speed_ms:g} m/s ({wind.averaging_s:g} s), {wind.from_deg:g}°"
    winds = [ReferenceWind(begins + n * step, speed, wind.from_deg, 0.1 * speed, 0.0, source) for n in range(count)]
    return _checked(winds, step, created)


def _warned(request: WindRequest, warning: WeatherWarning, step: timedelta) -> RunForcing:
    window = Window(request.start or warning.begins, request.end or warning.expires, step)
    winds = warning_series(warning, window)
    return replace(_checked(winds, step, warning.issued), warnings=((warning.kind, warning.level),))


def _storm(request: WindRequest, track: Track, step: timedelta, ground: Ground) -> RunForcing:
    model = StormModel(ensemble=_ENSEMBLE)
    window = Window(request.start or track.begins, request.end or track.ends, step)
    winds = storm_series(track, ground.site.lon, ground.site.lat, window, model)
    if request.start is None and request.end is None:
        winds = _strong(winds)
    return _checked(winds, step, winds[0].time if winds else ground.created)


def _strong(winds: Sequence[ReferenceWind]) -> list[ReferenceWind]:
    """Return the winds from the first to the last that is strong, about the strongest where those are too many."""
    strong = [n for n, wind in enumerate(winds) if wind.speed_ms >= STRONG_MS]
    if not strong:
        peak = max(range(len(winds)), key=lambda n: winds[n].speed_ms)
        return list(winds[max(peak - 3, 0) : peak + 4])
    first, last = strong[0], strong[-1]
    peak = max(strong, key=lambda n: winds[n].speed_ms)
    return list(winds[max(first, peak - MOST_STEPS // 2) : min(last, peak + MOST_STEPS // 2) + 1])


def _stations(request: WindRequest, step: timedelta, ground: Ground) -> RunForcing:
    readings = read_readings(list(request.stations or ()))
    times = [reading.time for reading in readings]
    if not times:
        raise InputError("stations: there is no reading")
    start, end = request.start or max(times), request.end or max(times)
    winds = station_series(readings, Window(start, end, step), FusionRules(local_ratio=ground.local_ratio))
    return _checked(winds, step, start)


def _sensed(request: WindRequest, sensors: SensorsIn, step: timedelta, ground: Ground) -> RunForcing:
    """Return the wind of the masts: as of an instant, or at each step between start and end."""
    end = request.end or sensors.at or request.start or ground.created
    start = request.start or sensors.at or end
    window = Window(start, end, step)
    masts = masts_of(ground.connection, window.start, window.end)
    rules = FusionRules(oldest=timedelta(minutes=sensors.oldest_minutes), local_ratio=ground.local_ratio)
    winds = [told(masts, masts.fused(instant, rules)) for instant in window.times()]
    return _checked(winds, step, ground.created)


def _forecast(request: WindRequest, forecast: ForecastIn, step: timedelta) -> RunForcing:
    if any(value.at is None for value in forecast.values):
        raise InputError("forecast.values: each value needs its time (at)")
    values = [ForecastValue(v.at, v.speed_ms, v.from_deg % 360.0) for v in forecast.values if v.at is not None]
    basis = ForecastBasis(averaging_s=forecast.averaging_s, height_m=forecast.height_m)
    window = Window(request.start or values[0].time, request.end or values[-1].time, step)
    return _checked(forecast_series(values, window, basis), step, values[0].time)


def _track(requested: TrackIn) -> Track:
    points = [TrackPoint(p.time, p.lon, p.lat, pmin_hpa=p.pmin_hpa, vmax_ms=p.vmax_ms) for p in requested.points]
    return Track(requested.name, tuple(points), requested.averaging_s)


def _checked(winds: Sequence[ReferenceWind], step: timedelta, issued: datetime) -> RunForcing:
    if not winds:
        raise InputError("the run has no step: its start and end lie outside the period of its forcing")
    if len(winds) > MOST_STEPS:
        raise InputError(
            f"the run has {len(winds)} steps, more than {MOST_STEPS}: take longer steps, or give start and end"
        )
    return RunForcing(tuple(winds), step, issued.astimezone(UTC))


def warning_of(connection: Connection, warning_id: str) -> WeatherWarning:
    """Return a stored warning, or raise NotFound."""
    statement = select(warning_table.c.document).where(warning_table.c.id == warning_id)
    document = connection.execute(statement).scalar()
    if document is None:
        raise NotFound(f"there is no warning {warning_id!r}; GET /warnings lists them")
    fields = {name: value for name, value in document.items() if name in WeatherWarning.__dataclass_fields__}
    return TypeAdapter(WeatherWarning).validate_python(fields)
