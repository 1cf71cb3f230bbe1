"""Each kind of rule finds the rows that break it, and no others."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from layers.access.decision import decide
from layers.access.principals import LOCAL_OPERATOR
from layers.catalog import built_in
from layers.errors import ParameterError
from layers.intake.quality.examine import Outcome, examine
from layers.intake.quality.rows import live_rows
from layers.intake.quality.rules import set_rule
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
# A step to the north is 111 m. Ends: of "short" 3.3 m before the avenue; of "blind" 33 m from everything, which is
# where it ends; of "near" half a metre before the avenue, which is as good as on it; of "ring" none.
LANES = {
    "avenue": (street((0, 6), (10, 6)), {"name": "avenue"}),
    "short": (street((2, 8), (2, 6.03)), {"name": "short"}),
    "crossing": (street((1, 8), (2, 8), (3, 8)), {"name": "crossing"}),
    "blind": (street((6, 6), (6, 5), (6.5, 5.7)), {"name": "blind"}),
    "near": (street((8, 8), (8, 6.004)), {"name": "near"}),
    "ring": (street((9, 6.03), (9.5, 6.03), (9.5, 6.5), (9, 6.03)), {"name": "ring"}),
}
BOUNDS = {
    "district": (square(-1, -1, 14), {"name": "近区", "division_code": "310198"}),
    "town": (square(39, -1, 4), {"name": "远镇", "division_code": "310198101"}),
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

EXPECTED_OF_LANES = [
    (rule("connected", "通", "connected", tolerance_m=1), {"ring"}),
    (rule("connected", "通", "no gaps", tolerance_m=1, dangles=True, snap_m=5), {"ring", "short"}),
    (rule("connected", "通", "not so wide", tolerance_m=1, dangles=True, snap_m=2), {"ring"}),
    (rule("connected", "通", "wider", tolerance_m=1, dangles=True, snap_m=40), {"ring", "short", "blind"}),
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
    told = outcomes_of(database, registry, layer, rules)
    return [(each.failed, {str(example.key) for example in each.examples}) for each in told]


def outcomes_of(
    database: Database, registry: Registry, layer: str, rules: list[Rule], sample: int = 1
) -> tuple[Outcome, ...]:
    with database.owner.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor:
            rows = live_rows(registry.get(layer), registry, decide(LOCAL_OPERATOR, "read", registry.get(layer)), sample)
            return examine(cursor, rows, [one.of(layer) for one in rules], costly=True).outcomes


def runtime_registry(database: Database) -> Registry:
    registry = built_in()
    with database.reader.connect() as connection:
        add_runtime_layers(connection, registry)
    return registry


def test_every_kind_of_rule_finds_what_breaks_it_and_nothing_else(loader, tmp_path):
    for name, things in (("plots", PLOTS), ("streets", STREETS), ("holders", OWNERS), ("lanes", LANES)):
        loader(write(tmp_path / f"{name}.geojson", things))
    registry = runtime_registry(loader.database)
    for layer, expected in (("plots", EXPECTED), ("streets", EXPECTED_OF_STREETS), ("lanes", EXPECTED_OF_LANES)):
        told = found(loader.database, registry, layer, [one for one, _ in expected])
        assert [(one.kind, *each) for (one, _), each in zip(expected, told, strict=True)] == [
            (one.kind, len(keys), keys) for one, keys in expected
        ]


def test_a_gap_is_told_with_its_place_and_how_wide_it_is(loader, tmp_path):
    loader(write(tmp_path / "lanes.geojson", LANES))
    gaps = rule("connected", "通", "no gaps", dangles=True, snap_m=5)
    (told,) = outcomes_of(loader.database, runtime_registry(loader.database), "lanes", [gaps])
    (short,) = [example for example in told.examples if example.key == "short"]
    assert short.at == pytest.approx((WEST + 2 * STEP, SOUTH + 6.03 * STEP), abs=1e-9)
    # 0.03 steps of latitude at 31.2 degrees north.
    assert short.detail is not None
    assert "3.3 m" in short.detail


def test_pieces_of_a_sample_may_touch_what_was_not_picked(loader, tmp_path):
    loader(write(tmp_path / "lanes.geojson", {key: LANES[key] for key in ("avenue", "blind", "crossing")}))
    connected = rule("connected", "通", "connected")
    registry = runtime_registry(loader.database)
    for sample in (2, 3, 5):
        (told,) = outcomes_of(loader.database, registry, "lanes", [connected], sample)
        assert {example.key for example in told.examples} <= {"crossing"}, sample


def test_one_division_bounds_a_layer_and_one_that_is_not_there_is_refused(loader, tmp_path):
    loader(write(tmp_path / "plots.geojson", PLOTS))
    loader(write(tmp_path / "bounds.geojson", BOUNDS), layer="boundaries")
    registry = runtime_registry(loader.database)

    def bounded(**parameters: Any) -> Rule:
        return rule("inside", "内", "inside", **parameters).of("plots")

    rules = [bounded(division="310198"), bounded(division="310198101"), bounded(layer="boundaries")]
    near, far, either = found(loader.database, registry, "plots", rules)
    assert near == (1, {"outside"})
    assert far == (len(PLOTS) - 1, PLOTS.keys() - {"outside"})
    assert either == (0, set())
    with loader.database.writer.begin() as connection:
        assert set_rule(connection, registry, bounded(division="310198"), "keeper").enabled
        for code, said in (("310197", "has no division '310197'"), ("3101", "six digits"), (310198, "six digits")):
            with pytest.raises(ParameterError, match=said) as refused:
                set_rule(connection, registry, bounded(division=code), "keeper")
            assert refused.value.parameter == "parameters.division"
        with pytest.raises(ParameterError, match="either a layer or a division"):
            set_rule(connection, registry, bounded(division="310198", layer="boundaries"), "keeper")


def test_a_load_refuses_slivers_where_a_rule_says_so(loader, tmp_path):
    loader(write(tmp_path / "plots.geojson", {"sound": PLOTS["sound"]}))
    with loader.database.writer.begin() as connection:
        slivers = rule("size", "大", "large", severity="refuse", min_m2=1).of("plots")
        set_rule(connection, runtime_registry(loader.database), slivers, "keeper")
    summary = loader(write(tmp_path / "plots.geojson", {name: PLOTS[name] for name in ("sound", "speck")}))
    assert summary.quarantined == 1
    assert [row.source_key for row in loader.rows("SELECT source_key FROM onemap.plots")] == ["sound"]
