"""The row filter by itself: what it empties, and what an area lets through."""

from dataclasses import replace

import pytest
import shapely
from sqlalchemy import Connection, text

from layers.access.decision import Decision, decide
from layers.access.principals import ANONYMOUS, Area, Principal
from layers.access.rows import visible
from layers.catalog import built_in
from layers.grades import Grade
from layers.temporal import now

SIGNS = built_in().get("risk_sources")
INSIDE, OUTSIDE = 121.505, 121.605
STREET = Area("street", shapely.to_wkb(shapely.box(121.50, 31.20, 121.51, 31.21)))
OFFICER = Principal("officer", clearance=Grade.INTERNAL)
_SIGN = text("""
INSERT INTO onemap.risk_sources (name, kind, phone, grade, dataset, geom)
VALUES (:name, 'sign', '021-5888', :grade, 'test', ST_SetSRID(ST_Point(:lon, 31.205), 4490))
""")


@pytest.fixture
def signs(tx: Connection) -> Connection:
    for grade in (0, 2):
        for where, lon in (("in", INSIDE), ("out", OUTSIDE)):
            tx.execute(_SIGN, {"name": f"{where}{grade}", "grade": grade, "lon": lon})
    return tx


def seen(connection: Connection, decision: Decision) -> dict[str, str | None]:
    rows = visible(SIGNS, decision, now())
    columns = rows.selected_columns
    return {row.name: row.phone for row in connection.execute(rows.with_only_columns(columns.name, columns.phone))}


def test_a_masked_column_is_there_and_empty(signs: Connection) -> None:
    assert seen(signs, decide(ANONYMOUS, "read", SIGNS)) == {"in0": None, "out0": None}


def test_whoever_has_the_clearance_sees_it(signs: Connection) -> None:
    assert seen(signs, decide(OFFICER, "read", SIGNS)) == dict.fromkeys(["in0", "out0", "in2", "out2"], "021-5888")


def test_in_an_area_rows_and_columns_above_open_are_seen_and_outside_what_anybody_sees(signs: Connection) -> None:
    bound = decide(replace(OFFICER, area=STREET), "read", SIGNS)
    assert seen(signs, bound) == {"in0": "021-5888", "in2": "021-5888", "out0": None}


def test_a_masked_column_can_neither_be_asked_for_nor_ordered_by(signs: Connection) -> None:
    rows = visible(SIGNS, decide(ANONYMOUS, "read", SIGNS), now())
    columns = rows.selected_columns
    assert signs.execute(rows.where(columns.phone == "021-5888")).all() == []
