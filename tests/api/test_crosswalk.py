"""Crosswalks over HTTP."""

import pytest
from city import City

from api.client import Client
from layers.errors import InputError

BOX = (121.500, 31.232, 121.510, 31.238)


def test_cells_are_shared_out_among_street_units(sample_city: City) -> None:
    with Client(str(sample_city.client.base_url)) as client:
        found = client.crosswalk("beidou", 5, "boundaries", BOX)
    inside = found[[area["name"] == "陆家嘴街道" for area in found["to"]]]
    assert inside["share"].max() == pytest.approx(1, abs=1e-6)
    assert found.groupby("from")["share"].sum().max() <= 1 + 1e-6


def test_cells_are_shared_out_among_cells(sample_city: City) -> None:
    with Client(str(sample_city.client.base_url)) as client:
        found = client.crosswalk("beidou", 5, "h3", BOX, to_level=9)
        assert found.groupby("from")["share"].sum().to_numpy() == pytest.approx(1, abs=1e-5)
        with pytest.raises(InputError, match="to_level: give the level"):
            client.crosswalk("beidou", 5, "h3", BOX)
        with pytest.raises(InputError, match="has no areas"):
            client.crosswalk("beidou", 5, "roads", BOX)
        with pytest.raises(InputError, match="20000 are allowed"):
            client.crosswalk("beidou", 8, "boundaries", BOX)
