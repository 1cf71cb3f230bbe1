"""The deck of the page: a MapLibre map with our style, and what deck.gl draws over it."""

import json
from collections.abc import Mapping
from typing import Any

import pydeck
from pydeck.types import String

from api.viewer.style import FONTS, style

Json = dict[str, Any]

HOME = {"longitude": 121.5025, "latitude": 31.2375, "zoom": 14.6}
WORLD_PX = 512
VIEW_PX = (760, 560)  # the part of a small screen that no panel covers
ACCENT = [213, 94, 0]  # Okabe-Ito vermilion: seen on every data colour, also by colour-blind readers
INK = [38, 42, 48]
PAPER = [255, 255, 255, 235]
# What the page may know of the deck; pydeck adds API keys from the environment, which must not reach a reader.
PUBLIC = ("initialViewState", "layers", "mapProvider", "mapStyle")


def deck(catalog: Mapping[str, Any]) -> Json:
    """Return the JSON of a :class:`pydeck.Deck` over everything that the catalogue lists."""
    built = pydeck.Deck(
        layers=[_models(), *_sketch(), *_selection(), *_skyline(), *_annotations()],
        initial_view_state=pydeck.ViewState(**_view(catalog), pitch=0, bearing=0),
        map_provider="maplibre",
        map_style="",
    )
    # The constructor takes a style as a dict for Mapbox only, though the page's code takes it for MapLibre too.
    built.map_style = style(catalog)
    document: Json = json.loads(built.to_json())
    return {key: document[key] for key in PUBLIC}


def _models() -> pydeck.Layer:
    """What every building model is drawn like; the page makes a layer of it for each model near the view."""
    return pydeck.Layer("Tile3DLayer", None, id="building-models")


def _sketch() -> list[pydeck.Layer]:
    """Layers drawn from panels: a section's line, a planned tower, the object that a list highlights."""
    return [
        pydeck.Layer(
            "GeoJsonLayer",
            [],
            id="sketch",
            stroked=True,
            filled=True,
            get_line_color=ACCENT,
            get_fill_color=[*ACCENT, 120],
            material=False,
            get_line_width=3,
            line_width_units=String("pixels"),
            get_point_radius=7,
            point_radius_units=String("pixels"),
            get_elevation="properties.height_m",
            point_type=String("circle+text"),
            get_text="properties.label",
            get_text_size=13,
            get_text_color=INK,
            get_text_pixel_offset=[0, -18],
            text_background=True,
            get_text_background_color=PAPER,
            text_background_padding=[5, 2, 5, 2],
            text_font_family=String(", ".join(FONTS)),
        )
    ]


def _selection() -> list[pydeck.Layer]:
    """The outline of the selected feature, drawn over everything, also when a tower hides it."""
    return [
        pydeck.Layer(
            "GeoJsonLayer",
            [],
            id="selection",
            stroked=True,
            filled=True,
            get_line_color=ACCENT,
            get_fill_color=[*ACCENT, 72],
            material=False,  # lighting would turn the colour grey
            get_line_width=2.5,
            line_width_units=String("pixels"),
            get_point_radius=9,
            point_radius_units=String("pixels"),
            get_elevation="properties.height_m",
            parameters={"depthCompare": "always"},  # stays visible when a tower is in front
        )
    ]


def _skyline() -> list[pydeck.Layer]:
    """The tallest named buildings in view, each with its height on a staff: shown in 3-D, filled by the page."""
    staffs = pydeck.Layer(
        "LineLayer",
        [],
        id="skyline-staff",
        get_source_position="roof",
        get_target_position="tip",
        get_color=[*INK, 170],
        get_width=1,
        width_units=String("pixels"),
    )
    names = pydeck.Layer(
        "TextLayer",
        [],
        id="skyline-name",
        get_text="text",
        get_position="tip",
        get_size=12,
        get_color=INK,
        get_text_anchor=String("middle"),
        get_alignment_baseline=String("bottom"),
        background=True,
        get_background_color=PAPER,
        background_padding=[6, 3, 6, 3],
        parameters={"depthCompare": "always"},  # labels stay visible when another tower is in front
        character_set=String("0123456789"),  # the page adds the letters of the names
        font_family=String(", ".join(FONTS)),
    )
    return [staffs, names]


def _annotations() -> list[pydeck.Layer]:
    """A numbered mark for each annotation with its first words, also when a wall stands before it."""
    always = {"depthCompare": "always"}
    marks = pydeck.Layer(
        "ScatterplotLayer",
        [],
        id="annotation-mark",
        get_position="spot",
        get_radius=11,
        radius_units=String("pixels"),
        billboard=True,
        stroked=True,
        get_line_color=PAPER[:3],
        get_line_width=2,
        line_width_units=String("pixels"),
        parameters=always,
    )
    numbers = pydeck.Layer(
        "TextLayer",
        [],
        id="annotation-number",
        get_text="digits",
        get_position="spot",
        get_size=12,
        get_color=PAPER[:3],
        font_weight=700,
        character_set=String("0123456789+"),
        parameters=always,
        font_family=String(", ".join(FONTS)),
    )
    labels = pydeck.Layer(
        "TextLayer",
        [],
        id="annotation-label",
        get_text="text",
        get_position="spot",
        get_size=12,
        get_color=INK,
        get_text_anchor=String("start"),
        get_pixel_offset=[16, 0],
        background=True,
        get_background_color=PAPER,
        background_padding=[5, 2, 5, 2],
        parameters=always,
        character_set=String("0123456789"),  # the page adds the letters of the texts
        font_family=String(", ".join(FONTS)),
    )
    return [marks, numbers, labels]


def _view(catalog: Mapping[str, Any]) -> Json:
    """Return a view of the first listed home, or of Lujiazui."""
    home = catalog.get("home")
    return dict(home) if home else dict(HOME)
