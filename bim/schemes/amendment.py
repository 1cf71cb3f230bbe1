"""Design schemes amended: what somebody states is changed in what there is by then, and nothing else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from bim.catalog import DESIGN_SCHEMES
from bim.schemes.buildings import stands_on
from bim.schemes.given import REPLACEABLE, Thing, some_things
from bim.schemes.register import Scheme, lock, scheme_of, write
from bim.schemes.review import BUILDINGS, Sees, replaced
from layers.access import visible
from layers.errors import ParameterError
from layers.grades import Grade
from layers.store import Database

_, PARTS = REPLACEABLE


@dataclass(frozen=True)
class Amendment:
    """What shall be otherwise: fields of a scheme by their names, and things that it takes or leaves besides.

    Where it stands in place of all buildings on its site, taking or leaving one names all that it then replaces.
    A building is taken and left with its parts.
    """

    fields: dict[str, Any]
    take: Sequence[Thing] = ()
    leave: Sequence[Thing] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError for what contradicts itself."""
        both = set(self.take) & set(self.leave)
        if both:
            raise ParameterError("take", f"{min(map(str, both))} is among those to leave as well")
        if (self.take or self.leave) and "replaces" in self.fields:
            raise ParameterError("replaces", "it names all that is replaced; take and leave change what there is")


# Says of what the scheme then is whether it may be; raises where not.
Check = Callable[[Scheme], None]


def amend(database: Database, sees: Sees, scheme: str, amendment: Amendment, check: Check | None = None) -> Scheme:
    """Amend a scheme that a reader sees, and return it; raises NotFound for any other.

    A higher grade is also that of what it is made of; a lower one leaves that as it is.
    """
    with database.writer.begin() as connection:
        lock(connection)
        before = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme)
        after = replace(before, **amendment.fields)
        if amendment.take or amendment.leave:
            after = replace(after, replaces=_things(connection, sees, after, amendment))
        if check is not None:
            check(after)
        # Who made it stays on record.
        write(connection, replace(after, made_by=None), is_new=False)
        return after


def _things(connection: Connection, sees: Sees, scheme: Scheme, amendment: Amendment) -> tuple[Thing, ...]:
    now = scheme.replaces
    if now is None:
        found = replaced(connection, sees, scheme)
        now = tuple(Thing(layer, fid) for layer, fids in found.items() for fid in fids)
    _require_seen(connection, sees, amendment.take)
    left = {*amendment.leave, *_parts(connection, sees, amendment.leave)}
    taken = (*amendment.take, *_parts(connection, sees, amendment.take))
    return some_things((*(one for one in now if one not in left), *taken))


def _require_seen(connection: Connection, sees: Sees, things: Iterable[Thing]) -> None:
    """Raise ParameterError for a thing that the reader does not see, as for none."""
    for name in REPLACEABLE:
        named = {one.fid for one in things if one.layer == name}
        view = sees(name)
        rows = visible(view.layer, view.decision, view.when).subquery("thing")
        found = set(connection.execute(select(rows.c.fid).where(rows.c.fid == func.any(list(named)))).scalars())
        if named - found:
            raise ParameterError("take", f"there is no {name}/{min(named - found)}")


def _parts(connection: Connection, sees: Sees, things: Iterable[Thing]) -> list[Thing]:
    """Return the parts of buildings: those that have their inner point in one."""
    numbers = [one.fid for one in things if one.layer == BUILDINGS]
    whole, part = (
        visible(sees(name).layer, sees(name).decision, sees(name).when).subquery(name) for name in REPLACEABLE
    )
    statement = select(part.c.fid).where(whole.c.fid == func.any(numbers), stands_on(part, whole.c.geom)).distinct()
    return [Thing(PARTS, fid) for fid in connection.execute(statement).scalars()] if numbers else []


def may_have(clearance: Grade) -> Check:
    """Return the check that a scheme is graded no higher than somebody may see."""

    def check(scheme: Scheme) -> None:
        if scheme.grade > clearance:
            raise ParameterError(
                "grade", f"{scheme.grade.name.lower()} is above {clearance.name.lower()}, up to which you see"
            )

    return check
