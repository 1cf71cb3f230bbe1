"""Alarms as rows of the layer ``alarms``: raised, acknowledged, cleared.

An alarm is valid from when its limit was not kept until it is over. That somebody acknowledges it ends a slice of its
valid time and begins another.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Connection, text

from layers import temporal
from layers.access import Principal, require, visible
from layers.errors import Conflict, NotFound
from layers.store import locks_of
from layers.temporal import When
from layers.title import Title
from twin.catalog.alarms import LAYER as ALARMS
from twin.sensing.alarms.message import message_of
from twin.sensing.alarms.rule import AlarmRule

DATASET = ALARMS.id
# Whoever raises the grade of a datastream waits for who makes an alarm of it, or is waited for.
_SUBJECTS = text("""
SELECT d.fid, d.thing, d.grade, coalesce(d.name, d.property_name, '') AS stream, d.property_name,
       coalesce(d.unit_symbol, '') AS unit, coalesce(ST_PointOnSurface(d.geom), 'SRID=4490;POINT EMPTY')::text AS spot,
       (SELECT t.name FROM onemap.things AS t WHERE t.fid = d.thing ORDER BY t.valid @> now() DESC, lower(t.valid) DESC
        LIMIT 1) AS name
FROM onemap.datastreams AS d WHERE d.fid = ANY (:streams) AND d.valid @> now() ORDER BY d.fid FOR SHARE OF d
""")
_GATEWAYS = text("""
SELECT g.gateway, t.fid, t.name, t.grade,
       CASE WHEN ST_IsEmpty(t.geom) THEN NULL ELSE ST_PointOnSurface(t.geom)::text END AS spot
FROM unnest(CAST(:gateways AS text[])) AS g(gateway)
JOIN onemap.things AS t ON t.fid = onemap.gateway_thing(g.gateway) AND t.valid @> now() ORDER BY t.fid FOR SHARE OF t
""")
_RAISE = text("""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(CAST(:alarms AS jsonb)) AS a (
        key text, name text, rule integer, kind text, level integer, datastream integer, thing integer,
        property_name text, value real, limit_value real, unit text, since timestamptz, until timestamptz,
        message_zh text, message_en text, grade smallint, spot text
    )
)
INSERT INTO onemap.alarms (dataset, source_key, name, rule, kind, state, level, datastream, thing, property_name, value,
    limit_value, unit, since, until, message_zh, message_en, grade, valid, geom)
SELECT :dataset, key, name, rule, kind, CASE WHEN until IS NULL THEN 'raised' ELSE 'cleared' END, level, datastream,
    thing, property_name, value, limit_value, unit, since, until, message_zh, message_en, grade,
    tstzrange(since, CASE WHEN until IS NOT NULL THEN greatest(until, since + interval '1 microsecond') END),
    spot::geometry
FROM given ORDER BY since, rule, datastream
RETURNING fid, source_key
""")
_ABOUT = text("""
INSERT INTO onemap.alarm_about (alarm, datastream)
SELECT DISTINCT a.alarm, a.datastream
FROM jsonb_to_recordset(CAST(:about AS jsonb)) AS a (alarm bigint, datastream bigint) ORDER BY 1, 2
""")
_CLEAR = text("""
UPDATE onemap.alarms AS a SET state = 'cleared', until = c.until,
    valid = tstzrange(lower(a.valid), greatest(c.until, lower(a.valid) + interval '1 microsecond'))
FROM jsonb_to_recordset(CAST(:cleared AS jsonb)) AS c (alarm bigint, until timestamptz)
WHERE a.fid = c.alarm AND upper_inf(a.valid) RETURNING a.kind, a.grade
""")
_CURRENT = text("""
SELECT state, greatest(clock_timestamp(), lower(valid) + interval '1 microsecond') AS instant
FROM onemap.alarms WHERE fid = :fid AND upper_inf(valid) FOR UPDATE
""")
_END = text("UPDATE onemap.alarms SET valid = tstzrange(lower(valid), :at) WHERE fid = :fid AND upper_inf(valid)")
_KEPT = (
    "fid, code, dataset, source_key, load_id, source_crs, grade, quality, geom, name, rule, kind, level, datastream, "
    "thing, property_name, value, limit_value, unit, since, until, message_zh, message_en"
)
_GO_ON = text(f"""
INSERT INTO onemap.alarms ({_KEPT}, valid, state, acknowledged, acknowledged_by) OVERRIDING SYSTEM VALUE
SELECT {_KEPT}, tstzrange(:at, NULL), 'acknowledged', :at, :who FROM onemap.alarms
WHERE fid = :fid AND upper(valid) = :at
""")  # noqa: S608 - nothing of a request is in it


@dataclass(frozen=True)
class Alarm:
    """What is an alarm by a rule: of ``datastream``, or of a ``gateway`` with all datastreams in ``about``."""

    rule: int
    datastream: int
    since: datetime
    until: datetime | None = None
    value: float | None = None
    gateway: str = ""
    about: tuple[int, ...] = ()

    @property
    def streams(self) -> tuple[int, ...]:
        """Return the datastreams that it is made of; the first one says where it is."""
        return self.about or (self.datastream,)


@dataclass(frozen=True)
class Changes:
    """How many alarms were raised and cleared, by kind, of those that everybody may see."""

    raised: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Changes") -> "Changes":
        """Return both together."""
        return Changes(self.raised + other.raised, self.cleared + other.cleared)


def raise_alarms(
    connection: Connection, rules: Mapping[int, AlarmRule], alarms: Sequence[Alarm]
) -> tuple[Changes, dict[tuple[int, int, str], int]]:
    """Enter alarms; return what was raised, and the numbers of those that are not over, by rule, datastream, gateway.

    A datastream that is there no more has no alarm.
    """
    streams = sorted({stream for alarm in alarms for stream in alarm.streams})
    if not streams:
        return Changes(), {}
    gateways = sorted({alarm.gateway for alarm in alarms if alarm.gateway})
    named = {row.gateway: row for row in connection.execute(_GATEWAYS, {"gateways": gateways})} if gateways else {}
    subjects = {row.fid: row for row in connection.execute(_SUBJECTS, {"streams": streams})}
    documents, meant = [], {}
    for alarm in alarms:
        present = [subjects[stream] for stream in alarm.streams if stream in subjects]
        if present:
            rule = rules[alarm.rule]
            document = (
                _of_gateway(rule, alarm, present, named.get(alarm.gateway))
                if alarm.gateway
                else _of_datastream(rule, alarm, present[0])
            )
            documents.append(document)
            meant[document["key"]] = alarm
    entered = connection.execute(_RAISE, {"alarms": _json(documents), "dataset": DATASET}).all()
    numbers = {row.source_key: int(row.fid) for row in entered}
    about = [{"alarm": numbers[key], "datastream": one} for key, alarm in meant.items() for one in alarm.streams]
    connection.execute(_ABOUT, {"about": _json(about)})
    told = [one for one in documents if one["grade"] == 0]
    found = Changes(
        Counter(one["kind"] for one in told), Counter(one["kind"] for one in told if one["until"] is not None)
    )
    return found, {
        (alarm.rule, alarm.datastream, alarm.gateway): numbers[key]
        for key, alarm in meant.items()
        if alarm.until is None
    }


def clear(connection: Connection, cleared: Mapping[int, datetime]) -> Changes:
    """End alarms at instants, and return what was cleared; those that are over stay as they are."""
    if not cleared:
        return Changes()
    given = [{"alarm": number, "until": until} for number, until in sorted(cleared.items())]
    rows = connection.execute(_CLEAR, {"cleared": _json(given)})
    return Changes(cleared=Counter(row.kind for row in rows if row.grade == 0))


def require_visible(connection: Connection, principal: Principal, number: int) -> None:
    """Raise NotFound for an alarm that somebody may not see, or that never was, and Conflict for one that is over."""
    decision = require(principal, "read", ALARMS)
    for when in (temporal.now(), When(None, None)):
        rows = visible(ALARMS, decision, when)
        fid = rows.selected_columns.fid
        if connection.execute(rows.with_only_columns(fid).where(fid == number).limit(1)).first() is not None:
            if when.explicit:
                raise Conflict(f"alarm {number} is over")
            return
    raise NotFound(f"there is no alarm {number}; GET /collections/alarms/items lists them")


def acknowledge(connection: Connection, number: int, who: str) -> None:
    """Enter that somebody knows of an alarm; raises Conflict for one that is over, or that somebody knows of."""
    locks = locks_of(connection)
    locks.layers([ALARMS.id])
    locks.begin_rows()
    row = connection.execute(_CURRENT, {"fid": number}).first()
    if row is None:
        raise Conflict(f"alarm {number} is over")
    if row.state != "raised":
        raise Conflict(f"alarm {number} is acknowledged already")
    connection.execute(_END, {"fid": number, "at": row.instant})
    connection.execute(_GO_ON, {"fid": number, "at": row.instant, "who": who})


def _of_datastream(rule: AlarmRule, alarm: Alarm, stream: Any) -> dict[str, Any]:
    called = " ".join(dict.fromkeys(part for part in (stream.name, stream.stream) if part))
    return _common(rule, alarm) | {
        **_said(message_of(rule, called, alarm.value, stream.unit)),
        "name": stream.name or stream.stream,
        "datastream": stream.fid,
        "thing": stream.thing,
        "property_name": stream.property_name,
        "unit": stream.unit,
        "grade": max(int(rule.grade), stream.grade),
        "spot": stream.spot,
    }


def _of_gateway(rule: AlarmRule, alarm: Alarm, streams: Sequence[Any], gateway: Any | None) -> dict[str, Any]:
    """Return the alarm of a gateway and all behind it; where it is no thing, it is where the first of those is."""
    name = alarm.gateway if gateway is None or not gateway.name else gateway.name
    return _common(rule, alarm) | {
        **_said(message_of(rule, name, None, "", gateway=True)),
        "name": name,
        "datastream": None,
        "thing": streams[0].thing if gateway is None else gateway.fid,
        "property_name": None,
        "unit": None,
        "grade": max(int(rule.grade), 0 if gateway is None else gateway.grade, *(one.grade for one in streams)),
        "spot": (None if gateway is None else gateway.spot) or streams[0].spot,
    }


def _said(message: Title) -> dict[str, str]:
    return {"message_zh": message.zh, "message_en": message.en}


def _common(rule: AlarmRule, alarm: Alarm) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "rule": rule.id,
        "kind": rule.kind,
        "level": int(rule.level),
        "value": alarm.value,
        "limit_value": rule.limit,
        "since": alarm.since,
        "until": alarm.until,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
