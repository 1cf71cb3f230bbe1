"""Search by name and address, in Chinese and English, over all layers that a principal may read."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Float, Integer, Select, Text, bindparam, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision, shown_columns
from layers.access.rows import outline, parameters, visible
from layers.base import Layer
from layers.errors import ParameterError
from layers.store.compiled import driver_sql
from layers.temporal import When, form_of

_SEARCHED = ("name", "name_en", "address")
_LONGEST = 100
# Candidates of one layer, before the best of all layers are chosen.
_PER_LAYER = 50
_ESCAPE = "/"
_WHOLE, _BEGINNING, _PART = (bindparam(name, type_=Text()) for name in ("whole", "beginning", "part"))
_MOST = bindparam("most", type_=Integer())


@dataclass(frozen=True, slots=True)
class SearchStatement:
    """A statement in the driver's own form, and its values: to put it together takes longer than to run it."""

    sql: str
    values: dict[str, Any]


def parse_query(text: str) -> str:
    """Fold full-width and half-width forms and case, so that the usual spellings match."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    if not folded:
        raise ParameterError("q", "nothing to search for; give part of a name or address")
    if len(folded) > _LONGEST or "\x00" in folded:
        raise ParameterError("q", f"the text is not a name or address (at most {_LONGEST} characters)")
    return folded


def is_searchable(layer: Layer) -> bool:
    """Tell whether search includes a layer."""
    return layer.searchable and layer.column("name") is not None


def search_statement(found_in: Sequence[tuple[Layer, Decision]], query: str, when: When, limit: int) -> SearchStatement:
    """Return the best matches: whole names before beginnings before parts, taller things before lower ones.

    The decisions are those of one principal.
    """
    sql, fixed = _compiled(tuple((layer, outline(decision)) for layer, decision in found_in), form_of(when))
    escaped = _escaped(query)
    words = {"whole": query, "beginning": f"{escaped}%", "part": f"%{escaped}%", "most": limit}
    return SearchStatement(sql, fixed | words | when.parameters() | parameters(found_in[0][1]))


@lru_cache(maxsize=256)
def _compiled(found_in: tuple[tuple[Layer, Decision], ...], form: When) -> tuple[str, dict[str, Any]]:
    """Return the statement for all queries, times and clearances of one form, and the values that it always has."""
    parts = [_matches(layer, decision, form) for layer, decision in found_in]
    matches = union_all(*(select(part.subquery()) for part in parts)).subquery("matches")
    best = matches.c.score.desc(), matches.c.importance.desc().nulls_last(), func.length(matches.c.name), matches.c.fid
    return driver_sql(select(matches).order_by(*best).limit(_MOST))


def _escaped(text: str) -> str:
    """Return a text that LIKE takes as it is written."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return text


def _matches(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    searched = [columns[name] for name in _SEARCHED if name in shown]
    score = _score(searched)
    importance = cast(columns[layer.rank], Float) if layer.rank in shown else cast(null(), Float)
    texts = [(columns[name] if name in shown else cast(null(), columns.name.type)).label(name) for name in _SEARCHED]
    place = func.ST_PointOnSurface(columns.geom)
    selection = rows.with_only_columns(
        literal(layer.id).label("layer"),
        columns.fid,
        *texts,
        score.label("score"),
        importance.label("importance"),
        func.ST_X(place).label("lon"),
        func.ST_Y(place).label("lat"),
        *(getattr(func, f"ST_{edge}")(columns.geom).label(edge.lower()) for edge in ("XMin", "YMin", "XMax", "YMax")),
    )
    hit = or_(*(func.lower(column).like(_PART, escape=_ESCAPE) for column in searched))
    matching = selection.where(hit)
    return matching.order_by(score.desc(), importance.desc().nulls_last(), columns.fid).limit(_PER_LAYER)


def _score(searched: Sequence[ColumnElement[Any]]) -> ColumnElement[int]:
    equal = or_(*(func.lower(column) == _WHOLE for column in searched))
    begins = or_(*(func.lower(column).like(_BEGINNING, escape=_ESCAPE) for column in searched))
    return cast(case((equal, 3), (begins, 2), else_=1), Integer)
