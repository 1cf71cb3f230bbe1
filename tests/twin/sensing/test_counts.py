"""How many things and datastreams there are is known without looking at each, and is what looking would say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensing import add_stream, add_thing, rows
from sqlalchemy import Connection, func, select, text

from layers.access import ANONYMOUS, LOCAL_OPERATOR, Principal
from twin.sensing.entities.model import BY_TYPE
from twin.sensing.entities.reading import read_page
from twin.sensing.entities.view import View
from twin.sensing.query import Options

NOW = datetime.now(UTC)
# Years from now at which a slice begins and ends, its grade, and what hides it from when on.
_SLICES = st.tuples(
    st.integers(-3, 3), st.integers(1, 4) | st.none(), st.integers(0, 3), st.none() | st.integers(-2, 5)
)  # fmt: skip
_ADD = text(
    "INSERT INTO onemap.things (name, grade, geom, valid, hidden_by, hidden_from)"
    " VALUES ('x', :grade, 'SRID=4490;POINT EMPTY', tstzrange(:begins, :ends), :by, :from) RETURNING fid"
)


def at(years: float | None) -> datetime | None:
    return None if years is None else NOW + timedelta(days=365 * years)


def add(tx: Connection, begins: int, lasts: int | None, grade: int, hidden: int | None) -> int:
    ends = None if lasts is None else begins + lasts
    values = {"grade": grade, "begins": at(begins), "ends": at(ends), "by": hidden and "other:1", "from": hidden}
    return int(tx.execute(_ADD, values | {"from": at(hidden) if hidden else None}).scalar_one())


def view_at(principal: Principal, instant: Any) -> View:
    told = View.of(principal)
    return View(told.things, told.streams, instant)


def counts(tx: Connection, view: View, kind: str = "Thing") -> tuple[int, int]:
    """Return how many there are, by kept counts and by looking."""
    entity = BY_TYPE[kind]
    kept = view.thing_count() if kind == "Thing" else view.stream_count()
    assert kept is not None
    looked = select(func.count()).select_from(entity.rows(view).subquery())
    return tx.execute(kept).scalar_one(), tx.execute(looked).scalar_one()


@pytest.fixture
def folded(tx: Connection) -> Any:
    return lambda: tx.execute(text("SELECT onemap.fold_counts('onemap.things'::regclass)"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(_SLICES, max_size=5), st.lists(_SLICES, max_size=3), st.sampled_from([0.0, 0.5, 1.5, 4.5]), st.booleans()
)
def test_kept_counts_are_what_looking_says_now_and_later(tx, folded, made, changed, later, folds):
    with tx.begin_nested() as nested:
        fids = [add(tx, *one) for one in made]
        for fid, (begins, lasts, grade, _) in zip(fids, changed, strict=False):
            ends = at(None if lasts is None else begins + lasts)
            change = "UPDATE onemap.things SET grade = :g, valid = tstzrange(:b, :e) WHERE fid = :f"
            tx.execute(text(change), {"g": grade, "b": at(begins), "e": ends, "f": fid})
        if folds:
            folded()
        tx.execute(text("DELETE FROM onemap.things WHERE fid = :f"), {"f": max(fids, default=0)})
        for principal in (ANONYMOUS, LOCAL_OPERATOR):
            kept, looked = counts(tx, view_at(principal, at(later) + timedelta(hours=1)))
            assert kept == looked
        nested.rollback()


def test_datastreams_are_counted_by_the_grade_that_they_have_from_their_thing(tx: Connection) -> None:
    thing = add_thing(tx)
    for _ in range(3):
        add_stream(tx, thing)
    assert counts(tx, View.of(ANONYMOUS), "Datastream") == (3, 3)
    tx.execute(text("UPDATE onemap.things SET grade = 2 WHERE fid = :f"), {"f": thing})
    assert counts(tx, View.of(ANONYMOUS), "Datastream") == (0, 0)
    assert counts(tx, View.of(LOCAL_OPERATOR), "Datastream") == (3, 3)
    tx.execute(text("DELETE FROM onemap.things"))
    assert counts(tx, View.of(LOCAL_OPERATOR), "Datastream") == (0, 0)


def test_folding_leaves_few_rows_and_the_same_sums(tx: Connection, folded: Any) -> None:
    for number in range(30):
        add_thing(tx, grade=number % 2)
    folded()
    left = "SELECT grade, n FROM onemap.slice_count WHERE relation = 'onemap.things'::regclass ORDER BY grade"
    assert rows(tx, left) == [(0, 15), (1, 15)]
    tx.execute(text("TRUNCATE onemap.things"))
    assert counts(tx, View.of(LOCAL_OPERATOR)) == (0, 0)


def test_a_table_that_takes_the_place_of_another_is_counted_anew(tx: Connection) -> None:
    for grade in (0, 0, 2):
        add_thing(tx, grade=grade)
    tx.execute(text("UPDATE onemap.slice_count SET relation = 1 WHERE relation = 'onemap.things'::regclass"))
    page = read_page(tx, View.of(ANONYMOUS), BY_TYPE["Thing"], Options(count=True))
    assert page.count == 2
    tx.execute(text("SELECT onemap.attach_triggers('things')"))
    assert counts(tx, View.of(ANONYMOUS)) == (2, 2)
    assert rows(tx, "SELECT * FROM onemap.slice_count WHERE relation = 1") == []
