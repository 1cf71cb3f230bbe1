"""The judge: what is due is held against the rules, in order of phenomenon times, in one transaction.

Transactions that keep observations append to ``alarm_due`` which datastreams have a result that a rule looks at; that
is there together with the observations or not at all. One judge at a time takes it, reads on in the history from there,
and writes alarms and how far it came. Ended in the middle, it has done nothing, and the next one finds all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, text

from layers.store import locks_of
from twin.catalog.alarms import LAYER as ALARMS
from twin.sensing.alarms.course import Course, Point, changes, follow
from twin.sensing.alarms.register import all_rules
from twin.sensing.alarms.rows import Alarm, Changes, clear, raise_alarms
from twin.sensing.alarms.rule import AlarmRule
from twin.sensing.alarms.silence import judge_silence
from twin.sensing.alarms.stuck import judge_stuck

__all__ = ["Changes", "judge", "judge_by_clock"]

# So much is judged in one transaction: entries that are due, and readings of one datastream.
MOST_DUE, MOST_POINTS = 20_000, 5_000
# A reading that comes so much later than a newer one of its datastream is late: it is kept, and judges nothing.
LATE = timedelta(seconds=10)
_DUE = text(f"""
WITH taken AS (
    DELETE FROM onemap.alarm_due WHERE ctid = ANY (ARRAY(SELECT ctid FROM onemap.alarm_due LIMIT {MOST_DUE}))
    RETURNING datastream, time
), due AS (
    SELECT datastream, min(time) AS time FROM taken GROUP BY datastream
), pair AS (
    SELECT w.rule, w.datastream, d.time FROM due AS d JOIN onemap.alarm_watch AS w ON w.datastream = d.datastream
    WHERE w.kind IN ('threshold', 'rate')
    UNION ALL
    -- What is not normal goes on with each reading.
    SELECT s.rule, s.datastream, s.judged_time FROM onemap.alarm_state AS s
    JOIN onemap.latest AS l ON l.datastream = s.datastream
    JOIN onemap.alarm_watch AS w ON w.datastream = s.datastream AND w.rule = s.rule
    WHERE s.phase <> 'normal' AND w.kind IN ('threshold', 'rate')
        AND (l.time, l.sequence) > (s.judged_time, s.judged_sequence)
), span AS (
    SELECT p.rule, p.datastream, greatest(min(p.time), s.judged_time) AS start, r.kind, r.duration, s.phase, s.since,
           s.alarm, s.judged_time, s.judged_sequence
    FROM pair AS p JOIN onemap.alarm_rule AS r ON r.id = p.rule
    LEFT JOIN onemap.alarm_state AS s ON s.rule = p.rule AND s.datastream = p.datastream AND s.gateway = ''
    GROUP BY p.rule, p.datastream, r.kind, r.duration, s.rule, s.datastream, s.gateway
)
SELECT s.*, o.time, o.sequence, onemap.alarm_value(o.result, o.result_json) AS value, o.received
FROM span AS s CROSS JOIN LATERAL (
    (SELECT * FROM onemap.observation AS o WHERE o.datastream = s.datastream AND o.time >= s.start
     ORDER BY o.time, o.sequence LIMIT {MOST_POINTS})
    UNION ALL
    (SELECT * FROM onemap.observation AS o
     WHERE s.kind = 'rate' AND o.datastream = s.datastream AND o.time < s.start AND o.time >= s.start - s.duration
     ORDER BY o.time DESC, o.sequence DESC LIMIT {MOST_POINTS})
) AS o
ORDER BY s.rule, s.datastream, o.time, o.sequence
""")  # noqa: S608 - nothing of a request is in it
_AGAIN = text("INSERT INTO onemap.alarm_due (datastream, time) VALUES (:datastream, :time)")
_KEEP_STATES = text("""
INSERT INTO onemap.alarm_state AS s (rule, datastream, phase, since, judged_time, judged_sequence, alarm)
SELECT * FROM jsonb_to_recordset(CAST(:states AS jsonb)) AS g (
    rule bigint, datastream bigint, phase text, since timestamptz, judged_time timestamptz, judged_sequence integer,
    alarm bigint
)
ON CONFLICT (rule, datastream, gateway) DO UPDATE
SET phase = excluded.phase, since = excluded.since, judged_time = excluded.judged_time,
    judged_sequence = excluded.judged_sequence, alarm = excluded.alarm
""")


_LET_GO = text("""
DELETE FROM onemap.alarm_state AS s WHERE s.phase <> 'normal' AND CASE WHEN s.gateway = ''
    THEN NOT EXISTS (SELECT FROM onemap.alarm_watch AS w WHERE w.datastream = s.datastream AND w.rule = s.rule)
    ELSE NOT EXISTS (SELECT FROM onemap.alarm_watch AS w WHERE w.rule = s.rule AND w.gateway = s.gateway)
END RETURNING s.alarm, clock_timestamp() AS instant
""")


@dataclass(frozen=True)
class Reach:
    """A rule and a datastream, how far it was judged, and its readings from there on, with when each was received."""

    rule: int
    datastream: int
    start: datetime
    course: Course
    alarm: int | None
    judged: tuple[datetime, int] | None
    points: list[Point] = field(default_factory=list)
    received: list[datetime] = field(default_factory=list)
    # The observations from ``start`` on, those that are no numbers as well.
    seen: list[tuple[datetime, int]] = field(default_factory=list)


def judge(connection: Connection) -> Changes:
    """Judge what is due, in the present transaction (a writer's), and return what was raised and cleared."""
    known = _begin(connection)
    found = _let_go(connection)
    return found + _settle(connection, known, [one for one in _reaches(connection) if one.rule in known])


def judge_by_clock(connection: Connection, at: datetime) -> Changes:
    """Judge what is silent or stuck at an instant, which is now but in tests, in the present transaction."""
    known = _begin(connection)
    return judge_silence(connection, known, at) + judge_stuck(connection, known, at)


def _begin(connection: Connection) -> dict[int, AlarmRule]:
    """Let nobody else judge until the transaction ends, and return the rules."""
    locks = locks_of(connection)
    locks.layers([ALARMS.id])
    locks.begin_rows()
    return {rule.id: rule for rule in all_rules(connection)}


def _let_go(connection: Connection) -> Changes:
    """End the alarms of what no rule watches any more: of rules that are off or gone, of datastreams that are gone."""
    gone = connection.execute(_LET_GO).all()
    return clear(connection, {row.alarm: row.instant for row in gone if row.alarm is not None})


def _reaches(connection: Connection) -> list[Reach]:
    found: dict[tuple[int, int], Reach] = {}
    for row in connection.execute(_DUE):
        reach = found.get((row.rule, row.datastream))
        if reach is None:
            judged = None if row.judged_time is None else (row.judged_time, row.judged_sequence)
            course = Course(row.phase or "normal", row.since)
            reach = Reach(row.rule, row.datastream, row.start, course, row.alarm, judged)
            found[row.rule, row.datastream] = reach
        if row.time >= row.start:
            reach.seen.append((row.time, row.sequence))
        if row.value is not None:
            reach.points.append(Point(row.time, row.value, row.sequence))
            reach.received.append(row.received)
    return list(found.values())


def _settle(connection: Connection, known: Mapping[int, AlarmRule], reaches: Sequence[Reach]) -> Changes:
    """Follow all courses, and write what became of them."""
    raised: list[Alarm] = []
    cleared: dict[int, datetime] = {}
    states: list[tuple[Reach, Course]] = []
    for reach in reaches:
        course, episodes = follow(known[reach.rule].bounds, reach.course, _to_judge(known[reach.rule], reach))
        for one in episodes:
            if one.raised:
                raised.append(Alarm(reach.rule, reach.datastream, one.since, one.until, one.value))
            elif reach.alarm is not None and one.until is not None:
                cleared[reach.alarm] = one.until
        # What was normal always has no state.
        if reach.judged is not None or episodes or course != Course():
            states.append((reach, course))
    ended = clear(connection, cleared)
    begun, standing = raise_alarms(connection, known, raised)
    _keep_states(connection, states, standing)
    _put_off(connection, reaches)
    return ended + begun


def _to_judge(rule: AlarmRule, reach: Reach) -> list[Point]:
    """Return the points that come after what was judged, without those that came late."""
    points = list(_on_time(reach.points, reach.received))
    if rule.kind == "rate":
        points = list(changes(points, rule.duration))
    after = reach.judged or (reach.start, -1)
    return [one for one in points if (one.time, one.sequence) > after]


def _on_time(points: Sequence[Point], received: Sequence[datetime]) -> Iterable[Point]:
    """Return the points before which no newer one had been received for long, in their order."""
    kept: list[Point] = []
    first_of_newer: datetime | None = None
    for point, instant in zip(reversed(points), reversed(received), strict=True):
        if first_of_newer is None or instant <= first_of_newer + LATE:
            kept.append(point)
        first_of_newer = instant if first_of_newer is None else min(first_of_newer, instant)
    return reversed(kept)


def _keep_states(
    connection: Connection, states: Sequence[tuple[Reach, Course]], standing: Mapping[tuple[int, int, str], int]
) -> None:
    given = [
        {
            "rule": reach.rule,
            "datastream": reach.datastream,
            "phase": course.phase,
            "since": course.since,
            "judged_time": reach.seen[-1][0],
            "judged_sequence": reach.seen[-1][1],
            "alarm": standing.get((reach.rule, reach.datastream, ""), reach.alarm)
            if course.phase == "raised"
            else None,
        }
        for reach, course in states
        if reach.seen
    ]
    if given:
        connection.execute(_KEEP_STATES, {"states": orjson.dumps(given).decode()})


def _put_off(connection: Connection, reaches: Sequence[Reach]) -> None:
    """Enter as due again what has more readings than are judged at once."""
    more = [one for one in reaches if len(one.seen) >= MOST_POINTS]
    if more:
        connection.execute(_AGAIN, [{"datastream": one.datastream, "time": one.seen[-1][0]} for one in more])
