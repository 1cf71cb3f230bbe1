"""What hides what, and from when on: precedence of datasets in the time of the world."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from two_surveys import box, house, load_survey

from layers import catalog
from layers.access.decision import decide
from layers.access.principals import LOCAL_OPERATOR
from layers.intake.ingest import LoadSummary
from layers.ops.inventory import layer_counts
from layers.query.items import ItemsQuery, items_statement
from layers.registry import Registry
from layers.store.engine import Database
from layers.temporal import parse_when

Load = Callable[..., LoadSummary]
LAYER = catalog.built_in().get("buildings")
WEST_HALF, EAST_HALF = box(-50, -50, 150, 50), box(150, -50, 350, 50)
WHOLE = box(-50, -50, 350, 50)
# One house in the west and one in the east, as each dataset has them.
IN_WEST, IN_EAST = (0, 0), (200, 0)


def houses(dataset: str, *places: tuple[float, float]) -> list[dict[str, Any]]:
    return [house(f"{dataset}/{'west' if place == IN_WEST else 'east'}", place) for place in places]


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Load:
    """Return what loads a survey, with the poor one there from the new year on."""
    load_survey(db, tmp_path, "poor", houses("poor", IN_WEST, IN_EAST), 0, "2026-01-01", WHOLE)
    return partial(load_survey, db, tmp_path)


def shown(db: Database, at: str, as_of: str | None = None) -> set[str]:
    """Return the keys of what the map shows."""
    when = parse_when(at if "T" in at or "/" in at else f"{at}T12:00:00Z", as_of)
    statement = items_statement(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), ItemsQuery(when, 100))
    with db.reader.connect() as connection:
        return {str(row["source_key"]) for row in connection.execute(statement).mappings()}


def hidden(db: Database) -> dict[str, tuple[str, str] | None]:
    """Return by which, and from which day of Shanghai on, the rows of the poor dataset are hidden."""
    told = rows(
        db,
        "SELECT source_key, hidden_by, (hidden_from AT TIME ZONE 'Asia/Shanghai')::date::text AS day"
        " FROM onemap.buildings WHERE dataset = 'poor' ORDER BY fid, valid",
    )
    return {row["source_key"]: row["hidden_by"] and (row["hidden_by"], row["day"]) for row in told}


def rows(db: Database, statement: str, **values: Any) -> list[Any]:
    with db.owner.connect() as connection:
        return list(connection.execute(text(statement), values).mappings())


def instant(db: Database) -> str:
    found: datetime = rows(db, "SELECT clock_timestamp() AS now")[0]["now"]
    return found.astimezone(UTC).isoformat()


def test_before_the_better_dataset_begins_the_lesser_one_is_shown(db: Database, load: Load) -> None:
    before = instant(db)
    summary = load("good", houses("good", IN_WEST, IN_EAST), 50, "2026-06-01", WHOLE)
    assert summary.layers[0].hidden == 2
    poor, good = {"poor/west", "poor/east"}, {"good/west", "good/east"}
    assert shown(db, "2025-12-01") == set()
    assert shown(db, "2026-03-01") == poor
    assert shown(db, "2026-05-31T15:59:59.999999Z") == poor
    assert shown(db, "2026-05-31T16:00:00Z") == good, "to the microsecond"
    assert shown(db, "2026-07-01") == good
    assert shown(db, "2026-03-01T00:00:00Z/2026-07-01T00:00:00Z") == poor | good
    assert shown(db, "2026-06-02T00:00:00Z/..") == good
    assert shown(db, "../2026-03-01T00:00:00Z") == poor
    assert shown(db, "2026-07-01", before) == poor, "as it was known before the load"
    assert shown(db, "2026-03-01", instant(db)) == poor


def test_a_better_dataset_of_the_future_hides_nothing_yet(db: Database, load: Load) -> None:
    load("plan", houses("plan", IN_WEST), 90, "2099-01-01", WEST_HALF)
    assert shown(db, instant(db)) == {"poor/west", "poor/east"}
    assert shown(db, "2099-02-01") == {"plan/west", "poor/east"}
    with db.reader.connect() as connection:
        [counted] = layer_counts(connection, Registry([LAYER]))
    assert (counted.current, counted.hidden) == (2, 0)


def test_tiles_have_another_version_when_the_instant_has_passed(db: Database, load: Load) -> None:
    load("plan", houses("plan", IN_WEST), 90, "2099-01-01", WEST_HALF)
    # Nothing but the hiding is left to tell of that instant.
    with db.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.validity_boundary"))
    load("plan", houses("plan", IN_WEST, IN_EAST)[:1], 90, "2098-01-01", EAST_HALF)
    told = rows(
        db, "SELECT DISTINCT at::text AS at FROM onemap.validity_boundary WHERE layer = 'buildings' ORDER BY at"
    )
    assert [row["at"][:10] for row in told] == ["2097-12-31"]
    version = "SELECT onemap.tile_version('buildings', 14, 13721, 6694, CAST(:at AS timestamptz)) AS n"
    earlier, later = (rows(db, version, at=at)[0]["n"] for at in ("2097-12-31T15:59:59Z", "2097-12-31T16:00:00Z"))
    assert later > earlier


def test_of_two_better_datasets_the_one_that_begins_first_hides(db: Database, load: Load) -> None:
    load("best", houses("best", IN_WEST), 90, "2026-09-01", WEST_HALF)
    assert hidden(db) == {"poor/west": ("best", "2026-09-01"), "poor/east": None}
    load("good", houses("good", IN_WEST, IN_EAST), 50, "2026-06-01", WHOLE)
    assert hidden(db) == {"poor/west": ("good", "2026-06-01"), "poor/east": ("good", "2026-06-01")}
    assert shown(db, "2026-03-01") == {"poor/west", "poor/east"}
    assert shown(db, "2026-07-01") == {"good/west", "good/east"}
    assert shown(db, "2026-10-01") == {"best/west", "good/east"}


def test_of_two_that_begin_at_once_the_better_one_is_named(db: Database, load: Load) -> None:
    load("good", houses("good", IN_WEST), 50, "2026-06-01", WHOLE)
    load("best", houses("best", IN_WEST), 90, "2026-06-01", WHOLE)
    assert hidden(db)["poor/west"] == ("best", "2026-06-01")


def test_a_dataset_that_grows_hides_each_part_from_its_own_load_on(db: Database, load: Load) -> None:
    load("good", houses("good", IN_WEST), 50, "2026-03-01", WEST_HALF)
    load("good", houses("good", IN_WEST, IN_EAST), 50, "2026-06-01", WHOLE)
    assert hidden(db) == {"poor/west": ("good", "2026-03-01"), "poor/east": ("good", "2026-06-01")}
    assert shown(db, "2026-04-01") == {"good/west", "poor/east"}


def test_a_later_load_of_an_earlier_date_moves_the_beginning_back_where_it_is_heard(db: Database, load: Load) -> None:
    load("good", houses("good", IN_WEST), 50, "2026-06-01", WEST_HALF)
    load("good", houses("good", IN_WEST, IN_EAST), 50, "2026-03-01", WHOLE)
    # The house in the west is there from June on, whatever an older file says of it: no hole may be left before.
    assert hidden(db) == {"poor/west": ("good", "2026-06-01"), "poor/east": ("good", "2026-03-01")}
    assert shown(db, "2026-02-01") == {"poor/west", "poor/east"}
    assert shown(db, "2026-04-01") == {"poor/west", "good/east"}
    assert shown(db, "2026-07-01") == {"good/west", "good/east"}


def test_the_same_claim_again_is_no_other_row_of_coverage(db: Database, load: Load) -> None:
    for date in ("2026-03-01", "2026-04-01", "2026-02-01"):
        load("good", houses("good", IN_WEST), 50, date, WEST_HALF)
    load("good", houses("good", IN_WEST), 50, "2026-05-01", box(-50.0001, -40, 140, 50))
    told = rows(db, "SELECT since::text AS since FROM onemap.coverage WHERE dataset = 'good'")
    assert [row["since"][:10] for row in told] == ["2026-02-28"]


def test_a_point_and_an_area_may_be_claimed_one_after_the_other(db: Database) -> None:
    claim = "SELECT onemap.extend_coverage('dots', 'poi', CAST(:wkt AS geometry), CAST(:at AS timestamptz))"
    with db.owner.begin() as connection:
        facts = "INSERT INTO onemap.dataset (id, title_zh, title_en, precedence) VALUES ('dots', '点', 'dots', 10)"
        connection.execute(text(facts))
        for wkt, at in (
            ("SRID=4490;POINT(121.5 31.2)", "2026-03-01"),
            ("SRID=4490;POINT(121.6 31.2)", "2026-04-01"),
            ("SRID=4490;POLYGON((121.7 31.2,121.8 31.2,121.8 31.3,121.7 31.2))", "2026-02-01"),
            ("SRID=4490;LINESTRING(121.5 31.2,121.6 31.2)", "2026-05-01"),
        ):
            connection.execute(text(claim), {"wkt": wkt, "at": at})
    inside = (
        "SELECT min(since)::date::text AS day FROM onemap.coverage"
        " WHERE onemap.mostly_inside(CAST(:wkt AS geometry), extent)"
    )
    days = [
        rows(db, inside, wkt=f"SRID=4490;POINT({place})")[0]["day"]
        for place in ("121.5 31.2", "121.6 31.2", "121.79 31.21", "121.55 31.2", "121.65 31.2")
    ]
    assert days == ["2026-03-01", "2026-04-01", "2026-02-01", "2026-05-01", None]


def test_slices_that_ended_before_are_not_hidden(db: Database, load: Load) -> None:
    rebuilt = house("poor/west", IN_WEST, name="改建")
    load("poor", [rebuilt, *houses("poor", IN_EAST)], 0, "2026-02-01", WHOLE)
    load("good", houses("good", IN_WEST), 50, "2026-06-01", WEST_HALF)
    told = rows(db, "SELECT hidden_by FROM onemap.buildings WHERE source_key = 'poor/west' ORDER BY valid")
    assert [row["hidden_by"] for row in told] == [None, "good"]
    past = rows(db, "SELECT count(*) AS n FROM onemap.buildings_history WHERE name IS NULL AND hidden_by = 'good'")
    assert past[0]["n"] == 0


def test_where_coverage_is_taken_away_rows_are_shown_again(db: Database, load: Load) -> None:
    load("good", houses("good", IN_WEST), 50, "2026-06-01", WEST_HALF)
    covered = instant(db)
    with db.writer.begin() as connection:
        connection.execute(text("DELETE FROM onemap.coverage WHERE dataset = 'good'"))
        assert connection.execute(text("SELECT onemap.apply_precedence('buildings')")).scalar_one() == 1
    assert hidden(db) == {"poor/west": None, "poor/east": None}
    assert rows(db, "SELECT count(*) AS n FROM onemap.buildings WHERE hidden_from IS NOT NULL")[0]["n"] == 0
    assert "poor/west" in shown(db, "2026-07-01")
    assert "poor/west" not in shown(db, "2026-07-01", covered), "then it was known otherwise"
