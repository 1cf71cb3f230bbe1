"""Rooms of the sample office block in the colours of their sensors, which change while somebody looks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bundled import SAMPLE
from city import City, open_server

from api.layers import all_layers
from api.sample.room_sensors import sense

pytestmark = pytest.mark.browser

SOLID = "#view=31.2285,121.5229,18.6,130,55&mode=3d"
HEAT = 'reading:"气温"."°C"'
LAYER = "viewer.overlay._props.layers.find(one => one.id.startsWith('model-'))"
DRAWN = f"""() => {{
  const layer = {LAYER};
  const tiles = layer?.state?.tileset3d?.tiles || [];
  return tiles.length > 0 && tiles.some(tile => tile.content) && layer.isLoaded;
}}"""


@pytest.fixture(scope="module")
def town(prepared: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a sample of the module's own, with its sensors."""
    with prepared.server.copy_of(prepared.sample()) as database:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        made = sense(database, all_layers(), SAMPLE / "bim" / "room_sensors.json", since)
        assert made == len(sensors())
        with open_server(database, tmp_path_factory.mktemp("town")) as city:
            yield city


@pytest.fixture(scope="module")
def viewer_url(town: City) -> str:
    """Return the address of that."""
    return str(town.client.base_url)


def sensors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SAMPLE / "bim" / "room_sensors.json").read_text("utf-8"))["sensors"]
    return found


def test_a_room_takes_another_colour_when_its_sensor_says_something_else(
    viewer: Any, town: City, difference: Any
) -> None:
    room = sensors()[0]
    element = town.client.get(f"/bim/models/office-block/elements/{room['element']}").json()
    (heat,) = [
        one
        for one in town.client.get(f"/bim/models/office-block/readings?element={room['element']}").json()["readings"]
        if one["property"] == "气温"
    ]
    assert heat["value"] == room["temperature"][-1]
    building = f"office-block/{element['storey']}+rooms"
    viewer.open(f"{SOLID}&select=building_elements/{element['fid']}&building={building.replace('+', '%2B')}")
    page = viewer.page
    page.wait_for_selector("#building-by", timeout=60_000)
    page.wait_for_function(DRAWN, timeout=60_000)
    page.select_option("#building-by", HEAT)
    page.wait_for_selector(".building-legend .swatch")
    page.wait_for_selector(".readings b")
    assert f"{heat['value']:g} °C" in page.inner_text(".readings")
    assert "13 处有读数" in page.inner_text(".building-legend")
    page.wait_for_function(f"() => {LAYER}.id.endsWith(viewer.store.get().live)")
    page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    before, picture = page.evaluate(f"{LAYER}.id"), viewer.picture("rooms_by_sensors")
    said = {"result": 41.5, "phenomenonTime": datetime.now(UTC).isoformat()}
    address = f"/sensorthings/v1.1/Datastreams({heat['datastream']})/Observations"
    assert town.client.post(address, json=said, headers=town.signed_in).status_code == 201
    page.wait_for_function("before => " + LAYER + ".id !== before", arg=before, timeout=60_000)
    page.wait_for_function("() => document.querySelector('.readings').innerText.includes('41.5 °C')", timeout=60_000)
    page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    assert difference(picture, viewer.picture("rooms_by_other_values"), (350, 150, 1000, 600)) > 0.005
    assert "≥ 40 °C" in page.inner_text(".building-legend")


def test_no_known_barrier_stands_in_what_sensors_say(viewer: Any, town: City, barriers: Any) -> None:
    element = town.client.get(f"/bim/models/office-block/elements/{sensors()[1]['element']}").json()
    viewer.open(f"{SOLID}&select=building_elements/{element['fid']}&building=office-block%2Bby{HEAT}")
    viewer.page.wait_for_selector(".readings b", timeout=60_000)
    viewer.page.wait_for_selector(".building-legend .swatch", timeout=60_000)
    assert viewer.page.input_value("#building-by") == HEAT
    assert barriers() == []
