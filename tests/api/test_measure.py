"""Measuring over HTTP."""

import pytest
from city import City
from pyproj import Geod

ELLIPSOID = Geod(ellps="GRS80")


def test_a_line_has_its_legs_and_directions(sample_city: City) -> None:
    told = sample_city.client.get("/measure?points=121.5,31.2;121.51,31.2;121.51,31.21").json()
    east, north = ELLIPSOID.inv(121.5, 31.2, 121.51, 31.2), ELLIPSOID.inv(121.51, 31.2, 121.51, 31.21)
    assert told["legs_m"] == pytest.approx([east[2], north[2]])
    assert told["length_m"] == pytest.approx(east[2] + north[2])
    assert told["azimuths_deg"] == pytest.approx([east[0], 0.0], abs=1e-9)
    assert "area_m2" not in told


def test_a_closed_line_has_an_area_and_its_way_back(sample_city: City) -> None:
    told = sample_city.client.get("/measure?points=121.5,31.2;121.51,31.2;121.51,31.21&closed=true").json()
    area, around = ELLIPSOID.polygon_area_perimeter([121.5, 121.51, 121.51], [31.2, 31.2, 31.21])
    assert (told["area_m2"], told["length_m"]) == (pytest.approx(abs(area)), pytest.approx(around))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("points=121.5,31.2", "1 places"),
        ("points=121.5,31.2;north", "place 2, 'north'"),
        ("points=121.5,31.2;nan,31", "place 2, 'nan,31', is not on the earth"),
        ("points=121.5,31.2;121.5,131", "not on the earth"),
        ("points=0,0;1,1;1,0;0,1&closed=true", "crosses itself"),
        (f"points={';'.join(['1,1'] * 1001)}", "1001 places"),
    ],
)
def test_what_cannot_be_measured_is_said_with_its_place(sample_city: City, query: str, said: str) -> None:
    answer = sample_city.client.get(f"/measure?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
