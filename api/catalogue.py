"""The catalogue of layers as the viewer and other systems read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.rasters import catalogue_json_of
from layers.access import Decision, Principal, decide, shown_columns
from layers.base import Column, Layer
from layers.query import Facts, datasets_statement, rows_statement, versions_statement
from layers.raster import Raster
from layers.registry import Registry
from layers.style import maplibre_layers
from layers.temporal import now, rfc3339
from layers.title import Title

Json = dict[str, Any]
# Members of layers (one for each run) are not listed, and their number is unbounded.
_MOST_KEPT = 1000
THEMES = {
    "base": Title("底图", "Base map"),
    "rasters": Title("栅格与地形", "Rasters and terrain"),
    "planning": Title("规划", "Planning"),
    "3d": Title("三维", "3-D"),
    "iot": Title("物联感知", "Sensors"),
    "incidents": Title("事件", "Incidents"),
    "hazards": Title("风险情景", "Hazard scenarios"),
    "governance": Title("治理", "Governance"),
    "business": Title("专题与社会数据", "Thematic and social data"),
}


@dataclass(frozen=True)
class Entry:
    """A layer that a principal may read, and what is known of it."""

    layer: Layer
    decision: Decision
    facts: Facts


class Catalogue:
    """Reads facts of layers, again only when the layer was edited."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read with ``engine``."""
        self._engine = engine
        self._kept: dict[tuple[str, str], tuple[object, Facts]] = {}

    async def entries(self, registry: Registry, principal: Principal) -> list[Entry]:
        """Return the layers that a principal may read, in order of declaration."""
        readable = [(layer, decide(principal, "read", layer)) for layer in registry]
        shown = [(layer, decision) for layer, decision in readable if decision.allowed]
        facts = await self.facts(shown)
        return [Entry(layer, decision, facts[layer.id]) for layer, decision in shown]

    async def facts(self, layers: Sequence[tuple[Layer, Decision]]) -> dict[str, Facts]:
        """Return what decisions show of some layers, by their ids."""
        facts = {}
        async with self._engine.connect() as connection:
            versions = {row[0]: row[1] for row in await connection.execute(versions_statement())}
            for layer, decision in layers:
                version = (layer.version, versions.get(layer.id))
                facts[layer.id] = await self._facts_of(connection, layer, decision, version)
        return facts

    async def _facts_of(self, connection: AsyncConnection, layer: Layer, decision: Decision, version: object) -> Facts:
        key = (layer.id, decision.scope)
        cached = self._kept.get(key)
        if cached is None or cached[0] != version:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            cached = self._kept[key] = (version, await _read(connection, layer, decision))
        return cached[1]


async def _read(connection: AsyncConnection, layer: Layer, decision: Decision) -> Facts:
    when = now()
    count, *edges = (await connection.execute(rows_statement(layer, decision, when))).one()
    datasets = (await connection.execute(datasets_statement(layer, decision, when))).all()
    dates = [row.date for row in datasets if row.date is not None]
    return Facts(
        count=count,
        bounds=tuple(edges) if count else None,
        date=max(dates, default=None),
        sources=tuple(row.source or row.title_zh for row in datasets),
    )


def catalogue_json(entries: list[Entry], principal: Principal, rasters: Sequence[Raster] = ()) -> Json:
    """Return the catalogue by themes, themes without layers left out; rasters have a theme of their own."""
    by_theme: dict[str, list[Json]] = {theme: [] for theme in THEMES}
    for entry in entries:
        by_theme.setdefault(entry.layer.theme, []).append(layer_json(entry))
    by_theme["rasters"] += map(catalogue_json_of, rasters)
    themes = [
        {"id": theme, "title": THEMES.get(theme, Title(theme, theme)).json(), "layers": layers}
        for theme, layers in by_theme.items()
        if layers
    ]
    return {"version": 1, "themes": themes, "principal": principal_json(principal)}


def principal_json(principal: Principal) -> Json:
    """Return who asks, as the viewer shows it."""
    return {
        "name": principal.name,
        "roles": sorted(principal.roles),
        "clearance": int(principal.clearance),
        "clearance_title": principal.clearance.title.json(),
        "departments": sorted(principal.departments),
        "area": None if principal.area is None else principal.area.id,
    }


def layer_json(entry: Entry) -> Json:
    """Return one layer as the catalogue has it."""
    layer, facts = entry.layer, entry.facts
    grade = {"level": int(layer.grade), **layer.grade.title.json()}
    return {
        "id": layer.id,
        "title": layer.title.json(),
        "description": layer.description.json(),
        "geometry": layer.geometry.removeprefix("Multi"),
        "grade": grade,
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "order": layer.style.order,
        "visible": layer.visible,
        "temporal": layer.beliefs() is not None,
        "version": layer.version,
        "date": rfc3339(facts.date) if facts.date else None,
        "source": "; ".join(facts.sources) or layer.source,
        "count": facts.count,
        "bounds": facts.bounds,
        "columns": [column_json(column) for column in shown_columns(layer, entry.decision)],
        "masked": sorted(entry.decision.masked),
        "legends": [
            {"id": variant.id, "title": variant.title.json(), **variant.paint.legend(layer.title)}
            for variant in layer.style.variants
        ],
        "maplibre": {
            variant.id: maplibre_layers(layer.id, layer.style, variant, layer.minzoom)
            for variant in layer.style.variants
        },
        "tilejson": f"/tiles/{layer.id}.json",
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt",
        "download": f"/collections/{layer.id}/items?f=json&limit=1000",
    }


def column_json(column: Column) -> Json:
    """Return one column as the catalogue has it."""
    return {
        "name": column.name,
        "type": column.type,
        "title": column.title.json(),
        "unit": column.unit,
        "codes": {value: title.json() for value, title in column.codes} or None,
    }
