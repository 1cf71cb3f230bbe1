"""Columns brought to their types whole are what their values are one by one."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.base import ColumnType
from layers.intake.vector.arrow import kinds_of, values_of
from layers.intake.vector.casts import cast_column, cast_grades
from layers.intake.vector.columns import bring_to
from layers.intake.vector.statistics import column_statistics

WANTED: list[ColumnType] = ["text", "integer", "real", "boolean", "timestamp"]
STAMPS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001 - Arrow adds the zone
COLUMNS = st.one_of(
    st.tuples(
        st.lists(st.none() | st.text(st.characters(codec="utf-8"))), st.sampled_from([pa.string(), pa.large_string()])
    ),
    st.tuples(st.lists(st.none() | st.integers(-(2**31) - 5, 2**31 + 5)), st.just(pa.int64())),
    st.tuples(st.lists(st.none() | st.integers(-(2**15), 2**15 - 1)), st.just(pa.int16())),
    st.tuples(st.lists(st.none() | st.floats()), st.just(pa.float64())),
    st.tuples(st.lists(st.none() | st.floats(width=32)), st.just(pa.float32())),
    st.tuples(st.lists(st.none() | st.booleans()), st.just(pa.bool_())),
    st.tuples(
        st.lists(st.none() | STAMPS), st.sampled_from([pa.timestamp("us"), pa.timestamp("us", tz="Asia/Shanghai")])
    ),
    st.tuples(st.lists(st.none() | st.dates()), st.just(pa.date32())),
    st.tuples(st.lists(st.none() | st.binary(max_size=4)), st.just(pa.binary())),
)


def single(value: Any) -> Any:
    """Return a number as 32 bits hold it."""
    return None if value is None else pa.array([value], pa.float32())[0].as_py()


def one_by_one(column: Any, wanted: ColumnType) -> list[Any]:
    found = [bring_to(value, wanted) for value in values_of(column)]
    return [single(value) for value in found] if wanted == "real" else found


@given(column=COLUMNS, wanted=st.sampled_from(WANTED))
def test_a_column_as_a_whole_is_what_its_values_are(column, wanted):
    array = pa.array(*column)
    whole = cast_column(array, wanted)
    if whole is None:
        return
    assert len(whole) == len(array)
    assert whole.to_pylist() == one_by_one(array, wanted)


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        (["a\0b"], pa.string(), "text"),
        ([2**31], pa.int64(), "integer"),
        ([1e39], pa.float64(), "real"),
        (["1"], pa.string(), "integer"),
        ([1.0], pa.float64(), "integer"),
        ([1], pa.int64(), "boolean"),
        (["2026-01-01T00:00:00Z"], pa.string(), "timestamp"),
        ([1.5], pa.float64(), "text"),
    ],
)
def test_what_may_need_a_word_is_looked_at_one_by_one(values, kind, wanted):
    assert cast_column(pa.array(values, kind), wanted) is None


def test_the_usual_columns_go_as_a_whole():
    shanghai = timezone(timedelta(hours=8))
    noon = datetime(2026, 8, 1, 12, tzinfo=shanghai)
    cases = [
        (pa.array(["浦东", None]), "text", ["浦东", None]),
        (pa.array(["甲", "乙", "甲"]).dictionary_encode(), "text", ["甲", "乙", "甲"]),
        (pa.array([7, None], pa.int64()), "text", ["7", None]),
        (pa.array([7, None], pa.int64()), "integer", [7, None]),
        (pa.array([7], pa.int64()), "real", [7.0]),
        (pa.array([1.5, math.nan, None]), "real", [1.5, None, None]),
        (pa.array([noon], pa.timestamp("ms", tz="Asia/Shanghai")), "timestamp", [noon.astimezone(UTC)]),
        (pa.nulls(2), "boolean", [None, None]),
    ]
    for column, wanted, expected in cases:
        whole = cast_column(column, wanted)
        assert whole is not None
        assert whole.to_pylist() == expected


def test_grades_are_grades():
    assert cast_grades(pa.array([0, None, 1], pa.int64())).to_pylist() == [0, None, 1]
    assert cast_grades(pa.array([0, 99], pa.int64())) is None
    assert cast_grades(pa.nulls(1)).to_pylist() == [None]


@given(column=COLUMNS, rows=st.integers(1, 4))
def test_what_statistics_tell_is_what_the_values_tell(column, rows, tmp_path_factory):
    array = pa.array(*column)
    path = tmp_path_factory.mktemp("told") / "one.parquet"
    pq.write_table(pa.table({"a": array}), path, row_group_size=rows)
    file = pq.ParquetFile(path)
    found = column_statistics(file.metadata, "a", file.schema_arrow.field("a").type)
    if found is None:
        return
    assert found.filled == len(array) - array.null_count
    if found.kinds is not None:
        # By groups of rows some may be whole numbers of 32 bits and others not; both are then text.
        seen = kinds_of(array)
        assert found.kinds == seen or (found.kinds == {"text"} and "text" in seen)
