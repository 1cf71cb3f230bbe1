"""People and systems that may sign in: their roles, clearance, departments and area, and tokens that expire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, Update, func, insert, select, update

from layers.access.principals import (
    ADMINISTRATOR,
    ANONYMOUS,
    DEVICE,
    HOUSEKEEPING,
    LOCAL_OPERATOR,
    ROLES,
    Area,
    new_token,
    token_hash,
)
from layers.errors import Conflict, NotFound, ParameterError
from layers.grades import Grade, grade_named
from layers.store.locks import locks_of
from layers.store.models import principal as table
from layers.temporal import rfc3339

DAYS, MOST_DAYS = 90, 730
# Principals of the program itself, whose names people may not have.
RESERVED = frozenset({ADMINISTRATOR, ANONYMOUS.name, LOCAL_OPERATOR.name, HOUSEKEEPING.name})
_LONGEST_NAME = 60
_MOST_DEPARTMENTS = 20
_NOW = func.clock_timestamp()


@dataclass(frozen=True)
class Rights:
    """What a person may do and see; an administrator is bound to no area."""

    roles: tuple[str, ...] = ()
    clearance: Grade = Grade.OPEN
    departments: tuple[str, ...] = ()
    area: Area | None = None

    def __post_init__(self) -> None:
        """Refuse unknown roles, and an administrator with an area."""
        for role in self.roles:
            if role not in ROLES:
                raise ParameterError("role", f"{role!r} is none of {', '.join(ROLES)}")
        if len(self.departments) > _MOST_DEPARTMENTS:
            raise ParameterError("departments", f"these are more than {_MOST_DEPARTMENTS}")
        for department in self.departments:
            _check_name("departments", department)
        if self.area is not None:
            _check_unbound(self.roles)


@dataclass(frozen=True)
class Person:
    """A person as administrators see them; ``area`` is the id of the area they are bound to."""

    name: str
    roles: tuple[str, ...]
    clearance: Grade
    departments: tuple[str, ...]
    area: str | None
    created: datetime
    expires: datetime | None

    @property
    def active(self) -> bool:
        """Tell whether the token still holds."""
        return self.expires is None or self.expires > datetime.now(UTC)

    def json(self) -> dict[str, Any]:
        """Return the person as JSON."""
        document = vars(self) | {"clearance": int(self.clearance), "clearance_title": self.clearance.title.json()}
        document |= {"roles": list(self.roles), "departments": list(self.departments), "active": self.active}
        return document | {name: value and rfc3339(value) for name, value in self._times.items()}

    @property
    def _times(self) -> dict[str, datetime | None]:
        return {"created": self.created, "expires": self.expires}


def parse_clearance(text: str) -> Grade:
    """Read a grade by its name, such as internal."""
    return grade_named(text, "clearance")


def people(connection: Connection) -> list[Person]:
    """Return everybody who has or had a token, in order of their names."""
    rows = connection.execute(_people().where(~table.c.roles.contains([DEVICE])).order_by(table.c.name))
    return [_person(row) for row in rows.mappings()]


def person(connection: Connection, name: str) -> Person:
    """Return one person, or raise NotFound."""
    row = (
        connection.execute(_people().where(table.c.name == name, ~table.c.roles.contains([DEVICE])))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound(f"there is no person called {name!r}; GET /users and 'twin users list' list the people")
    return _person(row)


def add(connection: Connection, name: str, rights: Rights, days: int = DAYS) -> str:
    """Add a person, and return the token, of which only the hash is stored; raises Conflict if the name is taken."""
    _check_name("name", name)
    if name in RESERVED:
        raise ParameterError("name", f"{name!r} is reserved for the program itself")
    if connection.execute(select(table.c.id).where(table.c.name == name)).one_or_none() is not None:
        raise Conflict(f"there is a person called {name!r} already; change their rights, or renew their token")
    token = new_token()
    values = {"name": name, "token_sha256": token_hash(token), "expires": _ends(days), **_columns(rights)}
    connection.execute(insert(table).values(values))
    return token


def change(
    connection: Connection,
    name: str,
    *,
    roles: Iterable[str] | None = None,
    clearance: Grade | None = None,
    departments: Iterable[str] | None = None,
) -> Person:
    """Change some rights of a person, who keeps the others, and return the person."""
    current = _changeable(connection, name)
    rights = Rights(
        current.roles if roles is None else tuple(dict.fromkeys(roles)),
        current.clearance if clearance is None else clearance,
        current.departments if departments is None else tuple(dict.fromkeys(departments)),
    )
    if current.area is not None:
        _check_unbound(rights.roles)
    values = {name: value for name, value in _columns(rights).items() if name not in ("area", "area_geom")}
    connection.execute(_of(name).values(values))
    return person(connection, name)


def bind(connection: Connection, name: str, area: Area | None) -> Person:
    """Bind a person to an area, or to none with None, and return the person."""
    current = _changeable(connection, name)
    if area is not None:
        _check_unbound(current.roles)
    connection.execute(_of(name).values(_area_columns(area)))
    return person(connection, name)


def renew(connection: Connection, name: str, days: int = DAYS) -> str:
    """Replace a person's token, and return the new one."""
    _changeable(connection, name)
    token = new_token()
    connection.execute(_of(name).values(token_sha256=token_hash(token), expires=_ends(days)))
    return token


def revoke(connection: Connection, name: str) -> Person:
    """Revoke a person's token now; the person stays on record."""
    _changeable(connection, name)
    connection.execute(_of(name).values(expires=func.least(table.c.expires, _NOW)))
    return person(connection, name)


def _changeable(connection: Connection, name: str) -> Person:
    """Return a person, locked against other changes; the local administrator cannot be changed."""
    if name == ADMINISTRATOR:
        raise Conflict(
            "the local administrator's token is the file admin.token in TWIN_HOME; to change it, "
            "remove the file and restart with: twin up"
        )
    locks_of(connection).rows(select(table.c.id).where(table.c.name == name))
    return person(connection, name)


def _people() -> Select[Any]:
    return select(*(table.c[name] for name in Person.__dataclass_fields__))


def _of(name: str) -> Update:
    return update(table).where(table.c.name == name)


def _person(row: Mapping[Any, Any]) -> Person:
    many = {name: tuple(row[name]) for name in ("roles", "departments")}
    return Person(**{**row, **many, "clearance": Grade(row["clearance"])})


def _columns(rights: Rights) -> dict[str, Any]:
    lists = {"roles": list(rights.roles), "departments": list(rights.departments)}
    return lists | {"clearance": int(rights.clearance)} | _area_columns(rights.area)


def _area_columns(area: Area | None) -> dict[str, Any]:
    if area is None:
        return {"area": None, "area_geom": None}
    return {"area": area.id, "area_geom": func.ST_GeomFromWKB(area.wkb, 4490)}


def _ends(days: int) -> Any:
    if not 1 <= days <= MOST_DAYS:
        raise ParameterError("days", f"{days} is not within 1 to {MOST_DAYS}")
    return _NOW + func.make_interval(0, 0, 0, days)


def _check_name(parameter: str, name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ParameterError(
            parameter, f"{name[:_LONGEST_NAME]!r} is not a name of 1 to {_LONGEST_NAME} printable characters"
        )


def _check_unbound(roles: Iterable[str]) -> None:
    if ADMINISTRATOR in roles:
        raise ParameterError("area", "an administrator is bound to no area; take the role or the area away first")
