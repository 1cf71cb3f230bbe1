"""Times as files write them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.sensing.files.times import Clock, TimeFault, zone_of

SHANGHAI = Clock(zone_of("Asia/Shanghai"))
EIGHT = datetime(2026, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-15T08:00:00+08:00", "2026-08-15T00:00:00Z", "2026-08-15 08:00", "2026/8/15 8:00",
        "2026.08.15 08:00:00.0",
        "2026年8月15日 8时", "2026年08月15日08时", "2026-08-15 02:00:00 +0200", "2026-08-14T24:00:00Z",
    ],
)  # fmt: skip
def test_an_instant_is_read_as_offices_write_it(text):
    assert SHANGHAI.read(text) == EIGHT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-08-15", "time"), ("08/15/2026 08:00", "time"), ("2026-02-30 00:00", "time"),
        ("2026-08-15 25:00", "time"),
        ("", "time"), ("1786752000", "time"), ("２０２６-08-15 08:00", "time"), ("2026-08-15 08:00 +25:00", "zone"),
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text, why):
    with pytest.raises(TimeFault) as refusal:
        SHANGHAI.read(text)
    assert refusal.value.why == why


def test_without_a_declared_zone_a_time_has_to_state_one():
    assert Clock().read("2026-08-15T08:00:00+08:00") == EIGHT
    with pytest.raises(TimeFault, match="none is declared"):
        Clock().read("2026-08-15 08:00")


@pytest.mark.parametrize("text", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_an_hour_that_a_zone_skips_or_has_twice_is_refused(text):
    with pytest.raises(TimeFault, match="twice or not at all"):
        Clock(zone_of("Europe/Berlin")).read(text)
    assert Clock(zone_of("Europe/Berlin")).read(f"{text}+01:00")


def test_odd_forms_are_declared():
    assert Clock(UTC, "%d.%m.%y %H:%M").read("15.08.26 00:00") == EIGHT
    with pytest.raises(TimeFault, match="not written as"):
        Clock(UTC, "%d.%m.%y").read("2026-08-15")


@pytest.mark.parametrize("text", ["Mars", "+15:00", "+08:60", "", "../../etc/passwd", "\0"])
def test_what_is_no_zone_is_told(text):
    with pytest.raises(ParameterError, match="no zone"):
        zone_of(text)


@given(st.text(max_size=30))
def test_any_text_is_an_instant_or_refused_with_a_reason(text):
    with suppress(TimeFault):
        assert SHANGHAI.read(text).tzinfo is not None


@given(st.lists(st.text(max_size=5), min_size=3, max_size=6))
def test_any_parts_are_an_instant_or_refused_with_a_reason(parts):
    with suppress(TimeFault):
        assert SHANGHAI.of_parts(parts).tzinfo is not None


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_what_is_written_is_read_back(moment, minutes):
    placed = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert Clock().read(placed.isoformat()) == placed
