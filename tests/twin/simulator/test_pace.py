"""Durations and whole steps of time."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.simulator.pace import batches, check_step, count_of, next_instant, parse_duration

START = datetime(2026, 3, 1, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
STEPS = st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT5M", 300), ("PT30S", 30), ("PT1H30M", 5400), ("P1D", 86_400), ("P1DT6H", 108_000)]
)
def test_durations_of_iso_8601_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text, "--every") == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "5M", "P1M", "PT5", "-PT5M", "PT5M ", "PT0S", "P" + "9" * 15 + "D", "P１D"]
)
def test_other_texts_are_refused_by_name(text: str) -> None:
    with pytest.raises(ParameterError, match="--every"):
        parse_duration(text, "--every")


@given(st.text(max_size=30))
def test_no_text_ends_in_another_error(text: str) -> None:
    with suppress(ParameterError):
        assert parse_duration(text, "--every") > timedelta()


def test_steps_are_between_a_second_and_a_day() -> None:
    for wrong in (timedelta(milliseconds=10), timedelta(days=2)):
        with pytest.raises(ParameterError, match="between one second and one day"):
            check_step(wrong)


@given(INSTANTS, st.integers(0, 5000), STEPS, st.integers(1, 500))
def test_a_period_has_its_whole_steps_once_in_order(start: datetime, length: int, every: timedelta, most: int) -> None:
    end = start + timedelta(seconds=length)
    parts = list(batches(start, end, every, most))
    instants = [instant for part in parts for instant in part]
    assert len(instants) == count_of(start, end, every)
    assert all(0 < len(part) <= most for part in parts)
    assert all(later - earlier == every for earlier, later in pairwise(instants))
    assert all(start <= instant <= end for instant in instants)
    if instants:
        assert instants[0] - every < start
        assert end < instants[-1] + every == next_instant(instants[-1], every)
