"""Systems and materials of a model: which there are, and which of the elements that a reader sees belong to each."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Text, column, func, select, true

from bim.store import record
from bim.tileset.statement import View

Json = dict[str, Any]
Fact = Literal["systems", "materials"]
# Of a large system the first members are told, and where the others are found.
MOST_TOLD = 100


@dataclass
class Group:
    """A system or a material: how many elements of each class, their volume in m³ as far as known, and the first."""

    name: str
    classes: dict[str, int] = field(default_factory=dict)
    volume_m3: float | None = None
    elements: list[Json] = field(default_factory=list)

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "name": self.name,
            "count": sum(self.classes.values()),
            "classes": self.classes,
            "volume_m3": self.volume_m3,
            "elements": self.elements,
        }


def groups_page(
    connection: Connection, view: View, model: str, fact: Fact, limit: int, after: str = ""
) -> tuple[list[Group], bool]:
    """Return a page of the groups of a model in order of their names, and whether there are more."""
    members = _members(view, model, fact)
    names = select(members.c.group).distinct().where(members.c.group > after).order_by(members.c.group)
    found = list(connection.execute(names.limit(limit + 1)).scalars())
    groups = {name: Group(name) for name in found[:limit]}
    counted = (
        select(members.c.group, members.c["class"], func.count(), func.sum(members.c.volume_m3))
        .where(members.c.group == func.any(list(groups)))
        .group_by(members.c.group, members.c["class"])
        .order_by(members.c.group, members.c["class"])
    )
    for name, ifc_class, number, volume in connection.execute(counted):
        group = groups[name]
        group.classes[ifc_class] = number
        if volume is not None:
            group.volume_m3 = (group.volume_m3 or 0.0) + float(volume)
    _add_first(connection, members, groups)
    return list(groups.values()), len(found) > limit


def _members(view: View, model: str, fact: Fact) -> Any:
    """Return a row for each element and group that it belongs to, as a subquery."""
    rows = view.rows(model)
    named = func.jsonb_array_elements_text(record.c.facts[fact]).table_valued(column("value", Text)).render_derived()
    columns = (rows.c.fid, rows.c.source_key, rows.c["class"], rows.c.name, rows.c.volume_m3)
    joined = rows.join(record, record.c.id == rows.c.record)
    return (
        select(named.c.value.collate("C").label("group"), *columns)
        .select_from(joined.join(named, true()))
        .subquery("member")
    )


def _add_first(connection: Connection, members: Any, groups: dict[str, Group]) -> None:
    place = func.row_number().over(partition_by=members.c.group, order_by=members.c.fid)
    ranked = select(members, place.label("place")).where(members.c.group == func.any(list(groups))).subquery("ranked")
    first = select(ranked).where(ranked.c.place <= MOST_TOLD).order_by(ranked.c.group, ranked.c.place)
    for row in connection.execute(first).mappings():
        told = {"id": row["source_key"], "fid": row["fid"], "class": row["class"], "name": row["name"]}
        groups[row["group"]].elements.append(told)
