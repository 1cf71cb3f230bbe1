"""Pre-plans as data: what is read, and what is refused with its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from layers.errors import NotFound, SourceError
from layers.title import Title
from twin.hazard import Impact, Level
from twin.preplans import plan_for
from twin.preplans.plan import Deadline
from twin.preplans.reading import read_plan

NOW = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
PLAN = """
id = "wind"
version = "1"
zh = "预案"
en = "plan"
kinds = ["sign", "tree"]
[roles]
greening = { zh = "绿化", en = "greening" }
[[responses]]
level = "IV"
zh = "四级"
en = "four"
reporting_min = 120
triggers = [{ warning = "gale", level = "blue" }]
[[measures]]
id = "prop"
zh = "支撑"
en = "prop"
kinds = ["tree"]
impact_level = "yellow"
response = "IV"
responsible = "greening"
after_issue_min = 60
order = 1
"""
SECOND = PLAN[PLAN.index("[[measures]]") :].replace('"prop"', '"prune"', 1)


def impact(kind: str, level: Level) -> Impact:
    return Impact(f"x/{kind}", kind, "", level, 1.0, 1.0, "eta", NOW, Title("", ""))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wind.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_plan_for_wind_has_the_measures_that_a_storm_needs() -> None:
    plan = plan_for("wind")
    assert [response.level.response for response in plan.responses] == ["IV", "III", "II", "I"]
    assert {
        "close_sky_deck", "secure_crane", "stop_work_at_height", "fence_keepout", "secure_sign", "close_metro_exit",
        "move_people", "prop_trees", "reinforce_scaffold", "evacuate_temporary",
    } <= {measure.id for measure in plan.measures}  # fmt: skip
    assert [response.reporting for response in plan.responses][::3] == [timedelta(hours=2), timedelta(minutes=10)]
    covered = {kind for measure in plan.measures for kind in measure.kinds}
    assert covered == set(plan.kinds)


def test_a_scenario_without_a_plan_is_told_which_there_are() -> None:
    with pytest.raises(NotFound, match=r"'locusts'.*wind"):
        plan_for("locusts")


def test_a_warning_or_enough_impacts_start_a_response_and_the_highest_counts() -> None:
    plan = plan_for("wind")
    assert plan.response_level([("gale", Level.BLUE)], []) is Level.BLUE
    assert plan.response_level([("gale", Level.BLUE), ("typhoon", Level.ORANGE)], []) is Level.ORANGE
    assert plan.response_level([("fog", Level.RED), ("thunderstorm_gale", Level.BLUE)], []) is Level.NONE
    assert plan.response_level([], [impact("facade", Level.RED)] * 2) is Level.NONE
    assert plan.response_level([], [impact("facade", Level.RED)] * 3) is Level.ORANGE
    assert plan.response_level([], [impact("tree", Level.YELLOW)] * 10) is Level.BLUE
    assert plan.response(Level.RED) is plan.responses[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"tree"]\nimpact', '"statue"]\nimpact'), r"measures 'prop': unknown kind 'statue'; use one of sign, tree"),
        (("after_issue_min = 60", ""), r"measures 'prop': has no deadline"),
        (("after_issue_min = 60", "after_issue_min = -5"), r"measures 'prop': after_issue_min -5 is below zero"),
        (("after_issue_min = 60", 'after_issue_min = "1 h"'), r"after_issue_min must be a whole number, not '1 h'"),
        (('responsible = "greening"', 'responsible = "nobody"'), r"unknown role 'nobody'; use one of greening"),
        (('response = "IV"', 'response = "V"'), r"measures 'prop': response 'V' is none of IV, III, II, I"),
        (('impact_level = "yellow"', ""), r"impact_level None is none of blue"),
        (("order = 1", 'order = 1\ngroup = "block"'), r"group 'block' is none of object, street, owner, district"),
        (
            ('warning = "gale"', 'warning = "storm"'),
            r"responses 'IV', triggers 'storm': 'storm' is not a kind of warning",
        ),
        (('warning = "gale"', 'impacts = "statue"'), r"responses 'IV': unknown kind 'statue'"),
        (('warning = "gale", ', ""), r"triggers no. 1: a trigger needs either warning or impacts"),
        (("reporting_min = 120", ""), r"responses 'IV': has no reporting_min"),
        (('id = "prop"', ""), r"measures no. 1: id must be a text, not None"),
        (("order = 1", 'order = 1\ndepends_on = ["rest"]'), r"unknown measure 'rest'; use one of prop"),
        (("order = 1", 'order = 1\ndepends_on = ["prop"]'), r"depends_on is circular: prop -> prop"),
        (
            ("order = 1", "order = 1\n" + SECOND.replace('"prune"', '"prop"', 1)),
            r"measures: 'prop' occurs more than once",
        ),
        (('[roles]\ngreening = { zh = "绿化", en = "greening" }', 'roles = "all"'), r"roles must be a table"),
        (("version = ", "version == "), r"is not a readable TOML file"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused_with_its_place(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert change[0] in PLAN
    with pytest.raises(SourceError, match=message) as error:
        read_plan(written(tmp_path, PLAN.replace(*change)))
    assert str(error.value).startswith("wind.toml")


def test_a_circle_of_two_is_named(tmp_path: Path) -> None:
    text = PLAN + 'depends_on = ["prune"]\n' + SECOND + 'depends_on = ["prop"]\n'
    with pytest.raises(SourceError, match=r"prop -> prune -> prop|prune -> prop -> prune"):
        read_plan(written(tmp_path, text))


def test_the_earlier_of_two_deadlines_counts_and_ten_minutes_are_left_at_least() -> None:
    both = Deadline(timedelta(hours=4), timedelta(hours=2))
    assert both.at(NOW, None) == NOW + timedelta(hours=4)
    assert both.at(NOW, NOW + timedelta(hours=24)) == NOW + timedelta(hours=4)
    assert both.at(NOW, NOW + timedelta(hours=5)) == NOW + timedelta(hours=3)
    assert both.at(NOW, NOW + timedelta(hours=1)) == NOW + timedelta(minutes=10)
    assert Deadline(before_onset=timedelta(hours=2)).at(NOW, None) == NOW + timedelta(minutes=10)
