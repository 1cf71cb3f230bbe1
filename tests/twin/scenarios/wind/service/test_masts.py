"""The wind of the masts: read from the database, fused, and what is left out of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, text

from layers.errors import InputError
from twin.scenarios.wind.forcing.stations import FusionRules
from twin.scenarios.wind.service.masts import document, masts_of
from twin.scenarios.wind.service.request import WindRequest
from twin.scenarios.wind.service.run_forcing import Ground, RunForcing, forcing_of
from twin.scenarios.wind.service.survey import LUJIAZUI
from twin.scenarios.wind.service.tracks import design_track
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading
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


def speak(connection: Connection, name: str, minutes_ago: float, result: object, stream: str = "风速") -> None:
    """Let one datastream of a mast say something."""
    number = connection.execute(
        text(
            "SELECT d.fid FROM onemap.datastreams AS d JOIN onemap.things AS t ON t.fid = d.thing"
            " WHERE t.name LIKE :name AND d.name = :stream"
        ),
        {"name": f"{name}%", "stream": stream},
    ).scalar_one()
    outcome = ingest(connection, [Reading(number, NOON - timedelta(minutes=minutes_ago), result, sequence=1)])
    assert outcome.new == 1


def shown(connection: Connection, at: datetime = NOON, **rules: object) -> dict[str, Any]:
    """Return what is told of the masts, those that are not used by the beginning of their names."""
    return document(masts_of(connection, at, at), at, FusionRules(**rules))


def why_not(told: dict[str, Any], name: str) -> str:
    """Return why a mast is not used, in English, or an empty text."""
    row = next(row for row in told["masts"] if row["name"].startswith(name))
    return row["why_not"]["en"] if row["why_not"] else ""


def test_one_broken_mast_does_not_turn_the_others(city: Connection) -> None:
    blow(city, World(seed=3))
    before = shown(city)["wind"]
    speak(city, "金茂大厦", 0, 60.0)
    after = shown(city)
    assert "differs too much" in why_not(after, "金茂大厦") or "gust" in why_not(after, "金茂大厦")
    assert abs(after["wind"]["speed_ms"] - before["speed_ms"]) < 0.3


def test_what_is_stale_stuck_silent_or_hidden_is_left_out_and_said(city: Connection) -> None:
    names = ["上海中心大厦", "上海环球金融中心", "东方明珠", "金茂大厦"]
    blow(city, World(seed=3))
    streams = streams_there(city)
    stale, stuck, silent = (f"wind_mast-{number:02d}" for number in (1, 2, 3))
    key = {stream.datastream: stream.station.key for stream in streams}
    for mast, minutes in ((stale, 40), (silent, 300)):
        gone = [number for number, name in key.items() if name == mast]
        statement = "DELETE FROM onemap.observation WHERE datastream = ANY (:gone) AND time > :after"
        city.execute(text(statement), {"gone": gone, "after": NOON - timedelta(minutes=minutes)})
    still = [number for number, name in key.items() if name == stuck]
    city.execute(text("UPDATE onemap.observation SET result = 7 WHERE datastream = ANY (:still)"), {"still": still})
    told = shown(city)
    assert why_not(told, names[0]) == "the reading is 40 minutes old"
    assert why_not(told, names[1]) == "6 readings in a row are the same: it is stuck"
    assert why_not(told, names[2]) == "it is silent"
    assert why_not(told, names[3]) == ""
    streets = [row for row in told["masts"] if row["height_m"] < 10]
    assert len(streets) == 4
    assert all("stands in a street" in row["why_not"]["en"] for row in streets)
    assert told["wind"] is not None
    assert "5 wind masts" in told["wind"]["source"]
    assert all(name not in told["wind"]["source"] for name in names), "a mast may be graded later"
    assert why_not(shown(city, oldest=timedelta(minutes=60)), names[0]) == ""


def test_a_mast_of_another_unit_is_left_out_and_said(city: Connection) -> None:
    city.execute(
        text(
            "UPDATE onemap.datastreams AS d SET unit_definition = 'ucum:km/h', unit_symbol = 'km/h'"
            " FROM onemap.things AS t WHERE t.fid = d.thing AND t.name LIKE '金茂大厦%' AND d.name = '风速'"
        )
    )
    blow(city, World(seed=3))
    told = shown(city)
    assert why_not(told, "金茂大厦") == "its unit is km/h, not m/s"
    assert "7 wind masts" in told["wind"]["source"]


def test_masts_that_not_everybody_may_see_are_not_asked(city: Connection) -> None:
    blow(city, World(seed=3))
    assert len(shown(city)["masts"]) == 12
    city.execute(text("UPDATE onemap.things SET grade = 2 WHERE name LIKE '金茂大厦%'"))
    told = shown(city)
    assert len(told["masts"]) == 11
    assert not any("金茂" in row["name"] for row in told["masts"])
    city.execute(text("UPDATE onemap.datastreams SET grade = 2 WHERE name = '风向'"))
    told = shown(city)
    assert told["wind"] is None
    assert "left out" in told["why"]


def test_without_readings_it_is_said_why(city: Connection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"sensors: .*12 masts are left out \(it is silent; it stands in a street"):
        forcing(city, tmp_path)
    assert shown(city)["wind"] is None


def test_each_step_of_a_period_has_its_own_wind_and_sees_nothing_that_comes_later(
    city: Connection, tmp_path: Path
) -> None:
    storm = Storm(design_track(), (LUJIAZUI.lon, LUJIAZUI.lat)).with_peak_at(NOON)
    blow(city, World(seed=3, storm=storm), NOON, minutes=240)
    start = NOON - timedelta(hours=3)
    made = forcing(city, tmp_path, start=start, end=NOON, step_minutes=30)
    speeds = [wind.speed_ms for wind in made.winds]
    assert len(speeds) == 7
    assert speeds[-1] > speeds[0] + 5
    then = forcing(city, tmp_path, sensors={"at": start})
    assert then.winds[0].speed_ms == speeds[0]


def test_a_time_without_a_zone_and_another_forcing_are_refused() -> None:
    with pytest.raises(ValidationError, match="no offset from UTC"):
        WindRequest.model_validate({"sensors": {"at": "2026-03-02T04:00:00"}})
    with pytest.raises(ValidationError, match="exactly one"):
        WindRequest.model_validate({"sensors": {}, "typhoon": "design"})
