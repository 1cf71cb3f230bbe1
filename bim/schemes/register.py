"""Design schemes as rows of the layer ``design_schemes``: made, found for a reader at a time, and taken back.

A scheme is one row, known by its id, with both times and a grade like any other. Removing one ends what was believed:
its rows, and those of what it is made of, are then in the history, and ``as_of=`` still finds them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import Connection, func, select, text

from bim.catalog import DESIGN_SCHEMES, SCHEME_ELEMENTS
from bim.ingest import require_id
from bim.schemes.given import Thing, limits_from, parse_things
from bim.schemes.rules import Limits
from bim.tileset import View
from layers.errors import Conflict, Forbidden, NotFound, ParameterError
from layers.grades import Grade
from layers.query import Bbox
from layers.store import Database, locks_of
from layers.temporal import rfc3339
from layers.title import Title

DATASET = DESIGN_SCHEMES.id
# What a comparison calls the district as it is.
BASE = "base"
_RESERVED = frozenset({BASE, "compare"})
_LONGEST_TITLE = 200
_ENTER = text("""
INSERT INTO onemap.design_schemes
    (dataset, source_key, name, name_en, replaces, limits, made_by, grade, valid, geom)
VALUES (:dataset, :id, :name, :name_en, :replaces, :limits, :made_by, :grade, tstzrange(:date, NULL),
        ST_Multi(ST_GeomFromWKB(:site, 4490)))
""")
_AMEND = text("""
UPDATE onemap.design_schemes SET name = :name, name_en = :name_en, replaces = :replaces, limits = :limits,
    made_by = coalesce(:made_by, made_by), grade = :grade, geom = ST_Multi(ST_GeomFromWKB(:site, 4490))
WHERE dataset = :dataset AND source_key = :id
""")
_REMOVE = (
    text("DELETE FROM onemap.scheme_elements WHERE scheme = :id"),
    text("DELETE FROM onemap.design_schemes WHERE dataset = :dataset AND source_key = :id"),
)
_HIGHEST = text("SELECT max(grade) FROM onemap.scheme_elements WHERE scheme = :id")
_GRADE = text("SELECT max(grade) FROM onemap.design_schemes WHERE dataset = :dataset AND source_key = :id")


@dataclass(frozen=True)
class Scheme:
    """A named alternative for a site (degrees, EPSG:4490).

    ``replaces`` are the things of the base map that it takes the place of, None for all buildings on the site.
    ``limits`` are its own, in place of those of the plot that it is on. ``date`` is the instant that it is of.
    """

    id: str
    title: Title
    site: Any
    replaces: tuple[Thing, ...] | None = None
    limits: Limits | None = None
    grade: Grade = Grade.OPEN
    made_by: str | None = None
    date: datetime | None = None

    def __post_init__(self) -> None:
        """Raise ParameterError for an id or a title that cannot be one."""
        require_id("scheme", self.id)
        if self.id in _RESERVED:
            raise ParameterError("scheme", f"{self.id!r} is what comparisons call something else; take another id")
        if max(len(self.title.zh), len(self.title.en)) > _LONGEST_TITLE:
            raise ParameterError("title", f"it is longer than {_LONGEST_TITLE} characters")


def make(database: Database, scheme: Scheme, *, anew: bool = False) -> bool:
    """Enter a scheme, or amend the one of that id (``anew``: raise Conflict), and return whether it is new.

    A higher grade is also that of what it is made of; a lower one leaves that as it is.
    """
    with database.writer.begin() as connection:
        lock(connection)
        is_new = connection.execute(_GRADE, {"dataset": DATASET, "id": scheme.id}).scalar() is None
        if anew and not is_new:
            raise Conflict(f"the id {scheme.id!r} is taken; give the scheme another")
        write(connection, scheme, is_new=is_new)
        return is_new


def write(connection: Connection, scheme: Scheme, *, is_new: bool) -> None:
    """Write the row of a scheme, under the lock; who made it stays on record where nobody is named."""
    values = {
        "dataset": DATASET,
        "id": scheme.id,
        "name": scheme.title.zh,
        "name_en": scheme.title.en,
        "replaces": None if scheme.replaces is None else ",".join(map(str, scheme.replaces)),
        "limits": None if scheme.limits is None else _limits_text(scheme.limits),
        "made_by": scheme.made_by,
        "grade": int(scheme.grade),
        "date": scheme.date or datetime.now(UTC),
        "site": bytes(shapely.to_wkb(scheme.site)),
    }
    # An update that changes nothing touches no row.
    connection.execute(_ENTER if is_new else _AMEND, values)


def remove(database: Database, scheme: str, clearance: Grade = Grade.RESTRICTED) -> int:
    """Take a scheme back with all that it is made of, and return the number of elements.

    Raises NotFound for a scheme that is graded above ``clearance``, as for none, and Forbidden where a part of it is.
    """
    with database.writer.begin() as connection:
        lock(connection)
        named = {"dataset": DATASET, "id": scheme}
        own, highest = (connection.execute(statement, named).scalar() for statement in (_GRADE, _HIGHEST))
        if own is not None and own <= clearance < (highest or Grade.OPEN):
            raise Forbidden(
                f"parts of the design scheme {scheme!r} are graded above what you may see; ask an administrator"
            )
        if own is not None and own > clearance:
            raise NotFound(_unknown(scheme))
        elements, rows = (connection.execute(statement, named).rowcount for statement in _REMOVE)
        if not rows:
            raise NotFound(_unknown(scheme))
        return elements


def grade_of(database: Database, scheme: str) -> Grade:
    """Return the grade of a scheme, which what it is made of has at least; raises NotFound."""
    with database.reader.connect() as connection:
        grade = connection.execute(_GRADE, {"dataset": DATASET, "id": scheme}).scalar()
    if grade is None:
        raise NotFound(f"there is no design scheme {scheme!r}; make it first: twin bim scheme make {scheme} --site …")
    return Grade(grade)


def schemes(
    connection: Connection, view: View, limit: int | None = None, after: str = "", bbox: Bbox | None = None
) -> list[Scheme]:
    """Return the schemes that a reader may see (with ``bbox``, there), in order of their ids after ``after``."""
    rows = view.rows(DATASET)
    statement = _columns(rows).where(rows.c.source_key > after).order_by(rows.c.source_key).limit(limit)
    if bbox is not None:
        statement = statement.where(bbox.touches(rows.c.geom))
    return [_scheme(row) for row in connection.execute(statement).mappings()]


def scheme_of(connection: Connection, view: View, scheme: str) -> Scheme:
    """Return a scheme; one that may not be seen is reported like one that does not exist."""
    rows = view.rows(DATASET)
    row = connection.execute(_columns(rows).where(rows.c.source_key == scheme)).mappings().first()
    if row is None:
        raise NotFound(_unknown(scheme))
    return _scheme(row)


def _unknown(scheme: str) -> str:
    return f"there is no design scheme {scheme!r}; GET /bim/schemes and twin bim scheme list have them"


def _columns(rows: Any) -> Any:
    names = ("source_key", "name", "name_en", "replaces", "limits", "made_by", "grade")
    site, since = func.ST_AsBinary(rows.c.geom).label("site"), func.lower(rows.c.valid).label("date")
    return select(*(rows.c[name] for name in names), site, since)


def _scheme(row: Any) -> Scheme:
    limits = row["limits"]
    return Scheme(
        id=row["source_key"],
        title=Title(row["name"] or row["source_key"], row["name_en"] or row["name"] or row["source_key"]),
        site=shapely.from_wkb(bytes(row["site"])),
        replaces=None if row["replaces"] is None else parse_things(row["replaces"]),
        limits=None if limits is None else limits_from(json.loads(limits), f"the limits of {row['source_key']}"),
        grade=Grade(row["grade"]),
        made_by=row["made_by"],
        date=row["date"],
    )


def _limits_text(limits: Limits) -> str:
    said: dict[str, Any] = dict(limits.values)
    if limits.source:
        said["source"] = limits.source
    if limits.date is not None:
        said["date"] = rfc3339(limits.date)
    return json.dumps(said, ensure_ascii=False)


def lock(connection: Connection) -> None:
    """Let no other scheme be made and no element be loaded meanwhile, in the order in which loads take their locks."""
    locks = locks_of(connection)
    locks.layers(_LOCKED)
    locks.begin_rows()


_LOCKED: Sequence[str] = (DESIGN_SCHEMES.id, SCHEME_ELEMENTS.id)
