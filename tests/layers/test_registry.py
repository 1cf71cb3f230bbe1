from dataclasses import replace
from pathlib import Path

import pytest

from layers.catalog import built_in
from layers.errors import Conflict, NotFound
from layers.store.dataset_layer import DatasetLayer
from layers.store.runtime import from_json, to_json
from layers.title import Title

SHELF = Path(__file__).parents[2] / "layers" / "catalog"


def test_every_file_on_the_shelf_is_a_layer_of_its_name() -> None:
    files = {path.stem for path in SHELF.glob("*.py")} - {"__init__"}
    assert {layer.id for layer in built_in()} == files


def test_an_unknown_layer_is_named_with_the_way_to_the_list() -> None:
    with pytest.raises(NotFound, match=r"no layer 'nope'; GET /collections"):
        built_in().get("nope")


def test_one_id_cannot_have_two_definitions() -> None:
    registry = built_in()
    other = replace(registry.get("roads"), title=Title("路", "Ways"))
    with pytest.raises(Conflict, match="roads"):
        registry.add(other)


def test_the_same_definition_twice_is_no_conflict() -> None:
    registry = built_in()
    registry.add(built_in().get("roads"))
    assert len(registry) == len(built_in())


def test_a_change_shows_in_the_generation_and_in_the_version() -> None:
    registry = built_in()
    before = registry.generation
    other = replace(registry.get("roads"), title=Title("路", "Ways"))
    registry.replace(other)
    assert registry.generation > before
    assert registry.get("roads").version != built_in().get("roads").version


@pytest.mark.parametrize("layer", list(built_in()), ids=lambda layer: layer.id)
def test_a_definition_survives_being_kept_as_json(layer: DatasetLayer) -> None:
    kept = from_json(to_json(layer))
    assert kept == layer
    assert kept.style == layer.style
