"""What a warning cannot be."""

from datetime import UTC, datetime, timedelta

import pytest

from layers.errors import ParameterError
from twin.hazard import Level
from twin.warnings import Status, WeatherWarning

ISSUED = datetime(2026, 7, 19, 7, 30, tzinfo=UTC)


def warning(**changes):
    fields = {
        "id": "1",
        "kind": "gale",
        "level": Level.BLUE,
        "area": "浦东新区",
        "issued": ISSUED,
        "effective": ISSUED,
        "expires": ISSUED + timedelta(hours=24),
    }
    return WeatherWarning(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "storm"}, "kind"),
        ({"level": Level.NONE}, "level"),
        ({"id": " "}, "id"),
        ({"area": ""}, "area"),
        ({"text": "a\x00b"}, "text"),
        ({"issued": datetime(2026, 7, 19, 7, 30)}, "issued"),  # noqa: DTZ001
        ({"expires": ISSUED - timedelta(hours=1)}, "expires"),
        ({"expires": ISSUED + timedelta(days=60)}, "expires"),
        ({"divisions": ("浦东",)}, "divisions"),
        ({"rings": (((400.0, 31.0), (121.0, 31.0), (121.0, 32.0), (400.0, 31.0)),)}, "polygon"),
        ({"rings": (((121.0, 31.0), (121.0, 32.0), (121.0, 31.0)),)}, "polygon"),
    ],
)
def test_a_field_that_cannot_be_is_named(changes, field):
    with pytest.raises(ParameterError) as caught:
        warning(**changes)
    assert caught.value.parameter == field


def test_a_warning_holds_from_its_beginning_to_before_its_end():
    held = warning()
    assert held.covers(ISSUED)
    assert not held.covers(held.expires)
    assert not warning(status=Status.CANCELLED, expires=ISSUED).covers(ISSUED)
    assert held.title.zh == "浦东新区大风蓝色预警"
    assert held.concerns("310115")
