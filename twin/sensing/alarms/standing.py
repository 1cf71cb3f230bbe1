"""What stands of alarms that are found by the clock: what is found anew is raised, what is found no more is over."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson
from sqlalchemy import Connection, text

from twin.sensing.alarms.rows import Alarm, Changes, clear, raise_alarms
from twin.sensing.alarms.rule import AlarmRule, Kind

# Rule, datastream (0 for a gateway), gateway.
Key = tuple[int, int, str]
_STANDING = text("""
SELECT s.rule, s.datastream, s.gateway, s.alarm
FROM onemap.alarm_state AS s JOIN onemap.alarm_rule AS r ON r.id = s.rule
WHERE r.kind = :kind AND s.phase = 'raised' AND s.alarm IS NOT NULL
""")
_KEEP = text("""
INSERT INTO onemap.alarm_state (rule, datastream, gateway, phase, since, judged_time, alarm)
SELECT rule, datastream, gateway, 'raised', since, :at, alarm FROM jsonb_to_recordset(CAST(:states AS jsonb)) AS g (
    rule bigint, datastream bigint, gateway text, since timestamptz, alarm bigint
)
ON CONFLICT (rule, datastream, gateway) DO UPDATE
SET phase = excluded.phase, since = excluded.since, judged_time = excluded.judged_time, alarm = excluded.alarm
""")
_END = text("""
DELETE FROM onemap.alarm_state AS s USING jsonb_to_recordset(CAST(:states AS jsonb)) AS g (
    rule bigint, datastream bigint, gateway text
) WHERE s.rule = g.rule AND s.datastream = g.datastream AND s.gateway = g.gateway
""")


def standing(connection: Connection, kind: Kind) -> dict[Key, int]:
    """Return the numbers of the alarms of a kind that are not over."""
    rows = connection.execute(_STANDING, {"kind": kind})
    return {(row.rule, row.datastream, row.gateway): row.alarm for row in rows}


def begin(connection: Connection, rules: Mapping[int, AlarmRule], found: Iterable[Alarm], at: datetime) -> Changes:
    """Raise alarms, and keep that they stand."""
    alarms = {(one.rule, one.datastream, one.gateway): one for one in found}
    changes, numbers = raise_alarms(connection, rules, list(alarms.values()))
    states = [_named(key) | {"since": alarms[key].since, "alarm": number} for key, number in numbers.items()]
    connection.execute(_KEEP, {"states": orjson.dumps(states).decode(), "at": at})
    return changes


def end(connection: Connection, over: Mapping[Key, int], until: Mapping[Key, datetime], at: datetime) -> Changes:
    """End alarms at the instants of ``until``, and those that have none there ``at`` another."""
    if not over:
        return Changes()
    connection.execute(_END, {"states": orjson.dumps([_named(key) for key in over]).decode()})
    return clear(connection, {number: until.get(key, at) for key, number in over.items()})


def _named(key: Key) -> dict[str, object]:
    return {"rule": key[0], "datastream": key[1], "gateway": key[2]}
