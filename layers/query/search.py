"""Search by name and address, in Chinese and English, over all layers that a principal may read."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Float, Integer, Select, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Layer
from layers.errors import ParameterError
from layers.temporal import When

_SEARCHED = ("name", "name_en", "address")
_LONGEST = 100
# Candidates of one layer, before the best of all layers are chosen.
_PER_LAYER = 50


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


def search_statement(found_in: Sequence[tuple[Layer, Decision]], query: str, when: When, limit: int) -> Select[Any]:
    """Return the best matches: whole names before beginnings before parts, taller things before lower ones."""
    parts = [_matches(layer, decision, query, when) for layer, decision in found_in]
    matches = union_all(*(select(part.subquery()) for part in parts)).subquery("matches")
    best = matches.c.score.desc(), matches.c.importance.desc().nulls_last(), func.length(matches.c.name), matches.c.fid
    return select(matches).order_by(*best).limit(limit)


def _matches(layer: Layer, decision: Decision, query: str, when: When) -> Select[Any]:
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    searched = [columns[name] for name in _SEARCHED if name in shown]
    score = _score(searched, query)
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
    hit = or_(*(func.lower(column).contains(query, autoescape=True) for column in searched))
    matching = selection.where(hit)
    return matching.order_by(score.desc(), importance.desc().nulls_last(), columns.fid).limit(_PER_LAYER)


def _score(searched: Sequence[ColumnElement[Any]], query: str) -> ColumnElement[int]:
    equal = or_(*(func.lower(column) == query for column in searched))
    begins = or_(*(func.lower(column).startswith(query, autoescape=True) for column in searched))
    return cast(case((equal, 3), (begins, 2), else_=1), Integer)
