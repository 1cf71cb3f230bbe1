"""The wind behind the signals."""

from datetime import timedelta
from itertools import pairwise

import pytest

from layers.errors import InputError
from twin.hazard import Level
from twin.warnings.rules import ASSUMED, RULES, assumed_wind


def test_the_criteria_are_those_of_the_national_signals():
    yellow = assumed_wind("gale", Level.YELLOW)
    assert (yellow.mean.low, yellow.gust.low, yellow.within) == (8, 9, timedelta(hours=12))
    red = assumed_wind("typhoon", Level.RED)
    assert (red.mean.low, red.gust.low, red.gust.open, red.within) == (12, 14, True, timedelta(hours=6))


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in ASSUMED}))
def test_the_levels_of_a_kind_follow_each_other_without_gap(kind):
    winds = [assumed_wind(kind, level) for level in list(Level)[1:]]
    for milder, worse in pairwise(winds):
        assert milder.mean.high + 1 == worse.mean.low
        assert milder.gust.high + 1 == worse.gust.low


def test_rain_stands_for_no_wind_and_every_rule_of_the_wind_has_one():
    with pytest.raises(InputError, match="no wind"):
        assumed_wind("rainstorm", Level.RED)
    assert {rule.kind for rule in RULES if rule.scenario == "wind"} == {kind for kind, _ in ASSUMED}
