"""How a layer looks, said once: MapLibre layers, legends and colours for deck and notebooks all come from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.title import Title

Json = dict[str, Any]
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Entry:
    """One line of a legend: a value, its colour and what it is called."""

    value: str
    color: str
    title: Title


@dataclass(frozen=True)
class Single:
    """Everything in one colour."""

    color: str

    def expression(self) -> Any:
        """Return the colour as MapLibre writes it."""
        return self.color

    def color_of(self, properties: Mapping[str, Any]) -> str:
        """Return the colour of a feature with these properties."""
        return self.color

    def legend(self, title: Title) -> Json:
        """Return the legend as JSON."""
        return {
            "kind": "single",
            "column": None,
            "entries": [{"value": None, "color": self.color, "label": title.json()}],
        }


@dataclass(frozen=True)
class Categories:
    """A colour for each value of a text column."""

    column: str
    entries: tuple[Entry, ...]
    other: str = "#b8b8b8"

    def expression(self) -> Any:
        """Return a MapLibre ``match`` over the column."""
        pairs = [item for entry in self.entries for item in (entry.value, entry.color)]
        return ["match", ["to-string", ["get", self.column]], *pairs, self.other]

    def color_of(self, properties: Mapping[str, Any]) -> str:
        """Return the colour of a feature with these properties."""
        value = properties.get(self.column)
        return next((entry.color for entry in self.entries if entry.value == str(value)), self.other)

    def legend(self, title: Title) -> Json:
        """Return the legend as JSON; the last entry stands for all other values."""
        entries: list[Json] = [{"value": e.value, "color": e.color, "label": e.title.json()} for e in self.entries]
        entries.append({"value": None, "color": self.other, "label": {"zh": "其他", "en": "other"}})
        return {"kind": "categories", "column": self.column, "entries": entries}


@dataclass(frozen=True)
class Ramp:
    """Colours along a number column, interpolated between ``stops`` of (value, colour) in rising order."""

    column: str
    stops: tuple[tuple[float, str], ...]
    unit: str
    missing: str = "#c9c9c9"

    def expression(self) -> Any:
        """Return a MapLibre ``interpolate`` over the column; a missing number has its own colour."""
        flat = [item for stop in self.stops for item in stop]
        number = ["to-number", ["get", self.column]]
        return ["case", ["has", self.column], ["interpolate", ["linear"], number, *flat], self.missing]

    def color_of(self, properties: Mapping[str, Any]) -> str:
        """Return the colour of the highest stop that the feature reaches."""
        value = properties.get(self.column)
        if value is None:
            return self.missing
        reached = [color for least, color in self.stops if value >= least]
        return reached[-1] if reached else self.stops[0][1]

    def legend(self, title: Title) -> Json:
        """Return the legend as JSON, an entry for each step between two stops."""
        ends = [*[least for least, _ in self.stops[1:]], None]
        entries = [
            {"from": least, "to": end, "color": color, "label": _step(least, end, self.unit).json()}
            for (least, color), end in zip(self.stops, ends, strict=True)
        ]
        return {"kind": "ramp", "column": self.column, "unit": self.unit, "entries": entries}


def _step(least: float, end: float | None, unit: str) -> Title:
    text = f"≥ {least:g} {unit}" if end is None else f"{least:g}-{end:g} {unit}"
    return Title(text, text)


Paint = Single | Categories | Ramp


@dataclass(frozen=True)
class Variant:
    """One way of colouring a layer, which the viewer offers by its title."""

    id: str
    title: Title
    paint: Paint


@dataclass(frozen=True)
class Width:
    """Line width (or circle radius) in pixels by zoom, scaled by the value of a column."""

    stops: tuple[tuple[float, float], ...]
    column: str | None = None
    factors: tuple[tuple[str, float], ...] = ()

    def expression(self, more: float = 0.0) -> Any:
        """Return a MapLibre ``interpolate`` by zoom, ``more`` pixels wider."""
        steps = [item for zoom, px in self.stops for item in (zoom, self._scaled(px, more))]
        return ["interpolate", ["exponential", 1.5], ["zoom"], *steps]

    def _scaled(self, px: float, more: float) -> Any:
        if self.column is None:
            return px + more
        pairs = [item for value, factor in self.factors for item in (value, round(px * factor + more, 2))]
        return ["match", ["to-string", ["get", self.column]], *pairs, px + more]


@dataclass(frozen=True)
class Label:
    """Names on the map: from which zoom, how large, along lines or at points.

    ``prominent`` is (column, least value, zoom): until that zoom only features that reach the value are named.
    """

    minzoom: float
    size: float = 12
    placement: Literal["point", "line"] = "point"
    color: str = "#3c4043"
    prominent: tuple[str, float, float] | None = None


@dataclass(frozen=True)
class Extrusion:
    """Which columns raise a polygon, in metres; features with a true ``unless`` column stay flat in 3-D."""

    height: str
    base: str
    unless: str | None = None


@dataclass(frozen=True)
class Style:
    """All that a layer's look needs; ``order`` says what lies on what (higher is on top)."""

    kind: Literal["fill", "line", "circle"]
    variants: tuple[Variant, ...]
    order: int
    opacity: float = 1.0
    outline: str | None = None
    width: Width = Width(((10, 1), (16, 3)))
    dashes: tuple[float, ...] | None = None
    label: Label | None = None
    extrusion: Extrusion | None = None


def maplibre_layers(layer_id: str, style: Style, variant: Variant, minzoom: int) -> list[Json]:
    """Return MapLibre style layers that draw one layer in one variant.

    Each has ``metadata["twin:role"]``: fill, outline, casing, line, circle, extrusion or label, by which the viewer
    switches between 2-D and 3-D and between languages.
    """
    builders = {"fill": _fill, "line": _line, "circle": _circle}
    drawn = builders[style.kind](style, variant.paint)
    if style.extrusion:
        drawn.append(_extrusion(style, variant.paint, style.extrusion))
    if style.label:
        drawn.append(_label(style.label) if style.kind != "circle" else _beneath(_label(style.label), style))
    return [_placed(layer_id, minzoom, part) for part in drawn]


def _placed(layer_id: str, minzoom: int, part: Json) -> Json:
    role = part.pop("role")
    least = max(float(minzoom), float(part.pop("minzoom", 0)))
    frame: Json = {"id": f"{layer_id}-{role}", "source": layer_id, "source-layer": layer_id, "minzoom": least}
    return frame | {"metadata": {"twin:layer": layer_id, "twin:role": role}} | part


def _fill(style: Style, paint: Paint) -> list[Json]:
    parts: list[Json] = [
        {"role": "fill", "type": "fill", "paint": {"fill-color": paint.expression(), "fill-opacity": style.opacity}}
    ]
    if style.outline:
        parts.append({"role": "outline", "type": "line", "paint": {"line-color": style.outline, "line-width": 0.6}})
    return parts


def _line(style: Style, paint: Paint) -> list[Json]:
    layout = {"line-cap": "butt" if style.dashes else "round", "line-join": "round"}
    drawn: Json = {
        "line-color": paint.expression(),
        "line-width": style.width.expression(),
        "line-opacity": style.opacity,
    }
    if style.dashes:
        drawn["line-dasharray"] = list(style.dashes)
    parts: list[Json] = [{"role": "line", "type": "line", "layout": layout, "paint": drawn}]
    if style.outline:
        casing = {"line-color": style.outline, "line-width": style.width.expression(1.4), "line-opacity": style.opacity}
        parts.insert(0, {"role": "casing", "type": "line", "layout": layout, "paint": casing})
    return parts


def _circle(style: Style, paint: Paint) -> list[Json]:
    drawn = {
        "circle-color": paint.expression(),
        "circle-radius": style.width.expression(),
        "circle-opacity": style.opacity,
        "circle-stroke-color": style.outline or "#ffffff",
        "circle-stroke-width": 1,
    }
    return [{"role": "circle", "type": "circle", "paint": drawn}]


def _extrusion(style: Style, paint: Paint, raised: Extrusion) -> Json:
    part: Json = {
        "role": "extrusion",
        "type": "fill-extrusion",
        "minzoom": 13,
        "layout": {"visibility": "none"},
        "paint": {
            "fill-extrusion-color": paint.expression(),
            "fill-extrusion-height": ["coalesce", ["get", raised.height], 3],
            "fill-extrusion-base": ["coalesce", ["get", raised.base], 0],
            "fill-extrusion-opacity": min(style.opacity, 0.95),
        },
    }
    if raised.unless:
        part["filter"] = ["!=", ["get", raised.unless], True]
    return part


def name_expression(language: str) -> Any:
    """Return the MapLibre text of a feature's name in ``zh`` or ``en``, the other language standing in."""
    names = ["name", "name_en"] if language == "zh" else ["name_en", "name"]
    return ["coalesce", *[["get", name] for name in names], ""]


def _label(label: Label) -> Json:
    part: Json = {
        "role": "label",
        "type": "symbol",
        "minzoom": label.minzoom,
        "layout": {
            "text-field": name_expression("zh"),
            "text-size": label.size,
            "symbol-placement": label.placement,
            "text-max-width": 8,
            "text-padding": 4,
        },
        "paint": {"text-color": label.color, "text-halo-color": "#ffffff", "text-halo-width": 1.4},
    }
    if label.prominent is not None:
        column, least, zoom = label.prominent
        part["filter"] = ["any", [">=", ["zoom"], zoom], [">=", ["coalesce", ["get", column], 0], least]]
    return part


def _beneath(label: Json, style: Style) -> Json:
    """Return a label with its words below a circle at its widest, which they would cover."""
    reach = max(px for _, px in style.width.stops) + 2
    layout = label["layout"] | {
        "text-anchor": "top",
        "text-offset": [0, round(reach / label["layout"]["text-size"], 2)],
    }
    return label | {"layout": layout}


def rgb(color: str) -> Rgb:
    """Return the red, green and blue of ``#rrggbb``, as deck wants them."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
