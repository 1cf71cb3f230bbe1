"""A storm that the simulated masts tell of moves the risk map."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from small_library import COARSE, Quiet
from windy import Windy

from api.sample import put_up_sensors
from twin.scenarios.wind.forcing.track import Track, TrackPoint
from twin.scenarios.wind.library.build import Plan, build, library_folder
from twin.scenarios.wind.library.quality import PREVIEW
from twin.scenarios.wind.service.status import surveyed
from twin.simulator.doors import DatabaseDoor
from twin.simulator.readings import World
from twin.simulator.speaking import Speech
from twin.simulator.standing import streams_there
from twin.simulator.storm import Storm

pytestmark = pytest.mark.slow
SITE = (121.5025, 31.2375)
# Both hours have wind from between 90° and 112.5°, for which fields on coarse cells are solved here.
CALM = datetime(2026, 6, 17, 1, 50, tzinfo=UTC)
PEAK = datetime(2026, 8, 20, 6, tzinfo=UTC)
TRACK = Track(
    "made up",
    tuple(
        TrackPoint(PEAK + timedelta(hours=n), 121.1 - 0.02 * n, 30.8 + 0.005 * n, vmax_ms=45.0, pmin_hpa=950.0)
        for n in (-3, 0, 3)
    ),
    120.0,
)


@dataclass(frozen=True)
class Sensed:
    """The windy district with masts that have told of a calm hour and of a storm."""

    windy: Windy

    def run(self, end: datetime) -> dict[str, Any]:
        """Run an hour by the masts."""
        start = end - timedelta(hours=1)
        done = self.windy.run(
            sensors={}, start=start.isoformat(), end=end.isoformat(), step_minutes=60, quality=PREVIEW.name
        )
        assert done["state"] == "done", done
        return done


@pytest.fixture(scope="module")
def sensed(windy: Windy) -> Sensed:
    database = windy.city.database
    put_up_sensors(database)
    with database.reader.connect() as connection:
        masts = streams_there(connection, ["wind_mast"])
    for world, end in ((World(), CALM), (World(storm=Storm(TRACK, SITE)), PEAK)):
        Speech(masts, world, DatabaseDoor(database)).fill(end - timedelta(hours=2), end, timedelta(minutes=5))
    district = surveyed(database)[1].district
    folder = library_folder(windy.home / "scenarios", district, PREVIEW)
    build(Plan(district, replace(COARSE, name=PREVIEW.name), (90.0, 112.5), folder), Quiet())
    return Sensed(windy)


def test_a_storm_by_the_masts_is_more_dangerous_than_a_calm(sensed: Sensed) -> None:
    calm, storm = sensed.run(CALM), sensed.run(PEAK)
    assert len(calm["summary"]["steps"]) == len(storm["summary"]["steps"]) == 2
    worst = [max(step["level"] for step in run["summary"]["steps"]) for run in (calm, storm)]
    assert worst[0] <= 1
    assert worst[1] >= 3
    speeds = [max(step["speed_ms"] for step in run["summary"]["steps"]) for run in (calm, storm)]
    assert speeds[0] < 8
    assert speeds[1] > 30
    assert "8 wind masts" in storm["summary"]["source"]
    city = sensed.windy.city
    objects = [
        city.client.get(f"/scenarios/wind/runs/{run['id']}/objects", params={"limit": 200}).json()["objects"]
        for run in (calm, storm)
    ]
    red = [sum(row["level"] >= 3 for row in rows) for rows in objects]
    assert red[0] == 0
    assert red[1] > 10


def test_the_page_hears_what_each_mast_says(sensed: Sensed) -> None:
    told = sensed.windy.city.client.get("/scenarios/wind/masts", params={"at": PEAK.isoformat()}).json()
    assert told["wind"]["speed_ms"] > 30
    assert abs(told["wind"]["from_deg"] - 102) < 15
    used = [row for row in told["masts"] if row["why_not"] is None]
    assert len(used) == 8
    assert all(abs(row["reference_ms"] - told["wind"]["speed_ms"]) < 12 for row in used)
    first = sensed.windy.city.client.get("/scenarios/wind/masts", params={"at": "0001-01-01T00:00:00Z"})
    assert (first.status_code, first.json()["masts"]) == (200, [])
    now = sensed.windy.city.client.get("/scenarios/wind/masts").json()
    assert now["wind"] is None
    assert "12 masts are left out" in now["why"]


def test_what_is_no_instant_is_refused_by_name(sensed: Sensed) -> None:
    for query in ({"at": "2026-08-20T06:00:00"}, {"at": "yesterday"}, {"oldest": 0}):
        answer = sensed.windy.city.client.get("/scenarios/wind/masts", params=query)
        assert answer.status_code == 400
        assert answer.json()["parameter"] in query
