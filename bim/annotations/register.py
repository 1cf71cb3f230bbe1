"""Annotations as rows of the layer ``annotations``: written, answered, resolved, amended and taken back.

What happens to one, as an answer, ends its slice of valid time and begins another; what its author corrects is
corrected where it stands, and the history keeps what was believed. Its grade is the highest of what its author gives
and what it is about, now and whenever that is raised (``bim/store/sql/060_annotations.sql``).
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, select, text

from bim.annotations.annotation import (
    MOST_ANSWER,
    MOST_ANSWERS,
    RESOLVED,
    Annotation,
    Answer,
    Place,
    Subject,
    said,
    summary,
    written_answers,
)
from bim.annotations.subject import Named, Sees, find, held_grade
from bim.catalog import ANNOTATIONS
from layers.access import Principal, require_inside
from layers.errors import Conflict, NotFound, ParameterError
from layers.grades import Grade
from layers.store import feature_table, locks_of
from layers.temporal import rfc3339

DATASET = ANNOTATIONS.id
_ENTER = text("""
INSERT INTO onemap.annotations (dataset, source_key, name, text, state, min_height_m, about, model, element, scheme,
    written, author, grade, valid, geom)
VALUES (:dataset, :key, :name, :text, 'open', :height, :about, :model, :element, :scheme, clock_timestamp(), :author,
    :grade, tstzrange(clock_timestamp(), NULL), ST_SetSRID(ST_MakePoint(:lon, :lat), 4490))
RETURNING fid
""")
_CURRENT = text("""
SELECT *, ST_AsBinary(geom) AS spot, greatest(clock_timestamp(), lower(valid) + interval '1 microsecond') AS instant
FROM onemap.annotations WHERE fid = :fid AND upper_inf(valid) FOR UPDATE
""")
_END = text("UPDATE onemap.annotations SET valid = tstzrange(lower(valid), :at) WHERE fid = :fid AND upper_inf(valid)")
_GO_ON = text("""
INSERT INTO onemap.annotations (fid, code, dataset, source_key, load_id, source_crs, grade, quality, geom, valid, name,
    text, state, min_height_m, about, model, element, scheme, written, author, answers, answered_by, resolved,
    resolved_by)
OVERRIDING SYSTEM VALUE
SELECT fid, code, dataset, source_key, load_id, source_crs, grade, quality, geom, tstzrange(:at, NULL), name, text,
    :state, min_height_m, about, model, element, scheme, written, author, :answers, :answered_by, :resolved,
    :resolved_by
FROM onemap.annotations WHERE fid = :fid AND upper(valid) = :at
""")
_AMEND = text("UPDATE onemap.annotations SET name = :name, text = :text WHERE fid = :fid AND upper_inf(valid)")
_REGRADE = text("UPDATE onemap.annotations SET grade = :grade WHERE fid = :fid")
_REMOVE = text("DELETE FROM onemap.annotations WHERE fid = :fid")
_CHANGING = ("state", "answers", "answered_by", "resolved", "resolved_by")


@dataclass(frozen=True)
class Draft:
    """What somebody writes: a text at a place, about a thing or about the place; without a grade it has its thing's."""

    text: str
    place: Place
    grade: Grade | None = None
    about: Named | None = None


@dataclass(frozen=True)
class Changes:
    """What its author makes of an annotation; None is left as it is."""

    text: str | None = None
    grade: Grade | None = None


def write(connection: Connection, sees: Sees, who: Principal, draft: Draft) -> int:
    """Enter an annotation, and return its number; raises NotFound for a subject that the writer may not see."""
    words, place = _words(draft.text), draft.place
    about = None if draft.about is None else find(connection, sees, draft.about, place)
    _begin(connection)
    spot = select(func.ST_SetSRID(func.ST_MakePoint(place.lon, place.lat), 4490))
    require_inside(connection, who.area, "this place", spot)
    values = {
        "dataset": DATASET,
        "key": str(uuid4()),
        **words,
        "height": place.height_m,
        "about": None if about is None else about.key,
        "model": None if about is None else about.model,
        "element": None if about is None else about.element,
        "scheme": None if about is None else about.scheme,
        "author": who.name,
        "grade": int(_grade(connection, sees, who, draft.grade, about)),
        "lon": place.lon,
        "lat": place.lat,
    }
    number: int = connection.execute(_ENTER, values).scalar_one()
    return number


def answer(connection: Connection, who: Principal, number: int, words: str) -> None:
    """Add an answer to an annotation; raises Conflict for one that has as many as it may."""
    _begin(connection)
    row = _held(connection, who, number)
    told = written_answers(row["answers"], row["answered_by"])
    if len(told) >= MOST_ANSWERS:
        raise Conflict(f"annotation {number} has {MOST_ANSWERS} answers, the most; write another one")
    told = (*told, Answer(said(words, MOST_ANSWER), rfc3339(row["instant"]), who.name))
    answers, people = [{"text": one.text, "at": one.at} for one in told], [one.who for one in told]
    _go_on(connection, row, answers=_json(answers), answered_by=_json(people))


def settle(connection: Connection, who: Principal, number: int, state: str) -> None:
    """Resolve an annotation, or open it again; raises Conflict for one that is so already."""
    _begin(connection)
    row = _held(connection, who, number)
    if row["state"] == state:
        raise Conflict(f"annotation {number} is {state} already")
    is_over = state == RESOLVED
    _go_on(
        connection, row, state=state,
        resolved=row["instant"] if is_over else None, resolved_by=who.name if is_over else None,
    )  # fmt: skip


def amend(connection: Connection, sees: Sees, who: Principal, one: Annotation, changed: Changes) -> None:
    """Correct the text of an annotation, or its grade, which all its slices have."""
    words = None if changed.text is None else _words(changed.text)
    _begin(connection)
    # What it is about is locked first, as by whoever raises that.
    grade = None if changed.grade is None else _grade(connection, sees, who, changed.grade, one.about)
    _held(connection, who, one.number)
    if words is not None:
        connection.execute(_AMEND, {"fid": one.number, **words})
    if grade is not None:
        connection.execute(_REGRADE, {"fid": one.number, "grade": int(grade)})


def remove(connection: Connection, who: Principal, number: int) -> None:
    """Take an annotation back; ``as_of=`` still finds it."""
    _begin(connection)
    _held(connection, who, number)
    connection.execute(_REMOVE, {"fid": number})


def author_of(connection: Connection, number: int) -> str | None:
    """Return who wrote an annotation, None for one that nobody did whom we know."""
    table = feature_table(ANNOTATIONS)
    return connection.execute(select(table.c.author).where(table.c.fid == number).limit(1)).scalar()


def _grade(connection: Connection, sees: Sees, who: Principal, given: Grade | None, about: Subject | None) -> Grade:
    """Return the highest of what its author gives and what it is about; raises ParameterError for more than he sees."""
    least = Grade.OPEN if about is None else held_grade(connection, sees, about)
    grade = max(given or Grade.OPEN, least)
    if grade > who.clearance:
        raise ParameterError(
            "grade", f"{grade.name.lower()} is above {who.clearance.name.lower()}, up to which you see"
        )
    return grade


def _begin(connection: Connection) -> None:
    """Let no other annotation be written meanwhile, and no file of them be loaded."""
    locks = locks_of(connection)
    locks.layers([ANNOTATIONS.id])
    locks.begin_rows()


def _held(connection: Connection, who: Principal, number: int) -> Any:
    """Return the row of an annotation that nobody else changes until the transaction ends, in the area of a person."""
    row = connection.execute(_CURRENT, {"fid": number}).mappings().first()
    if row is None:
        raise NotFound(f"there is no annotation {number} any more")
    spot = select(func.ST_GeomFromWKB(bytes(row["spot"]), 4490))
    require_inside(connection, who.area, f"annotation {number}", spot)
    return row


def _go_on(connection: Connection, row: Any, **changed: Any) -> None:
    """End the slice of an annotation, and begin the next, in which something is otherwise."""
    values = {name: row[name] for name in _CHANGING} | changed
    at = {"fid": row["fid"], "at": row["instant"]}
    connection.execute(_END, at)
    connection.execute(_GO_ON, at | values)


def _words(text_: str) -> dict[str, str]:
    clean = said(text_)
    return {"name": summary(clean), "text": clean}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
