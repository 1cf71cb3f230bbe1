"""The wind of the masts: read from the database, fused, and what is left out of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from twin.scenarios.wind.service.request import WindRequest
from twin.scenarios.wind.service.run_forcing import Ground, RunForcing, forcing_of
from twin.scenarios.wind.service.survey import LUJIAZUI
from twin.scenarios.wind.service.tracks import design_track
from twin.sensing.ingest import ingest
from twin.simulator.readings import World, readings_of
from twin.simulator.standing import put_up, read_stations, streams_there
from twin.simulator.storm import Storm

SAMPLE = Path(__file__).parents[5] / "data" / "sample"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def city(tx: Connection) -> Connection:
    stations = [one for one in read_stations(SAMPLE / "sensors.json") if one["category"] == "wind_mast"]
    put_up(tx, stations, SINCE)
    return tx


def blow(connection: Connection, world: World, until: datetime = NOON, minutes: int = 60) -> None:
    """Let the masts speak for some minutes, each five."""
    instants = [until - timedelta(minutes=minute) for minute in range(0, minutes + 1, 5)]
    ingest(connection, readings_of(streams_there(connection), instants, world))


def forcing(connection: Connection, tmp_path: Path, **request: object) -> RunForcing:
    ground = Ground(LUJIAZUI, connection, tmp_path, NOON)
    return forcing_of(WindRequest.model_validate({"sensors": {}, **request}), ground)


def test_the_masts_give_the_wind_that_they_were_made_from(city: Connection, tmp_path: Path) -> None:
    world = World(seed=3, storm=Storm(design_track(), (LUJIAZUI.lon, LUJIAZUI.lat)).with_peak_at(NOON))
    blow(city, world)
    wind = forcing(city, tmp_path).winds[0]
    true = world.weather(np.array([NOON.timestamp()]))
    assert wind.speed_ms > 20
    assert abs(wind.speed_ms - true.wind_ms[0]) < 2.5 * wind.sigma_ms
    assert abs((wind.from_deg - true.from_deg[0] + 180) % 360 - 180) < 3 * wind.spread_deg
    assert "8 wind masts, readings 0–0 minutes old, 4 left out: it stands in a street" in wind.source
