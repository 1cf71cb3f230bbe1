from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.temporal import When, parse_instant, parse_when, rfc3339

BEIJING = timezone(timedelta(hours=8))
instants = st.datetimes(timezones=st.just(UTC)).filter(lambda instant: 1900 < instant.year < 2200)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(instants, offsets)
def test_an_instant_survives_being_written_in_any_zone(instant: datetime, zone: timezone) -> None:
    assert parse_instant(instant.astimezone(zone).isoformat()) == instant


@given(instants)
def test_what_we_write_we_can_read(instant: datetime) -> None:
    assert parse_instant(rfc3339(instant)) == instant


@given(instants, instants)
def test_an_interval_keeps_both_ends(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    when = parse_when(f"{rfc3339(first)}/{rfc3339(last)}")
    assert (when.first, when.last) == (first, last)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    with suppress(ParameterError):
        assert isinstance(parse_when(text), When)


def test_beijing_time_becomes_utc() -> None:
    assert parse_instant("2026-08-15T08:00:00+08:00") == datetime(2026, 8, 15, tzinfo=UTC)
    assert parse_instant("2026-08-15t00:00:00z") == datetime(2026, 8, 15, tzinfo=UTC)


def test_open_ends_are_two_dots_or_nothing() -> None:
    assert parse_when("2026-01-01T00:00:00Z/..").last is None
    assert parse_when("/2026-01-01T00:00:00Z").first is None


def test_a_date_stands_for_its_whole_day() -> None:
    when = parse_when("2026-08-15")
    assert when.first == datetime(2026, 8, 15, tzinfo=UTC)
    assert when.last == datetime(2026, 8, 15, 23, 59, 59, 999999, tzinfo=UTC)
    assert not when.is_instant


def test_without_a_time_it_is_now() -> None:
    when = parse_when(None)
    assert when.is_instant
    assert when.first is not None
    assert abs(datetime.now(UTC) - when.first) < timedelta(seconds=5)


def test_as_of_is_kept_beside_the_valid_time() -> None:
    when = parse_when("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert when == When(
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2026-13-01", "'2026-13-01' names no instant of the calendar"),
        ("2026-08-15T08:00:00", "is not an RFC 3339 date-time"),
        ("yesterday", "'yesterday' is not an RFC 3339 date-time"),
        ("2026-02-01T00:00:00Z/2026-01-01T00:00:00Z", "ends before it begins"),
        ("../..", "neither an instant nor an interval"),
        ("a/b/c", "neither an instant nor an interval"),
        ("9999-12-31T23:59:59-14:00", "names no instant of the calendar"),
    ],
)
def test_a_bad_time_is_refused_with_its_reason(text: str, part: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_when(text)
    assert part in str(refused.value)
