"""Buckets of time are what pandas makes of the same observations, whether they come from rows or from rollups."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from layers.access import LOCAL_OPERATOR
from layers.errors import NotFound, ParameterError
from twin.sensing.entities.view import View
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading
from twin.sensing.rollups import DURATIONS, BucketQuery, buckets, parse_duration

PANDAS = {
    "PT1M": "1min", "PT5M": "5min", "PT15M": "15min", "PT30M": "30min", "PT1H": "1h", "PT3H": "3h", "PT6H": "6h",
    "PT12H": "12h", "P1D": "1D", "P7D": "W-MON", "P1M": "MS", "P3M": "QS", "P1Y": "YS",
}  # fmt: skip


@pytest.fixture
def stream(tx: Connection) -> int:
    return add_stream(tx, add_thing(tx))


def asked(tx, streams, first=None, last=None, every=None):
    query = BucketQuery(streams, first, last, None if every is None else parse_duration(every))
    return buckets(tx, View.of(LOCAL_OPERATOR), query)


def resampled(tx, stream, first, last, every):
    """Return what pandas says of the observations, as Buckets are."""
    found = rows(
        tx,
        "SELECT time, result FROM onemap.observation WHERE datastream = :s AND time BETWEEN :a AND :b"
        " AND result IS NOT NULL ORDER BY time, sequence",
        s=stream, a=first, b=last,
    )  # fmt: skip
    index = pd.DatetimeIndex([time for time, _ in found]).tz_convert("Asia/Shanghai")
    series = pd.Series([result for _, result in found], index=index, dtype=float)
    by = series.resample(PANDAS[every], closed="left", label="left")
    frame = by.agg(["count", "mean", "min", "max", "first", "last"])
    frame = frame[frame["count"] > 0]
    return [(start.to_pydatetime(), *values) for start, values in zip(frame.index, frame.to_numpy(), strict=True)]


def told(series):
    return [(one.start, one.count, one.mean, one.min, one.max, one.first, one.last) for one in series.buckets]


def require_same(ours, theirs):
    assert [one[0] for one in ours] == [one[0] for one in theirs]
    np.testing.assert_allclose([one[1:] for one in ours], [one[1:] for one in theirs], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("every", list(PANDAS))
def test_buckets_are_those_of_pandas(tx, stream, every):
    rng = np.random.default_rng(7)
    times = at(0) + np.sort(rng.uniform(0, 9 * 86400, 3000)) * timedelta(seconds=1)
    late = rng.permutation(len(times))
    ingest(tx, [Reading(stream, times[n], float(rng.normal(20, 5))) for n in late[:2000]])
    ingest(tx, [Reading(stream, times[n], float(rng.normal(20, 5))) for n in late[2000:]])
    tx.execute(text("DELETE FROM onemap.observation WHERE mod(id, 17) = 0"))
    tx.execute(text("UPDATE onemap.observation SET result = result + 3 WHERE mod(id, 13) = 0"))
    first, last = at(77.7), at(6000.1)
    if every == "PT1M":
        last = at(2000.1)
    used, (series,) = asked(tx, [stream], first, last, every)
    assert used.name == every
    require_same(told(series), resampled(tx, stream, first, last, every))


ROLLUPS = (
    "SELECT datastream, start, count, total, lowest, highest, first, last FROM onemap.rollup ORDER BY datastream, start"
)
COUNTED = """
SELECT datastream, onemap.block_of(time), count(*), sum(onemap.scaled(result)), min(result), max(result),
       (array_agg(result ORDER BY time, sequence))[1], (array_agg(result ORDER BY time DESC, sequence DESC))[1]
FROM onemap.observation WHERE result IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
# Minutes are halves, so that blocks have several; results are whole, so that sums are the same in any order.
MINUTES = st.integers(0, 40).map(lambda half: half / 2)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("ingest"), st.lists(st.tuples(MINUTES, st.integers(0, 2), st.integers(-9, 9)), max_size=8)),
        st.tuples(st.just("delete"), MINUTES, MINUTES),
        st.tuples(st.just("move"), MINUTES, st.integers(1, 9)),
        st.tuples(st.just("change"), MINUTES, st.integers(-99, 99)),
        st.tuples(st.just("no number"), MINUTES),
        st.tuples(st.just("number again"), st.integers(0, 9)),
    ),
    max_size=8,
)
EDITS = {
    "delete": "DELETE FROM onemap.observation WHERE time BETWEEN :a AND :b",
    "move": "UPDATE onemap.observation SET time = time + :n * interval '1 minute', sequence = sequence + :n * 1000"
    " WHERE time = :a",
    "change": "UPDATE onemap.observation SET result = :n WHERE time >= :a AND result IS NOT NULL",
    "no number": "UPDATE onemap.observation SET result = NULL, result_json = '\"x\"' WHERE time >= :a",
    "number again": "UPDATE onemap.observation SET result = :n, result_json = NULL WHERE result IS NULL",
}


def act(tx, stream, kind, *values):
    if kind == "ingest":
        ingest(tx, [Reading(stream, at(minute), float(result), sequence) for minute, sequence, result in values[0]])
        return
    given = {"a": at(values[0]), "n": values[-1]}
    if kind == "delete":
        given["b"] = at(values[1])
    statement = text(EDITS[kind])
    tx.execute(statement, {name: value for name, value in given.items() if name in statement.compile().params})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ACTS, MINUTES, MINUTES, st.sampled_from(["PT5M", "PT15M"]))
def test_whatever_is_done_to_observations_rollups_are_what_is_counted_of_them(tx, acts, first, length, every):
    with tx.begin_nested() as nested:
        stream = add_stream(tx, add_thing(tx))
        for one in acts:
            act(tx, stream, *one)
        assert rows(tx, ROLLUPS) == rows(tx, COUNTED)
        first, last = at(first), at(first + length)
        _, (series,) = asked(tx, [stream], first, last, every)
        if rows(
            tx, "SELECT FROM onemap.observation WHERE result IS NOT NULL AND time BETWEEN :a AND :b", a=first, b=last
        ):
            require_same(told(series), resampled(tx, stream, first, last, every))
        else:
            assert told(series) == []
        nested.rollback()


def test_the_largest_numbers_have_a_mean(tx, stream):
    ingest(tx, [Reading(stream, at(n / 10), value) for n, value in enumerate((1.7e308, 1.7e308, 1.6e308, -5e-324))])
    _, (series,) = asked(tx, [stream], every="PT1H")
    assert told(series)[0][1:3] == (4, pytest.approx(1.25e308))


def test_what_is_no_number_is_in_no_bucket(tx):
    stream = add_stream(tx, add_thing(tx), kind="http://example.org/any")
    ingest(tx, [Reading(stream, at(0), "rain"), Reading(stream, at(1), True), Reading(stream, at(2), 2.0)])
    _, (series,) = asked(tx, [stream], every="PT1H")
    assert [one[1] for one in told(series)] == [1]


def test_without_a_time_the_last_day_of_the_data_is_shown_by_buckets_that_are_few(tx, stream):
    empty = add_stream(tx, add_thing(tx))
    ingest(tx, [Reading(stream, at(hour * 60), 1.0) for hour in range(-30, 1)])
    every, series = asked(tx, [empty, stream])
    assert every.name == "PT5M"
    assert [one.datastream for one in series] == [empty, stream]
    assert [len(one.buckets) for one in series] == [0, 25]
    assert asked(tx, [empty])[1][0].buckets == []
    assert len(asked(tx, [stream], first=at(-60))[1][0].buckets) == 2


def test_what_is_too_much_or_not_there_is_refused(tx, stream):
    with pytest.raises(NotFound, match=r"no datastream 999"):
        asked(tx, [stream, 999])
    with pytest.raises(ParameterError, match="50000 are allowed"):
        asked(tx, [stream], at(0), at(60 * 24 * 40), "PT1M")
    with pytest.raises(ParameterError, match="from 1 to 100 datastreams"):
        asked(tx, range(1, 102))
    with pytest.raises(ParameterError, match="none of PT1M, PT5M"):
        parse_duration("PT7M")


def test_days_before_shanghai_had_the_time_of_a_zone_are_whole(tx, stream):
    noon = datetime(1900, 6, 1, 4, tzinfo=UTC)
    times = [noon + timedelta(minutes=minutes) for minutes in range(0, 3000, 7)]
    ingest(tx, [Reading(stream, time, float(n)) for n, time in enumerate(times)])
    _, (series,) = asked(tx, [stream], times[0], times[-1], "P1D")
    require_same(told(series), resampled(tx, stream, times[0], times[-1], "P1D"))


def test_every_length_that_is_offered_was_compared() -> None:
    assert [one.name for one in DURATIONS] == list(PANDAS)
