"""Each kind of rule finds the rows that break it, and no others."""

import json
from pathlib import Path
from typing import Any

import psycopg
import shapely

from layers.catalog import built_in
from layers.quality.examine import examine
from layers.quality.rows import live_rows
from layers.registry import Registry
from layers.rule import Rule, rule
from layers.store.engine import Database
from layers.store.runtime import add_runtime_layers

WEST, SOUTH, STEP = 121.50, 31.23, 0.001


def square(x: float, y: float = 0, side: float = 0.5) -> shapely.Polygon:
    """Return a square some steps, of about 95 by 111 metres, from a corner in Lujiazui."""
    west, south = WEST + x * STEP, SOUTH + y * STEP
    return shapely.box(west, south, west + side * STEP, south + side * STEP)


def street(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(WEST + x * STEP, SOUTH + y * STEP) for x, y in places])


PLOTS = {
    "sound": (square(0), {"name": "甲", "use": "office", "floors": 3, "owner": "a"}),
    "nameless": (square(1), {"name": None, "use": "office", "floors": 3, "owner": "a"}),
    "foreign": (square(2), {"name": "乙", "use": "castle", "floors": 3, "owner": "a"}),
    "deep": (square(3), {"name": "丙", "use": "office", "floors": -2, "owner": "a"}),
    "long": (square(4), {"name": "丁丁丁丁丁丁", "use": "office", "floors": 3, "owner": "a"}),
    "orphan": (square(5), {"name": "戊", "use": "office", "floors": 3, "owner": "z"}),
    "speck": (square(6, side=0.001), {"name": "己", "use": "office", "floors": 3, "owner": "a"}),
    "outside": (square(40), {"name": "庚", "use": "office", "floors": 3, "owner": "a"}),
    "one": (square(8), {"name": "辛", "use": "office", "floors": 3, "owner": "a"}),
    "over": (square(8.25), {"name": "辛", "use": "office", "floors": 3, "owner": "a"}),
}
STREETS = {
    "main": (street((0, 2), (5, 2)), {"name": "main"}),
    "side": (street((5, 2), (5, 4)), {"name": "side"}),
    "lonely": (street((20, 2), (25, 2)), {"name": "lonely"}),
    "loop": (street((0, 2), (1, 3), (1, 2), (0, 3)), {"name": "loop"}),
}
OWNERS = {"here": (square(-1, -1, 20), {"owner": "a"})}
# Of each rule: who breaks it.
EXPECTED = [
    (rule("required", "名", "name", "name"), {"nameless"}),
    (rule("domain", "用", "use", "use", values=["office", "shop"]), {"foreign"}),
    (rule("range", "层", "floors", "floors", min=1, max=100), {"deep"}),
    (rule("pattern", "短", "short", "name", longest=3), {"long"}),
    (rule("unique", "唯一", "unique", "name"), {"one", "over"}),
    (rule("referenced", "主", "owner", "owner", layer="holders", **{"in": "owner"}), {"orphan"}),
    (rule("size", "大", "large", min_m2=100), {"speck"}),
    (rule("inside", "内", "inside", layer="holders"), {"outside"}),
    # Each pair is told once, of the one that came first.
    (rule("no_overlap", "不重叠", "no overlap"), {"one"}),
]
EXPECTED_OF_STREETS = [
    (rule("connected", "通", "connected", tolerance_m=1), {"lonely"}),
    (rule("geometry_valid", "单", "simple", simple=True), {"loop"}),
    (rule("size", "长", "long", min_m=300), {"side"}),
]


def write(path: Path, things: dict[str, Any]) -> Path:
    features = [
        {"type": "Feature", "id": key, "geometry": shapely.geometry.mapping(shape), "properties": properties}
        for key, (shape, properties) in things.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def found(database: Database, registry: Registry, layer: str, rules: list[Rule]) -> list[tuple[int | None, set[str]]]:
    """Return how many break each rule, and who is told of."""
    with database.owner.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor:
            rows = live_rows(registry.get(layer), registry, 3)
            outcomes = examine(cursor, rows, [one.of(layer) for one in rules], costly=True).outcomes
    return [(each.failed, {str(example.key) for example in each.examples}) for each in outcomes]


def test_every_kind_of_rule_finds_what_breaks_it_and_nothing_else(loader, tmp_path):
    for name, things in (("plots", PLOTS), ("streets", STREETS), ("holders", OWNERS)):
        loader(write(tmp_path / f"{name}.geojson", things))
    registry = built_in()
    with loader.database.reader.connect() as connection:
        add_runtime_layers(connection, registry)
    for layer, expected in (("plots", EXPECTED), ("streets", EXPECTED_OF_STREETS)):
        told = found(loader.database, registry, layer, [one for one, _ in expected])
        assert [(one.kind, *each) for (one, _), each in zip(expected, told, strict=True)] == [
            (one.kind, len(keys), keys) for one, keys in expected
        ]
