"""The four words: levels, rules, ranking."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.title import Title
from twin.hazard import (
    SCREENING,
    Direct,
    Exposure,
    Finding,
    Hazard,
    Impact,
    Level,
    LevelRule,
    assess,
    count_levels,
    rank,
    score,
)

RULE = LevelRule("eta", (0.5, 0.7, 0.85, 1.0), "judgement", "a test")
NOW = datetime(2026, 9, 1, tzinfo=UTC)


def impact(key: str, level: Level, points: float = 1.0, screening: bool = True) -> Impact:
    return Impact(key, "sign", key, level, points, 0.6, "eta", NOW, Title("原因", "why"), screening=screening)


def test_a_level_begins_at_its_bound_and_nan_has_none() -> None:
    assert RULE.levels([0.0, 0.499, 0.5, 0.7, 0.85, 1.0, 9.0, np.nan]).tolist() == [0, 0, 1, 2, 3, 4, 4, 0]
    assert RULE.level(0.9) is Level.ORANGE


def test_bounds_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="do not rise"):
        LevelRule("eta", (0.5, 0.5, 0.85, 1.0), "judgement", "a test")


@given(st.floats(0, 10), st.floats(0, 10))
def test_severity_rises_with_demand_and_agrees_with_the_level(one: float, other: float) -> None:
    low, high = sorted((one, other))
    severity = RULE.severity([low, high])
    assert severity[0] <= severity[1] < 5.0
    assert int(severity[1]) == RULE.level(high)


def test_the_list_is_ordered_by_level_then_score_then_key() -> None:
    given_in = [
        impact("b", Level.BLUE, 9.0),
        impact("z", Level.RED),
        impact("a", Level.RED),
        impact("c", Level.RED, 2.0),
    ]
    assert [each.key for each in rank(given_in)] == ["c", "a", "z", "b"]
    assert rank(given_in) == rank(reversed(given_in))


def test_people_raise_the_score_and_unknown_people_do_not() -> None:
    assert score(2.0, 999.0) == pytest.approx(2.75)
    assert score(2.0, np.nan) == 2.0


def test_a_screening_conclusion_says_so_in_both_languages() -> None:
    sentence = impact("a", Level.RED).sentence()
    assert SCREENING.zh in sentence.zh
    assert SCREENING.en in sentence.en
    assert impact("a", Level.RED, screening=False).sentence() == Title("原因", "why")


def test_levels_know_their_response_and_colour() -> None:
    assert [level.response for level in Level] == ["", "IV", "III", "II", "I"]
    assert Level.from_response("II") is Level.ORANGE
    assert Level.RED.color == "#e02020"
    assert Level.BLUE.title.zh == "蓝色"
    with pytest.raises(ValueError, match="V"):
        Level.from_response("V")


def test_levels_are_counted_without_those_that_have_none() -> None:
    counts = count_levels([impact("a", Level.RED), impact("b", Level.RED), impact("c", Level.NONE)])
    assert counts == {Level.BLUE: 0, Level.YELLOW: 0, Level.ORANGE: 0, Level.RED: 2}


class Blindness:
    """How a driver answers to visibility in metres: the extinction, 1/m, so that less sight is more demand."""

    measure = "extinction"

    def demand(self, intensity: np.ndarray) -> np.ndarray:
        return 1.0 / np.asarray(intensity)

    def slope(self, intensity: np.ndarray) -> np.ndarray:
        return -1.0 / np.square(intensity)


def test_the_four_words_make_impacts_of_a_hazard_that_is_worse_when_it_is_less() -> None:
    hazard = Hazard("visibility_m", "m", np.array([800.0, 150.0, np.nan]), np.array([80.0, 15.0, 0.0]), [NOW] * 3)
    roads = [Exposure(f"roads/{i}", "road", f"路{i}", people=float(i)) for i in range(3)]
    rule = LevelRule("extinction", (1 / 1000, 1 / 500, 1 / 200, 1 / 50), "standard", "a test")

    def tell(found: Finding) -> tuple[Title, dict[str, float]]:
        return Title(f"能见度 {found.intensity:.0f} m", f"{found.intensity:.0f} m"), {"visibility_m": found.intensity}

    near, foggy = assess(hazard, roads, Blindness(), rule, tell)
    assert (near.level, foggy.level) == (Level.BLUE, Level.ORANGE)
    assert foggy.uncertainty == pytest.approx(15.0 / 150.0**2)
    assert foggy.reason.zh == "能见度 150 m"
    assert foggy.evidence == {"visibility_m": 150.0}
    assert (foggy.people, foggy.measure, foggy.screening) == (1.0, "extinction", False)


def test_for_those_who_meet_it_as_it_is_the_hazard_is_the_demand() -> None:
    direct = Direct("depth_m")
    assert direct.demand([0.5]).tolist() == [0.5]
    assert direct.slope([0.5, 2.0]).tolist() == [1.0, 1.0]
