"""The after-action report: hits, misses, false alarms."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from layers.errors import ParameterError
from layers.title import Title
from twin.hazard import Impact, Level
from twin.preplans.after_action import Damage, ForecastImpact, Score, Storm, TaskOutcome, judge
from twin.preplans.state import State

NOW = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
LON, LAT = 121.5, 31.236
METRE = 1 / 95_350.0  # degrees of longitude there


@dataclass(frozen=True)
class Warned:
    title: Title
    level: Level
    issued: datetime


def foreseen(key: str, kind: str, east_m: float, level: Level = Level.ORANGE) -> ForecastImpact:
    impact = Impact(key, kind, key, level, 1.0, 0.5, "probability", NOW, Title("因", "why"))
    return ForecastImpact(impact, shapely.Point(LON + east_m * METRE, LAT))


def damage(kind: str, east_m: float, hours: float = 1.0) -> Damage:
    return Damage(kind, LON + east_m * METRE, LAT, NOW + timedelta(hours=hours))


def storm(*found: ForecastImpact, tasks: tuple[TaskOutcome, ...] = ()) -> Storm:
    return Storm([Warned(Title("大风黄色预警", "gale"), Level.YELLOW, NOW - timedelta(hours=9))], found, tasks)


def test_hits_misses_and_false_alarms_are_counted() -> None:
    found = judge(
        storm(foreseen("a", "tree", 0), foreseen("b", "tree", 500), foreseen("c", "sign", 0)),
        [damage("tree", 20), damage("tree", 900), damage("advertisement", 45)],
    )
    assert [hit.impact.key for hit in found.hits] == ["a", "c"]
    assert [each.lon for each in found.misses] == [LON + 900 * METRE]
    assert [each.key for each in found.false_alarms] == ["b"]
    assert found.score == Score(2, 1, 1)
    assert found.score.pod == pytest.approx(2 / 3)
    assert found.score.far == pytest.approx(1 / 3)
    assert found.score.csi == pytest.approx(1 / 2)
    assert found.scores() == {"sign": Score(1, 0, 0), "tree": Score(1, 1, 1)}


def test_fifty_metres_are_near_and_fifty_one_are_not() -> None:
    near = judge(storm(foreseen("a", "tree", 0)), [damage("tree", 49.5)])
    far = judge(storm(foreseen("a", "tree", 0)), [damage("tree", 51)])
    assert near.hits[0].distance_m == pytest.approx(49.5, abs=0.1)
    assert far.score == Score(0, 1, 1)
    assert judge(storm(foreseen("a", "tree", 0)), [damage("tree", 51)], near_m=60).score == Score(1, 0, 0)


def test_one_forecast_explains_one_damage_the_nearest() -> None:
    found = judge(storm(foreseen("a", "tree", 0)), [damage("tree", 30), damage("tree", 10)])
    assert found.score == Score(1, 1, 0)
    assert found.hits[0].distance_m == pytest.approx(10, abs=0.1)


def test_a_damage_of_another_kind_is_no_hit() -> None:
    assert judge(storm(foreseen("a", "tree", 0)), [damage("sign", 0)]).score == Score(0, 1, 1)


def test_a_facade_counts_from_its_nearest_point() -> None:
    tower = foreseen("buildings/1", "facade", 0)
    outline = shapely.box(LON, LAT, LON + 60 * METRE, LAT + 0.0005)
    found = judge(storm(ForecastImpact(tower.impact, outline)), [damage("curtain_wall", 100)])
    assert found.hits[0].distance_m == pytest.approx(40, abs=0.2)


def test_forecasts_below_the_level_are_neither_hits_nor_false_alarms() -> None:
    assert judge(storm(foreseen("a", "tree", 0, Level.BLUE)), [damage("tree", 0)]).score == Score(0, 1, 0)


def test_ratios_without_cases_are_none() -> None:
    score = judge(storm(), []).score
    assert (score.pod, score.far, score.csi) == (None, None, None)
    assert judge(storm(), [damage("tree", 0)]).score.far is None


def test_a_hit_tells_whether_its_task_was_done_before() -> None:
    early = TaskOutcome("prop_trees", Title("支撑", "prop"), ("a",), State.DONE, NOW, NOW - timedelta(hours=1))
    late = TaskOutcome("prop_trees", Title("支撑", "prop"), ("b",), State.DONE, NOW, NOW + timedelta(hours=3))
    found = judge(
        storm(foreseen("a", "tree", 0), foreseen("b", "tree", 500), tasks=(early, late)),
        [damage("tree", 0), damage("tree", 500)],
    )
    assert [hit.acted_before for hit in found.hits] == [True, False]
    assert (early.in_time, late.in_time) == (True, False)
    assert found.states()[State.DONE] == 2


def test_the_rows_tell_the_story_in_the_order_of_time() -> None:
    done = TaskOutcome("prop_trees", Title("支撑", "prop"), ("a",), State.DONE, NOW, NOW - timedelta(hours=1))
    found = judge(
        storm(foreseen("a", "tree", 0), foreseen("b", "tree", 500), tasks=(done,)),
        [damage("tree", 0, hours=2), damage("tree", 900, hours=1)],
    )
    assert [row["what"]["zh"] for row in found.rows()] == ["预警", "任务", "漏报", "命中", "空报"]


def test_a_damage_without_offset_is_refused() -> None:
    with pytest.raises(ParameterError, match="of a damage has no offset"):
        judge(storm(), [Damage("tree", LON, LAT, datetime(2026, 9, 16))])  # noqa: DTZ001
