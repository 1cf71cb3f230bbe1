import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import breeze
import pytest
from sqlalchemy import text

from api.layers import all_layers
from layers.access.decision import decide
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR
from layers.errors import NotFound
from layers.grades import Grade
from layers.store.engine import Database
from layers.temporal import When, now, parse_when
from tiles.address import Address
from tiles.statement import mvt_statement
from twin.hazard import Level
from twin.runs import record, store
from twin.runs.layer import RunLayer
from twin.runs.record import Run
from twin.shelf import declared

STREETS = all_layers().get("wind_streets")
Calculated = Callable[..., Run]


def rows(db: Database, layer_id: str, when: When) -> list[dict[str, object]]:
    with db.reader.connect() as connection:
        found = connection.execute(all_layers().get(layer_id).select(when)).mappings()
        return [dict(row) for row in found]


def at(hours: float) -> When:
    instant = breeze.BEGINS + timedelta(hours=hours)
    return When(instant, instant)


def version(db: Database, layer_id: str, at: datetime | None = None) -> int:
    with db.reader.connect() as connection:
        address = {"layer": layer_id, "at": at or datetime.now(UTC)}
        return int(
            connection.execute(text("SELECT onemap.tile_version(:layer, 14, 13721, 6694, :at)"), address).scalar_one()
        )


@pytest.mark.parametrize(
    ("hours", "value", "level", "hour"),
    [(0, 10, 1, 0), (0.99, 10, 1, 0), (1, 11, 2, 1), (2.5, 12, 3, 2), (3, 12, 3, None), (-0.01, 12, 3, None)],
)
def test_an_instant_picks_its_step_and_any_other_time_the_worst(
    db: Database, calculated: Calculated, hours: float, value: float, level: int, hour: int | None
) -> None:
    run = calculated(speed_ms=10)
    (row,) = rows(db, f"wind_streets-{run.id}", at(hours))
    assert (row["value"], row["level"]) == (value, level)
    first, last = (0, 3) if hour is None else (hour, hour + 1)
    assert row["valid"].lower == breeze.BEGINS + timedelta(hours=first)
    assert row["valid"].upper == breeze.BEGINS + timedelta(hours=last)


def test_an_interval_shows_the_worst(db: Database, calculated: Calculated) -> None:
    run = calculated(speed_ms=10)
    for stated in ("2026-09-15T22:00:00Z/2026-09-15T22:30:00Z", "2026-09-15T22:00:00Z/.."):
        assert rows(db, f"wind_streets-{run.id}", parse_when(stated))[0]["value"] == 12


def test_what_has_no_series_is_the_same_at_every_step(db: Database, calculated: Calculated) -> None:
    run = calculated()
    (row,) = rows(db, f"wind_facades-{run.id}", at(1))
    assert (row["value"], row["level"], row["base_m"], row["height_m"]) == (0.75, 2, 50, 100)


def test_layers_show_the_shown_run_and_numbered_ones_their_own(db: Database, calculated: Calculated) -> None:
    calm, storm = calculated(speed_ms=5), calculated(speed_ms=40)
    assert rows(db, "wind_streets", now()) == []
    store.show(db, storm.id)
    assert [row["value"] for row in rows(db, "wind_streets", now())] == [42]
    assert [row["value"] for row in rows(db, f"wind_streets-{calm.id}", now())] == [7]
    assert {row["run"] for row in rows(db, "wind_streets", now())} == {storm.id}


def test_what_was_not_known_yet_is_not_shown(db: Database, calculated: Calculated) -> None:
    run = calculated()
    layer = f"wind_streets-{run.id}"
    assert rows(db, layer, now().believed(datetime.now(UTC))) != []
    assert rows(db, layer, now().believed(run.created)) == []


def test_a_run_graded_row_keeps_its_grade(db: Database, calculated: Calculated) -> None:
    run = calculated()
    grades = [row["grade"] for row in rows(db, f"wind_objects-{run.id}", now())]
    assert sorted(grades) == [Grade.OPEN, Grade.OPEN, Grade.INTERNAL]


def test_owner_and_phone_are_masked_from_those_without_clearance() -> None:
    assert {"owner", "phone"} <= decide(ANONYMOUS, "read", STREETS).masked
    assert not decide(LOCAL_OPERATOR, "read", STREETS).masked


def test_showing_a_run_renews_both_layers(db: Database, calculated: Calculated) -> None:
    run = calculated()
    before = version(db, "wind_streets"), version(db, f"wind_streets-{run.id}")
    store.show(db, run.id)
    after = version(db, "wind_streets"), version(db, f"wind_streets-{run.id}")
    assert all(new > old for new, old in zip(after, before, strict=True))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE onemap.run_feature SET value = 1 WHERE run = :run AND kind = 'streets'",
        "DELETE FROM onemap.run_feature WHERE run = :run AND kind = 'streets'",
        "INSERT INTO onemap.run_feature (run, kind, key, level, value, rank, geom) "
        "SELECT run, kind, 'copy', level, value, 2, geom FROM onemap.run_feature WHERE run = :run AND kind = 'streets'",
    ],
)
def test_an_edit_by_sql_renews_the_layers_of_its_run_and_kind(
    db: Database, calculated: Calculated, statement: str
) -> None:
    shown, other = calculated(show=True), calculated()
    names = ["wind_streets", f"wind_streets-{shown.id}", f"wind_streets-{other.id}", f"wind_facades-{shown.id}"]
    before = [version(db, name) for name in names]
    with db.writer.begin() as connection:
        connection.execute(text(statement), {"run": shown.id})
    after = [version(db, name) for name in names]
    assert [new > old for new, old in zip(after, before, strict=True)] == [True, True, False, False]


def test_truncating_renews_every_layer(db: Database, calculated: Calculated) -> None:
    run = calculated(show=True)
    before = version(db, "wind_streets"), version(db, f"wind_keepout-{run.id}")
    with db.owner.begin() as connection:
        connection.execute(text("TRUNCATE onemap.run_feature"))
    after = version(db, "wind_streets"), version(db, f"wind_keepout-{run.id}")
    assert all(new > old for new, old in zip(after, before, strict=True))


def test_deleting_a_run_renews_its_layers_and_keeps_one_row_of_versions(
    db: Database, calculated: Calculated, scenarios_home
) -> None:
    run = calculated(show=True)
    names = "wind_streets", f"wind_streets-{run.id}"
    before = [version(db, name) for name in names]
    record.remove(db, scenarios_home, run)
    assert all(version(db, name) > old for name, old in zip(names, before, strict=True))
    with db.owner.begin() as connection:
        connection.execute(text("SELECT onemap.compact_versions()"))
        left = connection.execute(
            text("SELECT count(*) FROM onemap.tile_edit WHERE layer LIKE '%-' || :run"), {"run": run.id}
        ).scalar_one()
    assert left == 4
    assert all(version(db, name) > old for name, old in zip(names, before, strict=True))


def test_a_step_that_begins_renews_the_map_as_it_is_now(db: Database, calculated: Calculated) -> None:
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    run = calculated(begins=begins.isoformat(), steps=2, show=True)
    for layer in ("wind_streets", f"wind_streets-{run.id}"):
        versions = [version(db, layer, begins + timedelta(minutes=m)) for m in (-1, 1, 59, 61, 119, 121)]
        assert [b > a for a, b in itertools.pairwise(versions)] == [True, False, True, False, True]


def test_a_tile_uses_the_index_of_its_run(db: Database, calculated: Calculated) -> None:
    run = calculated()
    with db.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO onemap.run_feature (run, kind, key, level, value, rank, geom) "
                "SELECT :run, 'streets', i, 1, i, i, ST_SetSRID(ST_MakePoint(121 + i / 5000.0, 31.2), 4490) "
                "FROM generate_series(1, 5000) AS i"
            ),
            {"run": run.id},
        )
        connection.execute(text("ANALYZE onemap.run_feature"))
        layer = all_layers().get(f"wind_streets-{run.id}")
        names = tuple(column.name for column in layer.tile_columns(14))
        address = Address(14, 13721, 6694)
        values = {"z": 14, "x": 13721, "y": 6694, "margin": address.width / 64, "clearance": 0, "most": 1000}
        statement = mvt_statement(layer, names, now(), decide(ANONYMOUS, "read", layer)).params(
            version_at=datetime.now(UTC), **values
        )
        compiled = statement.compile(connection)
        plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params).scalars()
        assert "run_feature_geom_3857" in "\n".join(plan)


@pytest.mark.parametrize(
    "layer_id", ["wind_streets-x", "wind_streets-", "wind_streets-0", "wind_streets-1-2", "roads-1"]
)
def test_an_id_that_is_no_number_of_a_run_is_unknown(layer_id: str) -> None:
    with pytest.raises(NotFound, match="there is no layer"):
        all_layers().get(layer_id)


def test_members_are_made_when_named_are_not_listed_and_do_not_pile_up() -> None:
    registry = all_layers()
    layer = registry.get("wind_streets-12")
    assert isinstance(layer, RunLayer)
    assert (layer.run, layer.kind, layer.title.zh) == (12, "streets", "街道阵风（推演 12）")
    assert registry.get("wind_streets-12") is layer
    assert "wind_streets-12" not in registry
    for number in range(1, 2000):
        registry.get(f"wind_streets-{number}")
    assert len(registry._members) <= 256


def test_the_layers_of_a_scenario_are_declared_one_for_each_kind() -> None:
    found = [layer for layer in declared() if isinstance(layer, RunLayer)]
    assert [(layer.id, layer.kind) for layer in found] == [
        ("wind_facades", "facades"),
        ("wind_keepout", "keepout"),
        ("wind_objects", "objects"),
        ("wind_streets", "streets"),
    ]
    assert {layer.theme for layer in found} == {"hazards"}


def test_a_level_has_one_colour_on_the_map_in_legends_and_in_notebooks() -> None:
    of_runs = [layer for layer in declared() if isinstance(layer, RunLayer)]
    assert len(of_runs) == 4
    for layer in of_runs:
        paint = next(variant.paint for variant in layer.style.variants if variant.id == "level")
        assert [paint.color_of({"level": int(level)}) for level in Level] == [level.color for level in Level]
        assert paint.expression()[2:4] == ["4", "#e02020"]


def test_every_layer_says_what_a_level_is_called() -> None:
    column = STREETS.column("level")
    assert column is not None
    assert dict(column.codes)["4"].zh == "红色"
