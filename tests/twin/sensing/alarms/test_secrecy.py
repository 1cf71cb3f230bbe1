"""Nobody hears by an alarm, a rule or a count of what is hidden: then, now, and after a grade is raised."""

import threading
from dataclasses import replace

import pytest
from alarms import alarms, make
from sensing import add_stream, add_thing, at
from shapely import box, to_wkb
from sqlalchemy import text

from layers import temporal
from layers.access import ANONYMOUS, LOCAL_OPERATOR, decide, visible
from layers.access.principals import Area, Principal
from layers.grades import Grade
from layers.store import Database
from layers.temporal import When
from twin.catalog.alarms import LAYER as ALARMS
from twin.sensing.alarms import change, judge, judge_by_clock, read_rule, rule_of, rules, watched
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

EVER = When(None, None)


def seen(tx, when=None, who=ANONYMOUS):
    statement = visible(ALARMS, decide(who, "read", ALARMS), when or temporal.now())
    return [row["name"] for row in tx.execute(statement).mappings()]


def observe(tx, stream, *values):
    ingest(tx, [Reading(stream, at(minute), value) for minute, value in enumerate(values)])
    return judge(tx)


def test_an_alarm_is_as_secret_as_its_datastream_and_its_rule(tx):
    secret, open_ = add_stream(tx, add_thing(tx, "秘", grade=2)), add_stream(tx, add_thing(tx, "明"))
    make(tx, [secret, open_])
    make(tx, [open_], grade="internal")
    counted = [observe(tx, stream, 20.0).raised.total() for stream in (secret, open_)]
    assert alarms(tx, "name, grade") == [("秘", 2), ("明", 0), ("明", 2)]
    assert seen(tx) == ["明"]
    assert len(seen(tx, who=LOCAL_OPERATOR)) == 3
    assert counted == [0, 1], "what is counted is what everybody may see"


RAISES = [
    "UPDATE onemap.things SET grade = 2",
    "UPDATE onemap.datastreams SET grade = 2",
    "UPDATE onemap.alarm_rule SET grade = 2",
]


@pytest.mark.parametrize("raise_", RAISES)
@pytest.mark.parametrize("is_over", [False, True])
def test_a_grade_raised_later_hides_alarms_past_and_present(db: Database, raise_, is_over):
    with db.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection))
        make(connection, [stream])
        observe(connection, stream, 20.0, *([1.0] if is_over else []))
    with db.owner.connect() as connection:
        before = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    if not is_over:
        with db.owner.begin() as connection:
            assert seen(connection) == ["mast"]
            ingest(connection, [Reading(stream, at(9), 1.0)])
            judge(connection)
    with db.owner.begin() as connection:
        assert seen(connection, EVER) == ["mast"]
        assert seen(connection, EVER.believed(before)) == ["mast"]
        connection.execute(text(raise_))
    with db.owner.begin() as connection:
        for when in (EVER, EVER.believed(before), When(at(0), at(0)), When(at(0), at(0)).believed(before)):
            assert seen(connection, when) == []
            assert seen(connection, when, LOCAL_OPERATOR) == ["mast"]


def test_the_alarm_of_a_gateway_has_the_highest_grade_of_all_that_it_is_made_of(tx):
    thing = add_thing(tx)
    streams = [add_stream(tx, thing, name) for name in ("a", "b", "c")]
    make(tx, streams, kind="silence", duration="PT5M", limit="", clear="", unit="")
    for stream in streams:
        ingest(tx, [Reading(stream, at(0), 1.0)])
    judge_by_clock(tx, at(60 * 24 * 3650))
    assert seen(tx) == ["mast"]
    tx.execute(text("UPDATE onemap.datastreams SET grade = 3 WHERE fid = :f"), {"f": streams[2]})
    assert seen(tx) == []


def test_a_rule_tells_a_stranger_of_no_hidden_datastream(tx):
    secret, open_ = add_stream(tx, add_thing(tx, grade=2)), add_stream(tx, add_thing(tx))
    number = make(tx, [secret, open_])
    hidden = make(tx, [open_], grade="internal")
    (rule,) = rules(tx, ANONYMOUS)
    assert rule.watch.datastreams == (open_,)
    assert watched(tx, ANONYMOUS, [number])[number].judged == 1
    assert watched(tx, LOCAL_OPERATOR, [number])[number].judged == 2
    clerk = Principal("clerk", frozenset(), Grade.INTERNAL)
    assert [one.id for one in rules(tx, clerk)] == [number, hidden]
    bound = replace(clerk, area=Area("street", to_wkb(box(0, 0, 1, 1))))
    assert [one.id for one in rules(tx, bound)] == [number]


def test_who_changes_a_rule_takes_no_datastream_out_of_it_that_he_does_not_see(tx):
    secret, open_, other = add_stream(tx, add_thing(tx, grade=2)), *(add_stream(tx, add_thing(tx)) for _ in range(2))
    number = make(tx, [secret, open_])
    steward = Principal("steward", frozenset({"steward"}))
    for document, named in (({"level": 4}, {open_}), ({"datastreams": [other]}, {other})):
        change(tx, number, read_rule(document, rule_of(tx, steward, number)), steward)
        assert rule_of(tx, steward, number).watch.datastreams == tuple(named)
        assert rule_of(tx, LOCAL_OPERATOR, number).watch.datastreams == tuple(sorted({secret, *named}))


def test_a_datastream_whose_grade_is_being_raised_is_waited_for(db: Database):
    with db.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection))
        make(connection, [stream])
        ingest(connection, [Reading(stream, at(0), 20.0)])

    def judge_now() -> None:
        with db.writer.begin() as connection:
            judge(connection)

    with db.owner.begin() as raising:
        raising.execute(text("UPDATE onemap.datastreams SET grade = 3"))
        judging = threading.Thread(target=judge_now)
        judging.start()
        judging.join(0.3)
        assert judging.is_alive()
    judging.join(30)
    with db.owner.connect() as connection:
        assert alarms(connection, "state, grade") == [("raised", 3)]
