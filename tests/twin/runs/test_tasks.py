from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from layers.access.decision import require
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR
from layers.errors import Conflict, NotFound, ParameterError
from layers.store.engine import Database
from twin.preplans.state import State
from twin.runs import record, store, tasks
from twin.runs.escalate import escalate
from twin.runs.record import Run
from twin.runs.tasks import TaskDecision
from twin.store.models import task_event

Calculated = Callable[..., Run]
ALL = require(LOCAL_OPERATOR, "read", "tasks")


def soon() -> str:
    """Return when a run begins whose first task is due in half an hour."""
    return datetime.now(UTC).isoformat()


def first_of(db: Database, run: Run) -> dict:
    return tasks.of_run(db, run.id, ALL)[0]


def whats(db: Database, number: int) -> list[str]:
    return [event["what"] for event in tasks.show(db, number, ALL)["events"]]


def test_drafts_are_kept_in_their_order_with_all_that_they_say(db: Database, calculated: Calculated) -> None:
    run = calculated()
    crane, district = tasks.of_run(db, run.id, ALL)
    assert (crane["measure"], district["measure"]) == ("secure_crane", "stand_by")
    assert crane["objects"] == ["risk_sources/1"]
    assert crane["department"] == {"zh": "施工单位", "en": "contractor"}
    assert (crane["state"], crane["actions"]) == ("draft", ["confirm", "reassign", "drop"])
    assert (crane["deadline"], crane["overdue"]) == ("2026-09-15T22:30:00Z", crane["overdue"])
    assert crane["response"] == 3
    assert whats(db, crane["id"]) == ["drafted"]


def test_a_task_goes_its_way_and_everything_is_remembered(db: Database, calculated: Calculated) -> None:
    number = first_of(db, calculated())["id"]
    for action in ("confirm", "start", "report", "done"):
        tasks.do(db, number, TaskDecision(action, "值班员", note=f"{action}!"), ALL)
    shown = tasks.show(db, number, ALL)
    assert shown["state"] == "done"
    assert [event["what"] for event in shown["events"]] == ["drafted", "confirm", "start", "report", "done"]
    assert [event["state"] for event in shown["events"]] == ["draft", "confirmed", "started", "started", "done"]
    assert {event["who"] for event in shown["events"][1:]} == {"值班员"}


def test_a_reassigned_task_says_whose_it_was(db: Database, calculated: Calculated) -> None:
    number = first_of(db, calculated())["id"]
    until = datetime.now(UTC) + timedelta(hours=3)
    tasks.do(db, number, TaskDecision("reassign", "值班员", owner="抢险队", phone="119", deadline=until), ALL)
    shown = tasks.show(db, number, ALL)
    assert (shown["owner"], shown["phone"], shown["state"]) == ("抢险队", "119", "reassigned")
    detail = shown["events"][-1]["detail"]
    assert detail["owner"] == {"from": "上海某建筑公司", "to": "抢险队"}


def test_what_its_state_does_not_allow_is_a_conflict_and_changes_nothing(db: Database, calculated: Calculated) -> None:
    number = first_of(db, calculated())["id"]
    with pytest.raises(Conflict, match="draft"):
        tasks.do(db, number, TaskDecision("done", "值班员"), ALL)
    assert whats(db, number) == ["drafted"]
    with pytest.raises(NotFound, match="no task 999"):
        tasks.do(db, 999, TaskDecision("confirm", "值班员"), ALL)


@pytest.mark.parametrize(
    ("stated", "parameter"),
    [
        ({"what": "explode"}, "action"),
        ({"what": "reassign"}, "owner"),
        ({"what": "report"}, "note"),
        ({"what": "done", "owner": "他"}, "owner"),
        ({"what": "confirm", "note": "x" * 2001}, "note"),
        ({"what": "confirm", "deadline": datetime(2020, 1, 1, tzinfo=UTC)}, "deadline"),
    ],
)
def test_a_deed_that_is_none_is_named(stated: dict, parameter: str) -> None:
    with pytest.raises(ParameterError) as refused:
        TaskDecision(who="值班员", **stated)
    assert refused.value.parameter == parameter


def test_persons_are_masked_from_those_without_clearance(db: Database, calculated: Calculated) -> None:
    run = calculated()
    number = first_of(db, run)["id"]
    tasks.do(db, number, TaskDecision("reassign", "值班员", note="电话已打", owner="抢险队"), ALL)
    shown = tasks.show(db, number, require(ANONYMOUS, "read", "tasks"))
    assert shown.keys() & {"owner", "phone"} == set()
    assert "抢险队" not in str(shown)
    assert "值班员" not in str(shown)
    assert "电话已打" not in str(shown)


def test_a_late_task_is_escalated_rung_by_rung_and_each_once(db: Database, calculated: Calculated) -> None:
    run = calculated(begins=soon(), show=True)
    due = first_of(db, run)["deadline"]
    deadline = datetime.fromisoformat(due)
    assert escalate(db, deadline - timedelta(minutes=1)) == 0
    assert escalate(db, deadline) == 1
    assert escalate(db, deadline) == 0
    # Orange reports every half hour.
    assert escalate(db, deadline + timedelta(minutes=31)) == 1
    number = first_of(db, run)["id"]
    shown = tasks.show(db, number, ALL)
    assert (shown["escalation"], shown["state"]) == (2, "draft")
    assert [event["what"] for event in shown["events"]] == ["drafted", "escalate", "escalate"]
    assert "值班领导" in shown["events"][-1]["note"]


def test_what_is_done_or_dropped_is_not_escalated(db: Database, calculated: Calculated) -> None:
    run = calculated(begins=soon(), show=True)
    for task in tasks.of_run(db, run.id, ALL):
        tasks.do(db, task["id"], TaskDecision("drop", "值班员"), ALL)
    assert escalate(db, datetime.now(UTC) + timedelta(days=1)) == 0


def test_a_new_deadline_begins_anew(db: Database, calculated: Calculated) -> None:
    run = calculated(begins=soon(), show=True)
    number, deadline = first_of(db, run)["id"], datetime.fromisoformat(first_of(db, run)["deadline"])
    escalate(db, deadline)
    tasks.do(db, number, TaskDecision("confirm", "值班员", deadline=deadline + timedelta(hours=5)), ALL)
    assert first_of(db, run)["escalation"] == 0


def test_drafts_of_what_ifs_and_tasks_of_replays_are_left_alone(db: Database, calculated: Calculated) -> None:
    what_if = calculated(begins=soon())
    replay = calculated(begins="2024-09-16T00:00:00Z", show=True)
    later = datetime.now(UTC) + timedelta(days=1)
    assert escalate(db, later) == 0
    tasks.do(db, first_of(db, what_if)["id"], TaskDecision("confirm", "值班员"), ALL)
    tasks.do(db, first_of(db, replay)["id"], TaskDecision("confirm", "值班员"), ALL)
    assert escalate(db, later) == 1


def test_a_run_whose_tasks_are_under_way_is_not_deleted(db: Database, calculated: Calculated, scenarios_home) -> None:
    run = calculated()
    number = first_of(db, run)["id"]
    tasks.do(db, number, TaskDecision("confirm", "值班员"), ALL)
    with pytest.raises(Conflict, match=rf"1 tasks of run {run.id} are under way"):
        record.remove(db, scenarios_home, run)
    tasks.do(db, number, TaskDecision("drop", "值班员"), ALL)
    record.remove(db, scenarios_home, run)
    with db.reader.connect() as connection:
        assert connection.execute(select(task_event.c.id)).first() is None


def test_nobody_changes_what_was_done(db: Database, calculated: Calculated) -> None:
    calculated()
    for statement in ("DELETE FROM onemap.task_event", "UPDATE onemap.task_event SET who = 'nobody'"):
        with db.writer.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(statement))


def test_the_after_action_report_hears_what_became_of_tasks(db: Database, calculated: Calculated) -> None:
    run = calculated(begins=soon())
    number = first_of(db, run)["id"]
    for action in ("confirm", "start", "done"):
        tasks.do(db, number, TaskDecision(action, "值班员"), ALL)
    with db.reader.connect() as connection:
        crane, district = tasks.acted(connection, run.id, ALL)
    assert (crane.state, crane.in_time, crane.objects) == (State.DONE, True, ("risk_sources/1",))
    assert (district.state, district.finished) == (State.DRAFT, None)


def test_shown_is_not_what_a_draft_needs_when_a_warning_started_its_run(db: Database, calculated: Calculated) -> None:
    run = calculated(begins=soon())
    store.hide(db, run.id)
    with db.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO onemap.warning (id, kind, level, area, issued, expires, status, principal, run) VALUES "
                "('w', 'gale', 2, '浦东新区', now(), now() + interval '1 day', 'issued', 'test', :run)"
            ),
            {"run": run.id},
        )
    assert escalate(db, datetime.now(UTC) + timedelta(days=1)) == 2
