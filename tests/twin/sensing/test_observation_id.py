from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from twin.sensing.observation_id import NUMBERS, beginning_of, month_of, month_of_id

INSTANTS = st.integers(-2_208_900_000, 7_289_500_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(INSTANTS, st.integers(0, NUMBERS - 1))
def test_a_number_tells_the_month_and_stays_exact_in_javascript(time, number):
    identifier = month_of(time) * NUMBERS + number
    assert identifier < 2**53
    assert int(float(identifier)) == identifier
    assert month_of_id(identifier) == month_of(time)


@given(INSTANTS)
def test_an_instant_lies_in_its_month(time):
    month = month_of(time)
    assert beginning_of(month) <= time < beginning_of(month + 1)
    assert beginning_of(month).astimezone(UTC) == beginning_of(month)


def test_a_month_begins_in_utc_not_where_the_reading_is_from():
    assert month_of(datetime.fromisoformat("2026-03-01T07:59:59+08:00")) == month_of(datetime(2026, 2, 1, tzinfo=UTC))
    assert beginning_of(1) - beginning_of(0) == timedelta(days=31)


def test_no_observation_has_the_number_of_a_month_that_is_not_kept():
    assert month_of_id(-1) is None
    assert month_of_id(3612 * NUMBERS) is None
