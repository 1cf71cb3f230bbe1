"""Tilesets of building models as others read them: Khronos' validator, and the reader of deck.gl."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from authored_ifc import authored
from box_model import load_house
from city import City, open_city
from gltf import gltf_errors, loaded

from api.layers import all_layers
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from layers.ops.jobs import Silent

MODELS = ("house", "authored")


@pytest.fixture(scope="module")
def modelled(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with a house of boxes, and one that an IFC file describes."""
    folder: Path = tmp_path_factory.mktemp("modelled")
    with server.copy_of(template) as database:
        load_house(database, all_layers(), folder)
        place = LocateOptions(lonlat=(121.505, 31.237), heading_deg=20.0, height_m=4.0)
        path = authored(folder / "authored.ifc")
        load_model(database, all_layers(), path, ModelOptions(place=place), Silent())
        with open_city(database, folder / "home") as city:
            yield city


@pytest.mark.parametrize("model", MODELS)
def test_khronos_validator_finds_no_fault_in_any_content_of_a_model(modelled: City, model: str) -> None:
    children = modelled.client.get(f"/3dtiles/{model}/tileset.json").json()["root"]["children"]
    faults = [gltf_errors(modelled.client.get(child["content"]["uri"]).content) for child in children]
    assert faults == [[]] * len(children)
    assert children


@pytest.mark.parametrize("model", MODELS)
def test_the_reader_of_deck_loads_every_content_of_a_model_with_the_names_of_its_elements(
    modelled: City, model: str
) -> None:
    children = modelled.client.get(f"/3dtiles/{model}/tileset.json?ground=true").json()["root"]["children"]
    read = loaded(f"{modelled.client.base_url}/3dtiles/{model}/tileset.json?ground=true".replace("//3d", "/3d"))
    assert read.failed == []
    assert len(read.contents) == len(children)
    elements = modelled.client.get("/collections/building_elements/items?limit=1000").json()
    known = {item["properties"]["source_key"] for item in elements["features"]}
    told = {key for content in read.contents for key in content["features"]["id"]}
    assert told
    assert told <= known
    for content in read.contents:
        assert content["least"][0] == pytest.approx(121.507, abs=0.01)
        assert -0.5 < content["least"][2] < content["greatest"][2] < 20
