from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from layers.access.decision import Resource, decide, readable, require, shown_columns
from layers.access.principals import (
    ANONYMOUS,
    DUTY,
    LOCAL_OPERATOR,
    STEWARD,
    Principal,
    ensure_administrator,
    token_hash,
)
from layers.catalog import built_in
from layers.errors import Forbidden, NotFound, Unauthenticated
from layers.grades import Grade
from layers.registry import Registry
from layers.store.models import principal as principal_table

POI = built_in().get("poi")
INTERNAL = replace(POI, grade=Grade.INTERNAL)
PLANNER = Principal("规划员", frozenset({"planner"}), Grade.INTERNAL)


def test_everybody_reads_what_is_open() -> None:
    assert decide(ANONYMOUS, "read", POI).allowed


def test_a_graded_layer_is_as_unknown_to_others_as_one_that_is_not_there() -> None:
    registry = Registry([INTERNAL])
    with pytest.raises(NotFound) as hidden:
        readable(registry, ANONYMOUS, "poi")
    with pytest.raises(NotFound) as missing:
        readable(Registry(), ANONYMOUS, "poi")
    assert str(hidden.value) == str(missing.value)
    assert readable(registry, PLANNER, "poi")[1].allowed


def test_a_graded_column_is_masked() -> None:
    columns = tuple(replace(c, grade=Grade.INTERNAL) if c.name == "phone" else c for c in POI.columns)
    layer = replace(POI, columns=columns)
    anonymous, planner = decide(ANONYMOUS, "read", layer), decide(PLANNER, "read", layer)
    assert "phone" not in {column.name for column in shown_columns(layer, anonymous)}
    assert "phone" in {column.name for column in shown_columns(layer, planner)}
    assert anonymous.scope != planner.scope


def test_who_may_not_is_asked_to_sign_in_or_told_what_is_missing() -> None:
    with pytest.raises(Unauthenticated, match="Bearer"):
        require(ANONYMOUS, "write", "loads")
    with pytest.raises(Forbidden, match="规划员"):
        require(PLANNER, "write", "loads")
    assert require(LOCAL_OPERATOR, "write", "loads").allowed


@pytest.mark.parametrize("resource", ["scenarios", "tasks", "warnings"])
def test_everybody_reads_hazards_and_those_on_duty_act(resource: Resource) -> None:
    officer = Principal("值班员", frozenset({DUTY}), Grade.INTERNAL)
    assert decide(ANONYMOUS, "read", resource).allowed
    assert {"owner", "phone"} <= decide(ANONYMOUS, "read", resource).masked
    assert not decide(officer, "read", resource).masked
    assert [decide(who, "write", resource).allowed for who in (ANONYMOUS, PLANNER, officer, LOCAL_OPERATOR)] == [
        False,
        False,
        True,
        True,
    ]
    assert not decide(officer, "administer", resource).allowed
    with pytest.raises(Forbidden, match="this takes the role administrator or duty, and 规划员"):
        require(PLANNER, "write", resource)


@pytest.mark.parametrize(
    ("resource", "everybody"), [("matches", True), ("codes", True), ("quarantine", False), ("rules", False)]
)
def test_the_steward_keeps_the_data_and_what_waits_is_not_for_everybody(resource: Resource, everybody: bool) -> None:
    steward = Principal("数据管理员", frozenset({STEWARD}), Grade.OPEN)
    assert decide(ANONYMOUS, "read", resource).allowed is everybody
    assert decide(PLANNER, "read", resource).allowed
    assert [decide(who, "write", resource).allowed for who in (ANONYMOUS, PLANNER, steward, LOCAL_OPERATOR)] == [
        False,
        False,
        True,
        True,
    ]
    assert decide(steward, "read", resource).allowed
    assert not decide(steward, "administer", resource).allowed


def test_the_steward_reads_loads_and_loads_nothing() -> None:
    steward = Principal("数据管理员", frozenset({STEWARD}), Grade.OPEN)
    assert [decide(who, "read", "loads").allowed for who in (ANONYMOUS, PLANNER, steward)] == [False, False, True]
    assert not decide(steward, "write", "loads").allowed
    assert not decide(steward, "read", "jobs").allowed


@pytest.mark.parametrize("resource", ["jobs", "loads", "database"])
def test_the_officer_on_duty_is_no_administrator(resource: Resource) -> None:
    officer = Principal("值班员", frozenset({DUTY}), Grade.INTERNAL)
    assert not decide(officer, "read", resource).allowed
    assert not decide(officer, "write", resource).allowed
    assert not decide(officer, "write", POI).allowed


def test_the_administrators_token_is_made_once_and_kept_from_others(tx: Connection, tmp_path: Path) -> None:
    path = ensure_administrator(tx, tmp_path)
    token = path.read_text().strip()
    assert ensure_administrator(tx, tmp_path).read_text().strip() == token
    assert path.stat().st_mode & 0o077 == 0
    found = tx.execute(select(func.onemap.principal_of(token_hash(token)).table_valued("name", "clearance"))).one()
    assert tuple(found) == ("administrator", Grade.RESTRICTED)


def test_after_a_restore_the_token_on_disk_counts_again(tx: Connection, tmp_path: Path) -> None:
    (tmp_path / "admin.token").write_text("old-token\n")
    ensure_administrator(tx, tmp_path)
    kept = select(principal_table.c.token_sha256).where(principal_table.c.name == "administrator")
    assert tx.execute(kept).scalar_one() == token_hash("old-token")
