"""What is silent: a datastream behind a gateway that speaks, else the gateway, once for all that is behind it.

A datastream is silent when its gateway was heard at a moment when the datastream had been due for the rule's duration
already. So when a gateway ends, it alone is told of, though its datastreams fall silent one after the other; and a
fridge is told of though its gateway speaks for a hundred others. What counts is when readings came, not their times.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from twin.sensing.alarms.rows import Alarm, Changes
from twin.sensing.alarms.rule import AlarmRule
from twin.sensing.alarms.standing import Key, begin, end, standing

_OVERDUE = text("""
WITH overdue AS MATERIALIZED (
    SELECT w.rule, w.datastream, w.gateway, coalesce(l.received, w.since) AS heard
    FROM onemap.alarm_watch AS w JOIN onemap.alarm_rule AS r ON r.id = w.rule
    LEFT JOIN onemap.latest AS l ON l.datastream = w.datastream
    WHERE w.kind = 'silence' AND coalesce(l.received, w.since) <= CAST(:at AS timestamptz) - r.duration
), gateway AS (
    SELECT b.gateway, max(l.received) AS newest, count(*) AS members
    FROM onemap.behind_gateways(ARRAY(SELECT DISTINCT o.gateway FROM overdue AS o)) AS b
    LEFT JOIN onemap.latest AS l ON l.datastream = b.datastream GROUP BY b.gateway
)
SELECT o.rule, o.datastream, o.gateway, o.heard, g.newest, coalesce(g.members, 0) AS members
FROM overdue AS o LEFT JOIN gateway AS g ON g.gateway = o.gateway ORDER BY o.rule, o.gateway, o.datastream
""")
_HEARD = text("""
SELECT l.datastream, '' AS gateway, l.received AS heard FROM onemap.latest AS l
WHERE l.datastream = ANY (CAST(:streams AS bigint[]))
UNION ALL
SELECT 0, b.gateway, max(l.received) FROM onemap.behind_gateways(CAST(:gateways AS text[])) AS b
JOIN onemap.latest AS l ON l.datastream = b.datastream GROUP BY b.gateway
""")


@dataclass
class Group:
    """The datastreams behind a gateway that a rule finds overdue, with when each was last heard.

    ``newest`` is when anything behind the gateway was heard, ``members`` how many datastreams there are in all.
    """

    rule: int
    gateway: str
    newest: datetime
    members: int
    heard: dict[int, datetime] = field(default_factory=dict)


def judge_silence(connection: Connection, rules: Mapping[int, AlarmRule], at: datetime) -> Changes:
    """Raise and clear what is silent at an instant, in the present transaction."""
    if not any(rule.kind == "silence" for rule in rules.values()):
        return Changes()
    found = {_key(one): one for group in _groups(connection, at) for one in silent(group, rules[group.rule], at)}
    known = standing(connection, "silence")
    over = {key: alarm for key, alarm in known.items() if key not in found}
    ended = end(connection, over, _heard(connection, over), at)
    return ended + begin(connection, rules, (one for key, one in found.items() if key not in known), at)


def silent(group: Group, rule: AlarmRule, at: datetime) -> Iterator[Alarm]:
    """Yield what is silent of a group: the gateway once, or each datastream that was due while it was heard."""
    if group.members > 1 and at - group.newest >= rule.duration:
        first = min(group.heard.values())
        yield Alarm(rule.id, 0, max(first, group.newest), gateway=group.gateway, about=tuple(sorted(group.heard)))
    for datastream, heard in group.heard.items():
        if group.members <= 1 or group.newest - heard >= rule.duration:
            yield Alarm(rule.id, datastream, heard)


def _groups(connection: Connection, at: datetime) -> Iterable[Group]:
    groups: dict[tuple[int, str], Group] = {}
    for row in connection.execute(_OVERDUE, {"at": at}):
        group = groups.setdefault((row.rule, row.gateway), _group(row))
        group.heard[row.datastream] = row.heard
        group.newest = max(group.newest, row.heard)
    return groups.values()


def _group(row: Any) -> Group:
    return Group(row.rule, row.gateway, row.newest or row.heard, row.members)


def _key(alarm: Alarm) -> Key:
    return alarm.rule, alarm.datastream, alarm.gateway


def _heard(connection: Connection, keys: Collection[Key]) -> dict[Key, datetime]:
    """Return when datastreams, or anything behind gateways, were heard last."""
    if not keys:
        return {}
    asked = {"streams": [key[1] for key in keys if key[1]], "gateways": sorted({key[2] for key in keys if key[2]})}
    heard = {(row.datastream, row.gateway): row.heard for row in connection.execute(_HEARD, asked)}
    return {key: heard[key[1:]] for key in keys if key[1:] in heard}
