"""The reference wind at a site while a tropical cyclone passes.

The maximum wind becomes a mean of ten minutes at sea; its symmetric part (less the motion of the centre) drives a
Holland vortex; the wind of the site turns inwards and the motion is added as a vector, full inside the radius of
maximum wind and falling as its inverse outside. From the sea (category A) the wind comes to open flat country
(category B) through the wind at gradient height they share (GB 50009-2012 8.2.1): a factor of 0.88 at 10 m.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from layers.errors import ParameterError
from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.ensemble import Ensemble, Member, members_of
from twin.scenarios.wind.forcing.holland import (
    ENVIRONMENT_HPA,
    Profile,
    Vortex,
    b_of_2008,
    decayed_vmax,
    delta_by_vmax,
    fit_rmw,
    inflow_deg,
    rmw_by_pressure,
    vmax_by_pressure,
)
from twin.scenarios.wind.forcing.reference import (
    ReferenceWind,
    Window,
    check_place,
    from_components,
    to_utc,
    turn_deg,
)
from twin.scenarios.wind.forcing.sphere import Place, bearing_deg, distance_km
from twin.scenarios.wind.forcing.track import Track, TrackPoint
from twin.scenarios.wind.terrain import Terrain

SEA_TO_OPEN = float(Terrain.B.mean_ratio(10.0) / Terrain.A.mean_ratio(10.0))
"""Wind over open flat country over wind at sea, both at 10 m."""

# Uncertainty of the model itself, besides that of the track: profile, rain bands, the roughness of the coast.
_MODEL_SHARE, _MODEL_DEG = 0.12, 10.0


@dataclass(frozen=True)
class StormModel:
    """The parameters by which a track becomes wind.

    From ``landfall`` on, the maximum wind decays by Kaplan and DeMaria where the track keeps it higher, as forecasts
    over the sea do; without it the track's own winds are taken. Without an ``ensemble`` the uncertainty is that of
    the model alone.
    """

    profile: Profile = Profile.H1980
    environment_hpa: float = ENVIRONMENT_HPA
    landfall: datetime | None = None
    ensemble: Ensemble | None = None

    def __post_init__(self) -> None:
        """Refuse times without offset and pressures out of range."""
        if not 980.0 <= self.environment_hpa <= 1040.0:
            raise ParameterError("environment_hpa", f"{self.environment_hpa} hPa is not between 980 and 1040 hPa")
        if self.landfall is not None:
            object.__setattr__(self, "landfall", to_utc(self.landfall, "landfall"))


@dataclass(frozen=True)
class StormWind:
    """The wind at a site: mean of ten minutes at 10 m over open sea, and where the site lies in the cyclone."""

    speed_ms: float
    from_deg: float
    distance_km: float
    vortex: Vortex


def storm_series(
    track: Track, lon: float, lat: float, window: Window, model: StormModel | None = None
) -> list[ReferenceWind]:
    """Return the reference wind at a site for each time of a window within the track."""
    check_place(lon, lat)
    applied = model or StormModel()
    members = members_of(track, applied.ensemble) if applied.ensemble else []
    return [_reference(track, (lon, lat), time, applied, members) for time in window.times()]


def marine_wind(track: Track, site: Place, time: datetime, model: StormModel | None = None) -> StormWind:
    """Return the wind at a site as over open sea."""
    return _wind(track, site, time, vortex_at(track, time, model or StormModel()))


def vortex_at(track: Track, time: datetime, model: StormModel) -> Vortex:
    """Return the cyclone without its motion at a time, fitted to the track's radii, and decayed after landfall."""
    point = track.at(time)
    delta = _delta(track, point, model)
    vmax = _vmax(track, point, delta)
    symmetric = max(vmax - math.hypot(*track.motion_ms(time)), 0.3 * vmax)
    expected = point.rmw_km or rmw_by_pressure(_pmin(point, delta, model))
    vortex = Vortex(delta, symmetric, expected, point.lat, model.profile)
    if point.rmw_km is None:
        to_reference = averaging.factor(track.averaging_s, averaging.REFERENCE_S, Exposure.AT_SEA)
        radii = [(radii.speed_ms * to_reference, radii.mean_km) for radii in point.radii]
        vortex = fit_rmw(vortex, radii, expected)
    return _weakened(vortex, _decay(track, point, vmax, model))


def _reference(track: Track, site: Place, time: datetime, model: StormModel, members: list[Member]) -> ReferenceWind:
    vortex = vortex_at(track, time, model)
    wind = _wind(track, site, time, vortex)
    others = [_wind(member.track, site, time, _member_vortex(member, time, vortex, track)) for member in members]
    sigma = _root_mean_square([other.speed_ms - wind.speed_ms for other in others])
    spread = _root_mean_square([turn_deg(other.from_deg, wind.from_deg) for other in others])
    return ReferenceWind(
        time,
        wind.speed_ms * SEA_TO_OPEN,
        wind.from_deg,
        sigma_ms=math.hypot(sigma, _MODEL_SHARE * wind.speed_ms) * SEA_TO_OPEN,
        spread_deg=min(math.hypot(spread, _MODEL_DEG), 180.0),
        source=_source(track, wind, len(others)),
    )


def _wind(track: Track, site: Place, time: datetime, vortex: Vortex) -> StormWind:
    """Return the wind at a site in a vortex that moves with the track."""
    point = track.at(time)
    radius = distance_km(point.place, site)
    bearing = bearing_deg(point.place, site) if radius > 0.01 else 0.0
    speed = float(vortex.speed_ms(radius))
    # Anticlockwise north of the equator, clockwise south of it.
    side = 1.0 if point.lat >= 0.0 else -1.0
    towards = math.radians(bearing - side * (90.0 + inflow_deg(radius, vortex.rmw_km)))
    share = min(1.0, vortex.rmw_km / max(radius, 1e-6))
    east, north = (component * share for component in track.motion_ms(time))
    total, from_deg = from_components(speed * math.sin(towards) + east, speed * math.cos(towards) + north)
    return StormWind(total, from_deg, radius, vortex)


def _member_vortex(member: Member, time: datetime, vortex: Vortex, track: Track) -> Vortex:
    """Return the vortex of a member: that of the track, scaled in strength and radius."""
    own, other = track.at(time).vmax_ms, member.track.at(time).vmax_ms
    changed = _weakened(vortex, other / own if own and other else 1.0)
    return replace(changed, rmw_km=min(max(vortex.rmw_km * member.rmw_scale, 5.0), 300.0))


def _weakened(vortex: Vortex, ratio: float) -> Vortex:
    """Return a vortex with its wind times a ratio; the deficit scales with the square, so that Holland's B stays."""
    delta = min(max(vortex.delta_hpa * ratio**2, 0.5), 170.0)
    return replace(vortex, delta_hpa=delta, vmax_ms=min(vortex.vmax_ms * ratio, 100.0))


def _delta(track: Track, point: TrackPoint, model: StormModel) -> float:
    if point.pmin_hpa is not None:
        around = max(point.env_hpa or 0.0, model.environment_hpa)
        return max(around - point.pmin_hpa, 1.0)
    if point.vmax_ms is None:
        raise ParameterError("track", f"{track.name} has neither pressure nor wind at {point.time.isoformat()}")
    return delta_by_vmax(point.vmax_ms)


def _pmin(point: TrackPoint, delta: float, model: StormModel) -> float:
    return model.environment_hpa - delta if point.pmin_hpa is None else point.pmin_hpa


def _vmax(track: Track, point: TrackPoint, delta: float) -> float:
    """Return the maximum wind of the track, mean of ten minutes at sea; from the pressure where it has none."""
    if point.vmax_ms is None:
        moving = math.hypot(*track.motion_ms(point.time))
        return vmax_by_pressure(delta, b_of_2008(delta, track.pressure_tendency(point.time), point.lat, moving))
    return averaging.convert(point.vmax_ms, track.averaging_s, averaging.REFERENCE_S, Exposure.AT_SEA)


def _decay(track: Track, point: TrackPoint, vmax: float, model: StormModel) -> float:
    """Return the factor of the maximum wind over land, below 1 where the track exceeds Kaplan and DeMaria."""
    landfall = model.landfall
    if landfall is None or point.time <= landfall:
        return 1.0
    at_landfall = track.at(max(landfall, track.begins))
    start = _vmax(track, at_landfall, _delta(track, at_landfall, model))
    minute = averaging.convert(start, averaging.REFERENCE_S, 60.0, Exposure.AT_SEA)
    hours = (point.time - landfall).total_seconds() / 3600.0
    decayed = averaging.convert(decayed_vmax(minute, hours), 60.0, averaging.REFERENCE_S, Exposure.AT_SEA)
    return min(decayed / max(vmax, 0.1), 1.0)


def _root_mean_square(values: list[float]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0


def _source(track: Track, wind: StormWind, members: int) -> str:
    """Return the origin of the wind as a sentence, in Chinese and English."""
    where, name = f"{wind.distance_km:.0f} km", wind.vortex.profile.value
    of_members = (f"，{members} 条集合路径", f", {members} member tracks") if members else ("", "")
    seconds = f"{track.averaging_s:.0f}"
    whose = (f"{track.agency}，", f"{track.agency}, ") if track.agency else ("", "")
    return (
        f"台风 {track.name} 路径（{whose[0]}{seconds} 秒平均），{name}，距中心 {where}{of_members[0]}"
        f" / track of {track.name_en or track.name} ({whose[1]}means of {seconds} s), {name}, "
        f"{where} from the centre{of_members[1]}"
    )
