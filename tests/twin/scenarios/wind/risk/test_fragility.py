"""Fragility, age, and the data behind them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError, SourceError
from twin.scenarios.wind.risk.fragility import fragilities, fragility_of, remaining_share
from twin.scenarios.wind.risk.glass import age_factor, type_factor
from twin.scenarios.wind.risk.levels import level_rule, level_rules

KINDS = {"sign", "scaffold", "tower_crane", "tree", "temporary", "rooftop_plant", "canopy"}
HEADER = "kind,state,design_gust_ms,reserve,dispersion,basis,source,derivation\n"


def test_every_kind_has_a_curve_with_a_source_and_its_standing() -> None:
    curves = fragilities()
    assert {kind for kind, _ in curves} == KINDS
    for curve in curves.values():
        assert curve.source
        assert curve.derivation
        assert curve.basis in ("standard", "literature", "judgement")


def test_half_of_them_fail_at_the_median() -> None:
    for curve in fragilities().values():
        assert curve.demand(curve.median_ms) == pytest.approx(0.5)


@given(st.sampled_from(sorted(KINDS)), st.floats(0, 90), st.floats(0, 90))
def test_the_probability_rises_with_the_gust(kind: str, one: float, other: float) -> None:
    low, high = fragility_of(kind).demand(sorted((one, other)))
    assert 0.0 <= low <= high <= 1.0


def test_the_slope_is_the_derivative_of_the_probability() -> None:
    curve, v, h = fragility_of("sign"), np.array([20.0, 35.0, 50.0]), 1e-4
    assert curve.slope(v) == pytest.approx((curve.demand(v + h) - curve.demand(v - h)) / (2 * h), rel=1e-5)


def test_a_crane_at_work_fails_before_one_that_weathervanes() -> None:
    working, secured = fragility_of("tower_crane", "in_use"), fragility_of("tower_crane", "idle")
    assert working.demand(35.0) > 0.5
    assert secured.demand(35.0) < 0.05


def test_shenzhen_lost_a_fifth_of_its_trees_at_the_crown_gust_of_mangkhut() -> None:
    assert fragility_of("tree").demand(0.7 * 40.0) == pytest.approx(0.214, abs=0.03)


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"'balloon'.*canopy"):
        fragility_of("balloon")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("sign,*,34,1.2,0.3,hearsay,x,y", "line 2: basis 'hearsay'"),
        ("sign,*,34,1.2,0.3,judgement,,y", "source is empty"),
        ("sign,*,fast,1.2,0.3,judgement,x,y", "could not convert"),
        ("sign,*,34,1.2,0,judgement,x,y", "above zero"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "fragility.csv"
    path.write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        fragilities(path)


def test_steel_outdoors_ages_and_a_tree_or_an_unknown_year_does_not() -> None:
    years = [2020, 2006, 1980, np.nan]
    assert remaining_share("sign", years, 2026) == pytest.approx([1.0, 0.9, 0.75, 1.0])
    assert remaining_share("tree", years, 2026).tolist() == [1.0] * 4


def test_sealant_counts_from_ten_years_on_and_no_more_after_its_design_life() -> None:
    years = [2020, 2016, 2001, 1990, np.nan]
    assert age_factor(years, 2026) == pytest.approx([1.0, 1.0, 1.25, 1.25, 1.0])
    assert type_factor(None) == 1.0 < type_factor("hidden")


def test_level_rules_name_their_basis_and_places_without_one_are_like_streets() -> None:
    assert level_rule("square") is level_rule("street")
    assert level_rule("facade").bounds == (0.5, 0.7, 0.85, 1.0)
    assert {rule.basis for rule in level_rules().values()} <= {"standard", "literature", "judgement"}
    assert all(rule.source for rule in level_rules().values())


def test_level_bounds_that_do_not_rise_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text("name,measure,blue,yellow,orange,red,basis,source\nstreet,gust_ms,10,9,20,25,judgement,x\n")
    with pytest.raises(SourceError, match=r"line 2.*do not rise"):
        level_rules(path)
