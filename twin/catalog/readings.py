"""Latest readings: the newest observation of every datastream, where its thing is 最新读数.

Rows are those of the layer ``datastreams``, whose grades hold for them. A stated time shows what had been observed
by then.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import DateTime, FromClause, Select, Text, bindparam, func, literal_column, null, select

from layers.base import Column, Layer
from layers.style import Single, Style, Variant, Width
from layers.temporal import When
from layers.title import Title
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.store.sensing_models import latest, observation

_COLUMNS = (
    Column("name", "text", Title("名称", "name")),
    Column("thing", "integer", Title("设备编号", "thing")),
    Column("property_name", "text", Title("观测属性", "observed property")),
    Column("value", "real", Title("读数", "value")),
    Column("unit", "text", Title("单位", "unit")),
    Column("text", "text", Title("非数值读数", "value that is no number")),
    Column("time", "timestamp", Title("观测时间", "time")),
)
_OF_STREAMS = ("fid", "code", "dataset", "source_key", "source_crs", "grade", "quality", "geom", "geom_3857")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadingsLayer(Layer):
    """The newest observation of every datastream, or the newest up to a stated instant."""

    searchable: ClassVar[bool] = False

    @property
    def follows(self) -> Layer:
        """Return the layer of which these are the rows: grades that its things have now hold here."""
        return DATASTREAMS

    def select(self, when: When) -> Select[Any]:
        """Return the datastreams valid at ``when`` that had been observed by then, ``valid`` since their reading."""
        streams = DATASTREAMS.select(when).subquery("stream")
        newest = _newest(streams, when)
        rows = select(*(streams.c[name] for name in _OF_STREAMS), *_times(streams, newest), *_typed(streams, newest))
        return rows.select_from(streams.join(newest, newest.c.datastream == streams.c.fid))


def _newest(streams: FromClause, when: When) -> FromClause:
    """Return (datastream, time, result, result_json, received) of the newest observation of each datastream."""
    names = ("datastream", "time", "result", "result_json", "received")
    if not when.explicit:
        return latest
    seen = select(*(observation.c[name] for name in names)).where(
        observation.c.datastream == streams.c.fid, observation.c.time <= _instant("at_last", when, open_end=True)
    )
    if when.as_of is not None:
        seen = seen.where(observation.c.received <= _instant("as_of", when))
    newest_first = seen.order_by(observation.c.time.desc(), observation.c.sequence.desc())
    return newest_first.limit(literal_column("1")).lateral("newest")


def _times(streams: FromClause, newest: FromClause) -> list[Any]:
    return [func.tstzrange(newest.c.time, null()).label("valid"), streams.c.recorded]


def _typed(streams: FromClause, newest: FromClause) -> list[Any]:
    return [
        streams.c.name,
        streams.c.thing,
        streams.c.property_name,
        newest.c.result.label("value"),
        streams.c.unit_symbol.label("unit"),
        # A text without the quotes of JSON.
        newest.c.result_json.op("#>>", return_type=Text())(literal_column("'{}'")).label("text"),
        newest.c.time,
    ]


def _instant(name: str, when: When, *, open_end: bool = False) -> Any:
    bound = bindparam(name, when.parameters()[name], type_=DateTime(timezone=True))
    return func.coalesce(bound, literal_column("'infinity'::timestamptz")) if open_end else bound


LAYER = ReadingsLayer(
    id="readings",
    title=Title("最新读数", "Latest readings"),
    theme="iot",
    geometry="Geometry",
    columns=_COLUMNS,
    style=Style(
        kind="circle",
        variants=(Variant("plain", Title("读数", "reading"), Single("#0b7a75")),),
        order=78,
        # The viewer writes what they read beside them, as it comes.
        width=Width(((11, 1.5), (18, 5))),
    ),
    minzoom=11,
    maxzoom=17,
    description=Title(
        "每个数据流的最新观测值、单位和时间；给定时刻则为该时刻之前的最后一次观测",
        "the newest observation of each datastream with unit and time; at a past instant, the last one before it",
    ),
)
