"""The life of a task and its escalation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import Conflict, ParameterError
from twin.hazard import Level
from twin.preplans.state import Action, FollowedTask, State, after, allowed, escalations, overdue

NOW = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def task(state: State = State.CONFIRMED, **more: Any) -> FollowedTask:
    values = {"response": Level.YELLOW, "deadline": NOW, "heard": NOW, "rung": 0} | more
    return FollowedTask(1, state, **values)


def test_a_task_goes_from_draft_to_done() -> None:
    state = State.DRAFT
    for action in (Action.CONFIRM, Action.REASSIGN, Action.START, Action.DONE):
        state = after(state, action)
    assert state is State.DONE


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.DRAFT, Action.START),
        (State.DRAFT, Action.DONE),
        (State.CONFIRMED, Action.CONFIRM),
        (State.CONFIRMED, Action.DONE),
        (State.STARTED, Action.CONFIRM),
        (State.DONE, Action.DROP),
        (State.DONE, Action.REASSIGN),
        (State.DROPPED, Action.CONFIRM),
    ],
)
def test_what_is_not_allowed_is_a_conflict_that_says_what_is(state: State, action: Action) -> None:
    with pytest.raises(Conflict, match=f"that is {state.value} cannot be changed by '{action.value}'"):
        after(state, action)


@given(st.lists(st.sampled_from(Action)))
def test_whatever_people_do_a_final_task_stays_final(actions: list[Action]) -> None:
    state = State.DRAFT
    for action in actions:
        if action in allowed(state):
            assert state.open
            state = after(state, action)
        else:
            with pytest.raises(Conflict):
                after(state, action)
    assert state.open == bool(allowed(state))


def test_a_task_is_overdue_at_its_deadline_unless_it_is_finished() -> None:
    assert not overdue(task(), NOW - MINUTE)
    assert overdue(task(), NOW)
    assert not overdue(task(State.DONE), NOW + MINUTE)
    assert not overdue(task(State.DROPPED), NOW + MINUTE)


@pytest.mark.parametrize(("late", "rung"), [(0, 1), (59, 1), (60, 2), (120, 3), (900, 3)])
def test_an_overdue_task_climbs_a_rung_with_each_interval(late: int, rung: int) -> None:
    (found,) = escalations([task(heard=NOW + late * MINUTE)], NOW + late * MINUTE)
    assert (found.rung, found.since) == (rung, NOW)
    assert f"超过时限 {late} 分钟" in found.reason.zh


def test_a_red_response_escalates_after_ten_minutes() -> None:
    (found,) = escalations([task(response=Level.RED)], NOW + 20 * MINUTE)
    assert found.to.zh == "区应急指挥部"


def test_what_was_told_is_not_told_again() -> None:
    assert escalations([task(rung=1)], NOW + 30 * MINUTE) == ()
    assert escalations([task(rung=1)], NOW + 60 * MINUTE)[0].rung == 2


def test_silence_brings_a_reminder_but_not_about_a_draft() -> None:
    later = NOW + timedelta(hours=5)
    (found,) = escalations([task(State.STARTED, deadline=later)], NOW + 60 * MINUTE)
    assert (found.rung, found.reason.en) == (1, "no report for 60 min")
    assert escalations([task(State.STARTED, deadline=later)], NOW + 59 * MINUTE) == ()
    assert escalations([task(State.DRAFT, deadline=later)], NOW + 60 * MINUTE) == ()


def test_a_draft_that_nobody_confirmed_escalates_at_its_deadline_and_a_done_task_never() -> None:
    assert escalations([task(State.DRAFT)], NOW)[0].rung == 1
    assert escalations([task(State.DONE), task(State.DROPPED)], NOW + 900 * MINUTE) == ()


def test_the_longest_due_comes_first() -> None:
    tasks = [FollowedTask(i, State.CONFIRMED, Level.RED, NOW - i * MINUTE, NOW) for i in (1, 3, 2)]
    assert [each.task for each in escalations(tasks, NOW)] == [3, 2, 1]


def test_now_has_to_have_an_offset() -> None:
    with pytest.raises(ParameterError, match="offset"):
        escalations([task()], datetime(2026, 9, 16))  # noqa: DTZ001
