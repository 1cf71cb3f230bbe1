"""Bindings of things to elements as documents and tables."""

import re
from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any

from sqlalchemy import Connection, func, select

from bim.bindings import Binding, candidates, write_bindings
from bim.tileset import View
from layers.errors import ParameterError

Json = dict[str, Any]
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})", re.ASCII)


def binding_json(connection: Connection, view: View, one: Binding, *, orphan: bool) -> Json:
    """Return a binding as JSON; an orphan with the elements that may be meant instead."""
    told = one.json() | {"id": one.id}
    if orphan:
        told["candidates"] = [candidate.json() for candidate in candidates(connection, view, one)]
    return told


def bindings_csv(connection: Connection, view: View, bindings: Sequence[Binding], *, orphans: bool = False) -> str:
    """Return bindings as CSV, with name, class and storey of the element at the time for those who review it.

    Of orphans it has the likeliest of the elements that may be meant instead.
    """
    told = _told(connection, view, bindings)
    further = {
        title: [(told.get((one.model, one.element)) or {}).get(name) or "" for one in bindings]
        for title, name in (("element_name", "name"), ("element_class", "class"), ("storey_name", "storey_name"))
    }
    if orphans:
        likeliest = [next(iter(candidates(connection, view, one)), None) for one in bindings]
        further["candidate"] = ["" if one is None else one.element for one in likeliest]
        further["candidate_name"] = ["" if one is None else one.name or "" for one in likeliest]
        further["candidate_why"] = ["" if one is None else one.why for one in likeliest]
    return write_bindings(bindings, further)


def offset_of(text: str | None) -> timezone | None:
    """Read an offset from UTC, such as +08:00."""
    if text is None:
        return None
    match = _OFFSET.fullmatch(text.strip().replace(" ", "+"))
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise ParameterError("offset", f"{text!r} is not an offset from UTC such as +08:00")
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def _told(connection: Connection, view: View, bindings: Sequence[Binding]) -> dict[tuple[str, str], Json]:
    told: dict[tuple[str, str], Json] = {}
    for model in sorted({one.model for one in bindings}):
        rows = view.rows(model)
        keys = sorted({one.element for one in bindings if one.model == model})
        statement = select(rows.c.source_key, rows.c.name, rows.c["class"], rows.c.storey_name)
        found = connection.execute(statement.where(rows.c.source_key == func.any(keys))).mappings()
        told |= {(model, row["source_key"]): dict(row) for row in found}
    return told
