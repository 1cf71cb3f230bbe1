"""Whose a model is: a model id belongs to what there is, or to one design scheme."""

from typing import Any

import psycopg
import shapely
import shapely.ops
from sqlalchemy import select, text

from bim.store import model
from layers.errors import Conflict, SourceError
from layers.space import line
from layers.store import Database

_OWNER = """
SELECT m.dataset, m.scheme FROM onemap.bim_model AS m JOIN onemap.load AS l ON l.dataset = m.dataset
WHERE l.id = %(load)s AND m.scheme <> %(scheme)s LIMIT 1
"""
_SCHEME = "SELECT grade FROM onemap.design_schemes WHERE source_key = %(scheme)s FOR SHARE"
_SITE = text("SELECT ST_AsBinary(geom) FROM onemap.design_schemes WHERE source_key = :scheme")
# A design may reach beyond its site, but not so far, metres.
_FAR_M = 5_000.0
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
        raise Conflict(f"there is no design scheme {scheme!r}; make it first: twin bim scheme make {scheme}")
    # Its grade may have been raised since the load began.
    cursor.execute(_GRADE, {"scheme": scheme, "grade": max(grade for (grade,) in grades)})


def require_on_site(database: Database, path: str, ground: Any, scheme: str) -> None:
    """Raise SourceError for a model whose ground (degrees, EPSG:4490) lies far from the site of its scheme."""
    with database.reader.connect() as connection:
        sites = connection.execute(_SITE, {"scheme": scheme}).scalars().all()
    if not sites:
        return
    site = shapely.union_all([shapely.from_wkb(bytes(wkb)) for wkb in sites])
    near, own = (shapely.get_coordinates(one).tolist() for one in shapely.ops.nearest_points(site, ground))
    away = line([tuple(near[0]), tuple(own[0])]).length_m
    if away > _FAR_M:
        raise SourceError(
            path,
            f"it lies {away / 1000:,.1f} km from the site of the scheme {scheme!r}; check its coordinates, or place it "
            "by hand (--at)",
        )


def _taken(model_id: str, owner: str, scheme: str) -> Conflict:
    return Conflict(
        f"the model {model_id!r} is of {_called(owner)} already, not of {_called(scheme)}; give this file another id "
        "(--model)"
    )


def _called(scheme: str) -> str:
    return f"the design scheme {scheme!r}" if scheme else "what there is"
