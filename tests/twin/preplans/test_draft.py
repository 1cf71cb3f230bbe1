"""Drafting tasks from a plan and impacts."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from layers.errors import ParameterError
from layers.title import Title
from twin.hazard import Impact, Level
from twin.preplans import plan_for
from twin.preplans.draft import TaskDraft, draft_tasks

PLAN = plan_for("wind")
NOW = datetime(2026, 9, 16, 10, 0, tzinfo=timezone(timedelta(hours=8)))
ONSET = NOW + timedelta(hours=12)


def impact(key: str, kind: str, level: Level, **more: Any) -> Impact:
    values = {"name": "", "owner": "", "phone": "", "people": 0.0, "evidence": {}} | more
    times = {"at": NOW, "reason": Title("因", "why")}
    return Impact(key, kind, level=level, score=float(level), demand=0.5, measure="probability", **times, **values)


def drafted(*impacts: Impact, level: Level = Level.ORANGE) -> dict[str, list[TaskDraft]]:
    tasks: dict[str, list[TaskDraft]] = {}
    for task in draft_tasks(PLAN, level, impacts, NOW, ONSET):
        tasks.setdefault(task.measure, []).append(task)
    return tasks


def test_five_hundred_trees_are_a_task_for_each_street() -> None:
    trees = [
        impact(f"risk_sources/{i}", "tree", Level.YELLOW, evidence={"street": f"路{i % 4}"}, people=1.0)
        for i in range(500)
    ]
    tasks = drafted(*trees)["prop_trees"]
    assert len(tasks) == 4
    assert tasks[0].title.zh == "修剪、支撑行道树：路0（125 处）"
    assert len(tasks[0].objects) == 125
    assert tasks[0].people == 125.0


def test_a_crane_is_stopped_before_it_is_secured_and_its_owner_is_called() -> None:
    crane = impact("risk_sources/1", "tower_crane", Level.RED, name="一号塔吊", owner="甲公司", phone="021", people=3.0)
    tasks = drafted(crane)
    secured = tasks["secure_crane"][0]
    assert secured.title == Title(
        "塔吊停用、松开回转制动使其随风回转：一号塔吊",
        "take the tower crane out of service and let it weathervane: 一号塔吊",
    )
    assert (secured.owner, secured.phone, secured.level) == ("甲公司", "021", Level.RED)
    assert secured.depends_on == ("stop_work_at_height",)
    assert tasks["stop_work_at_height"][0].order < secured.order
    assert "筛查结论" in secured.reason.zh
    assert secured.department.zh == "施工单位"


def test_signs_of_an_owner_are_one_task_and_other_owners_are_not_mixed_in() -> None:
    signs = [impact(f"risk_sources/{i}", "sign", Level(1 + i % 4), owner="甲乙"[i % 2], phone="1") for i in range(8)]
    tasks = drafted(*signs)["secure_sign"]
    assert sorted((task.owner, len(task.objects)) for task in tasks) == [("乙", 4), ("甲", 2)]
    assert all(impact in tasks[0].objects for impact in ("risk_sources/3", "risk_sources/7"))


def test_the_response_decides_which_measures_are_drafted() -> None:
    street = impact("roads/1", "street", Level.RED, name="世纪大道")
    assert set(drafted(street, level=Level.BLUE)) == {"stand_by"}
    assert set(drafted(street, level=Level.YELLOW)) == {"stand_by", "move_people"}
    assert drafted(street, level=Level.NONE) == {}


def test_pieces_of_one_street_are_one_task() -> None:
    pieces = [impact(f"roads/{i}", "street", Level.ORANGE, name="世纪大道") for i in range(3)]
    (task,) = drafted(*pieces)["move_people"]
    assert task.title.zh == "劝离路段行人、限制非机动车通行：世纪大道（3 处）"
    assert task.reason.zh.startswith("3 处，最高橙色")


def test_a_measure_of_the_district_is_drafted_once_and_says_why() -> None:
    (task,) = drafted(level=Level.RED)["stand_by"]
    assert task.objects == ()
    assert task.level is Level.RED
    assert "I 级响应" in task.reason.zh
    assert not task.screening


def test_impacts_below_the_level_of_a_measure_draft_nothing() -> None:
    deck = impact("gathering_places/1", "sky_deck", Level.YELLOW)
    assert "close_sky_deck" not in drafted(deck)


def test_tasks_come_in_the_order_of_the_plan_with_deadlines_in_utc() -> None:
    tasks = draft_tasks(
        PLAN,
        Level.ORANGE,
        [impact("a/1", "metro_exit", Level.RED), impact("a/2", "sky_deck", Level.RED)],
        NOW,
        NOW + timedelta(minutes=80),
    )
    assert [task.measure for task in tasks] == ["stand_by", "close_sky_deck", "close_metro_exit"]
    assert [task.deadline for task in tasks] == [NOW + timedelta(minutes=minutes) for minutes in (30, 20, 50)]
    assert all(task.deadline.tzinfo is UTC for task in tasks)


def test_the_order_of_impacts_does_not_matter() -> None:
    impacts = [impact(f"risk_sources/{i}", "sign", Level.RED, name=f"牌{i}") for i in range(9)]
    assert draft_tasks(PLAN, Level.RED, impacts, NOW) == draft_tasks(PLAN, Level.RED, impacts[::-1], NOW)


def test_times_without_offset_are_refused() -> None:
    with pytest.raises(ParameterError, match="onset"):
        draft_tasks(PLAN, Level.RED, [], NOW, datetime(2026, 9, 16))  # noqa: DTZ001
