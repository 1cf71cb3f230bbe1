"""What is stuck: a value that varied before, and has been the same, reading after reading, for the rule's duration."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

from twin.sensing.alarms.rows import Alarm, Changes
from twin.sensing.alarms.rule import AlarmRule
from twin.sensing.alarms.standing import begin, end, standing

# So many readings at least are the same, and the value varied within so many durations before.
LEAST_READINGS, LOOKED_BACK = 3, 10
_STUCK = text(f"""
SELECT w.rule, w.datastream, l.result AS value, other.time IS NOT NULL AS varied, (
    SELECT min(o.time) FROM onemap.observation AS o
    WHERE o.datastream = w.datastream AND o.time > coalesce(other.time, l.time - r.duration)
) AS since
FROM onemap.alarm_watch AS w JOIN onemap.alarm_rule AS r ON r.id = w.rule
JOIN onemap.latest AS l ON l.datastream = w.datastream
LEFT JOIN LATERAL (
    SELECT o.time FROM onemap.observation AS o
    WHERE o.datastream = w.datastream AND abs(o.result - l.result) > coalesce(r.limit_value, 0)
        AND o.time < l.time - r.duration AND o.time >= l.time - {LOOKED_BACK + 1} * r.duration
    ORDER BY o.time DESC LIMIT 1
) AS other ON true
WHERE w.kind = 'stuck' AND l.result IS DISTINCT FROM r.rest AND l.result IS NOT NULL
    AND l.first_time <= l.time - r.duration
    AND NOT EXISTS (
        SELECT FROM onemap.observation AS o
        WHERE o.datastream = w.datastream AND o.time BETWEEN l.time - r.duration AND l.time
            AND abs(o.result - l.result) > coalesce(r.limit_value, 0)
    )
    AND {LEAST_READINGS} <= (SELECT count(*) FROM (
        SELECT FROM onemap.observation AS o
        WHERE o.datastream = w.datastream AND o.time BETWEEN l.time - r.duration AND l.time LIMIT {LEAST_READINGS}
    ) AS first)
ORDER BY w.rule, w.datastream
""")  # noqa: S608 - nothing of a request is in it
_NEWEST = text("SELECT datastream, time FROM onemap.latest WHERE datastream = ANY (CAST(:streams AS bigint[]))")


def judge_stuck(connection: Connection, rules: Mapping[int, AlarmRule], at: datetime) -> Changes:
    """Raise and clear what is stuck by its latest readings, in the present transaction."""
    if not any(rule.kind == "stuck" for rule in rules.values()):
        return Changes()
    rows = {(row.rule, row.datastream, ""): row for row in connection.execute(_STUCK)}
    known = standing(connection, "stuck")
    over = {key: alarm for key, alarm in known.items() if key not in rows}
    newest = {row.datastream: row.time for row in connection.execute(_NEWEST, {"streams": [key[1] for key in over]})}
    ended = end(connection, over, {key: newest[key[1]] for key in over if key[1] in newest}, at)
    # What never varied in living memory may be as it should be; what is raised stands, however long.
    found = [
        Alarm(row.rule, row.datastream, row.since, value=row.value)
        for key, row in rows.items()
        if row.varied and key not in known
    ]
    return ended + begin(connection, rules, found, at)
