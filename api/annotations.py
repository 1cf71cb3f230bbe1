"""Annotations as documents, and what people send to write one."""

import math
from collections.abc import Mapping
from typing import Any

from api.links import JSON, link
from bim.annotations import Annotation, Changes, Draft, Named, Place, Subject
from layers.errors import ParameterError
from layers.grades import Grade, grade_named
from layers.temporal import rfc3339

Json = dict[str, Any]
_DRAFT = frozenset({"point", "text", "grade", "about"})
_CHANGES = frozenset({"text", "grade"})
_NAMED = ("layer", "model", "element", "scheme", "code")
_LONGEST_NAME = 200
_HEIGHTS = (-1000.0, 10_000.0)


def annotation_json(one: Annotation, base: str, *, mine: bool) -> Json:
    """Return an annotation; ``mine`` tells whether the reader wrote it."""
    own = f"{base}/bim/annotations/{one.number}"
    place = one.place
    return {
        "id": one.number,
        "text": one.text,
        "state": one.state,
        "position": [place.lon, place.lat, place.height_m],
        "about": None if one.about is None else _subject_json(one.about),
        "grade": one.grade.title.en,
        "grade_title": one.grade.title.json(),
        "written": rfc3339(one.written),
        "by": one.author,
        "mine": mine,
        "resolved": None if one.resolved is None else rfc3339(one.resolved),
        "resolved_by": one.resolved_by,
        "answers": [{"text": answer.text, "at": answer.at, "by": answer.who} for answer in one.answers],
        "links": [link("self", own, JSON, f"Annotation {one.number}")],
    }


def draft_of(document: Mapping[str, Any]) -> Draft:
    """Return what somebody writes; raises ParameterError naming the part that cannot be used."""
    _require_known(document, _DRAFT)
    about = document.get("about")
    return Draft(
        _text(document.get("text")),
        _place(document.get("point")),
        _grade(document.get("grade")),
        None if about is None else _named(about),
    )


def changes_of(document: Mapping[str, Any]) -> Changes:
    """Return what an author changes; raises ParameterError where that is nothing."""
    _require_known(document, _CHANGES)
    if not document:
        raise ParameterError("text", "give the text or the grade that it shall have")
    return Changes(_text(document["text"]) if "text" in document else None, _grade(document.get("grade")))


def answer_of(document: Mapping[str, Any]) -> str:
    """Return the text of an answer."""
    _require_known(document, frozenset({"text"}))
    return _text(document.get("text"))


def _subject_json(about: Subject) -> Json:
    names = ("layer", "fid", "model", "element", "scheme", "name", "kind", "storey")
    return {name: getattr(about, name) for name in names}


def _require_known(document: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(document) - known)
    if unknown:
        raise ParameterError(unknown[0][:60], f"this is none of {', '.join(sorted(known))}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ParameterError("text", "say something, as a text")
    return value


def _grade(value: object) -> Grade | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ParameterError("grade", "it is no name of a grade, such as internal")
    return grade_named(value)


def _place(value: object) -> Place:
    """Read ``[longitude, latitude]`` in degrees, with metres over the ground as a third number."""
    wrong = ParameterError("point", "give [longitude, latitude, height]: degrees of EPSG:4490, metres over the ground")
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise wrong
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in value):
        raise wrong
    lon, lat, height = (*map(float, value), 0.0)[:3]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and _HEIGHTS[0] <= height <= _HEIGHTS[1]):
        raise wrong
    return Place(lon, lat, height)


def _named(value: object) -> Named:
    if not isinstance(value, dict):
        raise ParameterError("about", 'it is no object such as {"model": "tower", "element": "0abc…"}')
    _require_known(value, frozenset({*_NAMED, "fid"}))
    given = {name: _name(name, value[name]) for name in _NAMED if value.get(name) is not None}
    fid = value.get("fid")
    if fid is not None and (isinstance(fid, bool) or not isinstance(fid, int) or not 0 < fid < 2**63):
        raise ParameterError("fid", "it is no number of a thing")
    return Named(fid=fid, **given)


def _name(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or "\0" in value:
        raise ParameterError(name, f"it is no name of up to {_LONGEST_NAME} characters")
    return value
