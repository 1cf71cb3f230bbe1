"""The parameters of a run of the wind scenario."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FASTEST_MS = 90.0
"""The strongest ten-minute wind that is accepted: the strongest typhoons have about 75 m/s."""

Speed = Annotated[float, Field(ge=0, le=FASTEST_MS, allow_inf_nan=False)]
Direction = Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)]
FORCINGS = ("wind", "warning", "typhoon", "track", "stations", "forecast", "sensors")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConstantWind(_Strict):
    """A constant wind: over open country at 10 m, with its averaging period."""

    speed_ms: Speed = Field(description="m/s, over open flat country at 10 m")
    from_deg: Direction = Field(description="where it blows from, degrees clockwise from north")
    averaging_s: float = Field(600.0, ge=1, le=3600, description="averaging period of the speed, s")
    at: datetime | None = Field(None, description="when it begins, with offset; by default now")


class TrackPointIn(_Strict):
    """The centre of a storm at a time."""

    time: datetime
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    vmax_ms: float = Field(gt=0, le=120, description="largest mean wind, of the track's averaging period")
    pmin_hpa: float | None = Field(None, ge=850, le=1050)


class TrackIn(_Strict):
    """A storm's track."""

    name: str = Field(max_length=80)
    averaging_s: float = Field(120.0, description="of the largest winds: CMA 120, JTWC 60, JMA 600")
    points: tuple[TrackPointIn, ...] = Field(min_length=2, max_length=2000)


class ForecastIn(_Strict):
    """Forecast winds."""

    values: tuple[ConstantWind, ...] = Field(min_length=1, max_length=500)
    averaging_s: float = Field(600.0, ge=1, le=3600)
    height_m: float = Field(10.0, ge=2, le=500)


class SensorsIn(_Strict):
    """The wind masts of the city, as they are known at an instant."""

    at: datetime | None = Field(None, description="as of when, with offset; by default the latest")
    oldest_minutes: int = Field(30, ge=1, le=180, description="readings older than this are left out")

    @model_validator(mode="after")
    def _has_offset(self) -> "SensorsIn":
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("at has no offset from UTC, such as +08:00")
        return self


class AddedTower(_Strict):
    """A planned building."""

    name: str = Field("新塔楼", max_length=80)
    height_m: float = Field(gt=0, le=1000)
    outline: dict[str, Any] = Field(description="GeoJSON polygon, degrees, longitude first")


class ChangeIn(_Strict):
    """Changes of buildings relative to the map."""

    remove: tuple[str, ...] = Field((), max_length=50, description="keys of buildings such as buildings/12")
    add: tuple[AddedTower, ...] = Field((), max_length=20)


class WindRequest(_Strict):
    """One of wind, warning, typhoon, track, stations, forecast and sensors drives the run; the rest has defaults."""

    wind: ConstantWind | None = None
    warning: str | None = Field(None, max_length=200, description="id of a stored warning")
    typhoon: str | None = Field(None, max_length=80, description="id of a stored track")
    track: TrackIn | None = None
    stations: tuple[dict[str, Any], ...] | None = Field(None, max_length=10_000, description="readings of stations")
    forecast: ForecastIn | None = None
    sensors: SensorsIn | None = None
    start: datetime | None = Field(None, description="first time of the run, with offset")
    end: datetime | None = Field(None, description="last time of the run, with offset")
    hours: float = Field(1.0, gt=0, le=72, description="length of a run with a constant wind")
    step_minutes: int = Field(60, ge=10, le=360)
    quality: Literal["best", "preview", "fine"] = "best"
    w0_years: Literal[10, 50, 100] = Field(50, description="return period of the design wind pressure, years")
    change: ChangeIn | None = None

    @model_validator(mode="after")
    def _one_forcing(self) -> "WindRequest":
        forcings = [name for name in FORCINGS if getattr(self, name) is not None]
        if len(forcings) != 1:
            names = ", ".join(forcings) or "none"
            raise ValueError(f"give exactly one of {', '.join(FORCINGS)}; given: {names}")
        for name in ("start", "end"):
            instant = getattr(self, name)
            if instant is not None and instant.tzinfo is None:
                raise ValueError(f"{name} has no offset from UTC, such as +08:00")
        return self
