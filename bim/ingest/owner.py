"""Whose a model is: a model id belongs to what there is, or to one design scheme."""

from typing import Any

import psycopg
from sqlalchemy import select

from bim.store import model
from layers.errors import Conflict
from layers.store import Database

_OWNER = """
SELECT m.dataset, m.scheme FROM onemap.bim_model AS m JOIN onemap.load AS l ON l.dataset = m.dataset
WHERE l.id = %(load)s AND m.scheme <> %(scheme)s LIMIT 1
"""
_SCHEME = "SELECT grade FROM onemap.design_schemes WHERE source_key = %(scheme)s FOR SHARE"
_GRADE = "UPDATE onemap.scheme_elements SET grade = %(grade)s WHERE scheme = %(scheme)s AND grade < %(grade)s"


def require_owner(database: Database, model_id: str, scheme: str) -> None:
    """Raise Conflict for a model that is of another scheme, or of what there is, before any shape is made."""
    statement = select(model.c.scheme).where(model.c.dataset == model_id, model.c.scheme != scheme).limit(1)
    with database.reader.connect() as connection:
        found = connection.execute(statement).scalar()
    if found is not None:
        raise _taken(model_id, found, scheme)


def hold_owner(cursor: "psycopg.Cursor[Any]", load: int, scheme: str) -> None:
    """Raise Conflict likewise in the transaction of a load, or where its scheme is gone, which is held until the end.

    Loads of one model wait for each other, so that no other can have taken it since.
    """
    found = cursor.execute(_OWNER, {"load": load, "scheme": scheme}).fetchone()
    if found is not None:
        raise _taken(found[0], found[1], scheme)
    grades = cursor.execute(_SCHEME, {"scheme": scheme}).fetchall() if scheme else [(0,)]
    if not grades:
        raise Conflict(f"there is no design scheme {scheme!r} any more; make it first: twin bim scheme make {scheme}")
    # Its grade may have been raised since the load began.
    cursor.execute(_GRADE, {"scheme": scheme, "grade": max(grade for (grade,) in grades)})


def _taken(model_id: str, owner: str, scheme: str) -> Conflict:
    return Conflict(
        f"the model {model_id!r} is of {_called(owner)} already, not of {_called(scheme)}; give this file another id "
        "(--model)"
    )


def _called(scheme: str) -> str:
    return f"the design scheme {scheme!r}" if scheme else "what there is"
