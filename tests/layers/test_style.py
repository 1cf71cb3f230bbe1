import pytest

from layers.base import Layer
from layers.catalog import built_in
from layers.style import Categories, Entry, Ramp, Single, maplibre_layers, rgb
from layers.title import Title

LAYERS = list(built_in())


def test_a_category_has_the_same_colour_on_the_map_in_the_legend_and_in_deck() -> None:
    paint = Categories("use", (Entry("office", "#56B4E9", Title("办公", "office")),), "#111111")
    assert paint.expression() == ["match", ["to-string", ["get", "use"]], "office", "#56B4E9", "#111111"]
    assert paint.color_of({"use": "office"}) == "#56B4E9"
    assert paint.color_of({"use": None}) == "#111111"
    assert paint.legend(Title("用途", "use"))["entries"][0]["label"] == {"zh": "办公", "en": "office"}


def test_a_ramp_names_its_steps_with_their_unit() -> None:
    paint = Ramp("height_m", ((0, "#000000"), (24, "#222222"), (100, "#444444")), "m")
    labels = [entry["label"]["zh"] for entry in paint.legend(Title("高度", "height"))["entries"]]
    assert labels == ["0-24 m", "24-100 m", "≥ 100 m"]
    assert paint.color_of({"height_m": 632}) == "#444444"
    assert paint.color_of({"height_m": 23.9}) == "#000000"
    assert paint.color_of({}) == paint.missing


def test_a_colour_becomes_numbers_for_deck() -> None:
    assert rgb("#e02020") == (224, 32, 32)
    assert Single("#e02020").color_of({}) == "#e02020"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_every_layer_draws_what_it_has_and_only_that(layer: Layer) -> None:
    columns = {column.name for column in layer.columns}
    for variant in layer.style.variants:
        drawn = maplibre_layers(layer.id, layer.style, variant, layer.minzoom)
        assert {part["source"] for part in drawn} == {layer.id}
        assert len({part["id"] for part in drawn}) == len(drawn)
        assert _columns_in(drawn) <= columns | {"name_en", "name"}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_every_layer_and_column_has_both_titles(layer: Layer) -> None:
    for title in (layer.title, *(column.title for column in layer.columns)):
        assert title.zh
        assert title.en


def test_extruded_buildings_wait_for_three_dimensions_and_leave_room_for_their_parts() -> None:
    layer = built_in().get("buildings")
    drawn = maplibre_layers(layer.id, layer.style, layer.style.variants[0], layer.minzoom)
    raised = next(part for part in drawn if part["type"] == "fill-extrusion")
    assert raised["layout"] == {"visibility": "none"}
    assert raised["filter"] == ["!=", ["get", "has_parts"], True]


@pytest.mark.parametrize(
    "layer", [one for one in LAYERS if one.style.kind == "circle" and one.style.label], ids=lambda one: one.id
)
def test_the_name_of_a_circle_does_not_cover_it(layer: Layer) -> None:
    drawn = maplibre_layers(layer.id, layer.style, layer.style.variants[0], layer.minzoom)
    layout = next(part["layout"] for part in drawn if part["type"] == "symbol")
    below = layout["text-offset"][1] * layout["text-size"]
    assert layout["text-anchor"] == "top"
    assert below > max(px for _, px in layer.style.width.stops)


def _columns_in(part: object) -> set[str]:
    """Return the names in every ``["get", name]`` and ``["has", name]`` of a style."""
    if isinstance(part, dict):
        return set().union(*(_columns_in(value) for value in part.values()))
    if isinstance(part, list):
        own = {part[1]} if len(part) == 2 and part[0] in ("get", "has") else set()
        return own.union(*(_columns_in(value) for value in part))
    return set()
