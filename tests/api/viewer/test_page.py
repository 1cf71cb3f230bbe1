"""The page and its style, as text."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.viewer.page import CONTENT_SECURITY_POLICY, STATIC, page, vendor_script
from api.viewer.style import style

Json = dict[str, Any]


def layer(layer_id: str, kind: str, order: int, **more: Any) -> Json:
    part = {"id": f"{layer_id}-{kind}", "type": kind, "source": layer_id, "source-layer": layer_id, "paint": {}}
    plain: Json = {
        "id": layer_id,
        "title": {"zh": "层", "en": "layer"},
        "geometry": "Polygon",
        "order": order,
        "visible": True,
        "minzoom": 5,
        "maxzoom": 16,
        "bounds": [121.4, 31.1, 121.6, 31.3],
        "source": "test",
        "columns": [],
        "legends": [],
        "tiles": f"/tiles/{layer_id}/{{z}}/{{x}}/{{y}}.mvt",
        "maplibre": {"plain": [part]},
    }
    return plain | more


def catalog(*layers: Json) -> Json:
    return {
        "version": 1,
        "themes": [{"id": "base", "title": {"zh": "底图", "en": "Base"}, "layers": list(layers)}],
        "principal": {},
    }


def brought(html: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_names_no_other_server() -> None:
    html = page(catalog(layer("water", "fill", 1)))
    assert re.findall(r"https?://", html) == []


def test_the_page_takes_every_format_that_can_be_read() -> None:
    (accept,) = re.findall(r'id="jobs-file" type="file" accept="([^"]+)"', page(catalog(layer("water", "fill", 1))))
    assert {".csv", ".xlsx", ".kml", ".dxf", ".zip", ".parquet", ".pbf", ".tif", ".ifc", ".gz"} <= set(
        accept.split(",")
    )


def test_the_page_carries_a_pydeck_deck_on_maplibre() -> None:
    deck = brought(page(catalog(layer("water", "fill", 1))), "deck")
    assert deck["mapProvider"] == "maplibre"
    assert deck["mapStyle"]["sources"]["water"]["tiles"] == ["/tiles/water/{z}/{x}/{y}.mvt"]
    assert {made["id"] for made in deck["layers"]} == {
        "building-models", "sketch", "selection", "skyline-staff", "skyline-name", "annotation-mark",
        "annotation-number", "annotation-label",
    }  # fmt: skip


def test_keys_in_the_environment_never_reach_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CARTO_API_KEY", "MAPBOX_API_KEY", "GOOGLE_MAPS_API_KEY"):
        monkeypatch.setenv(name, "secret-of-the-server")
    assert "secret-of-the-server" not in page(catalog(layer("water", "fill", 1)))


def test_a_name_in_the_data_cannot_end_the_script() -> None:
    evil = layer("water", "fill", 1, title={"zh": "</script><script>alert(1)</script>", "en": "<!--"})
    html = page(catalog(evil))
    assert "<script>alert" not in html
    assert brought(html, "catalog")["themes"][0]["layers"][0]["title"]["en"] == "<!--"


def test_areas_lie_under_lines_under_towers_under_names() -> None:
    tower = layer("towers", "fill-extrusion", 50)
    tower["maplibre"]["plain"].append({"id": "towers-label", "type": "symbol", "source": "towers", "layout": {}})
    road = layer("roads", "line", 40)
    road["maplibre"]["plain"].append({"id": "roads-label", "type": "symbol", "source": "roads", "layout": {}})
    made = style(catalog(tower, road, layer("water", "fill", 30), layer("green", "fill", 20)))
    order = [part["id"] for part in made["layers"]]
    assert order == [
        "background", "green-fill", "water-fill", "roads-line", "roads-label", "towers-fill-extrusion", "towers-label"
    ]  # fmt: skip


def test_tiles_are_absolute_when_the_origin_is_told() -> None:
    made = style(catalog(layer("water", "fill", 1)), "https://map.example")
    assert made["sources"]["water"]["tiles"] == ["https://map.example/tiles/water/{z}/{x}/{y}.mvt"]


def test_no_font_comes_from_a_server() -> None:
    label = {"id": "water-label", "type": "symbol", "source": "water", "layout": {"text-field": "水"}}
    made = style(catalog(layer("water", "fill", 1, maplibre={"plain": [label]})))
    assert "glyphs" not in made
    assert "Noto Sans CJK SC" in made["layers"][-1]["layout"]["text-font"]


def test_a_layer_that_is_off_by_default_is_not_drawn() -> None:
    made = style(catalog(layer("poi", "circle", 1, visible=False)))
    assert made["layers"][-1]["layout"]["visibility"] == "none"


def test_the_bundle_of_deck_and_maplibre_comes_from_the_wheel() -> None:
    assert vendor_script().stat().st_size > 1_000_000


def test_the_policy_lets_no_other_origin_in() -> None:
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-eval'" not in CONTENT_SECURITY_POLICY


def test_files_are_kept_until_one_of_them_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules import each other, so the version is that of all."""
    shutil.copytree(STATIC, tmp_path / "static")
    monkeypatch.setattr("api.viewer.page.STATIC", tmp_path / "static")
    before = re.findall(r"/viewer/static/(\w+)/main\.js", page(catalog()))
    assert len(set(before)) == 1
    with (tmp_path / "static" / "card.js").open("a", encoding="utf-8") as module:
        module.write("// changed\n")
    after = re.findall(r"/viewer/static/(\w+)/main\.js", page(catalog()))
    assert len(set(after)) == 1
    assert set(after) != set(before)
