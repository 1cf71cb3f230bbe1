"""The plan of a design scheme: what it builds and what lies around, inside of its sheet."""

from typing import Any

import numpy as np
import pytest
from designs import SITE, box

from api.report.drawing import Area, Drawing, Label, Line
from api.report.scheme_drawing import WIDTH, scheme_drawing, surrounding
from api.report.svg import to_svg
from bim.schemes import Massing
from bim.schemes.figures import Known
from layers.title import Title

KNOWN = Known(1.0, Title("", ""))


def massing(key: str, *sides: float, top: float | None = 24.0, base: float = 0.0) -> Massing:
    return Massing(key, key, box(*sides), base, top, KNOWN, KNOWN)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    built = [massing("塔楼", 10, 10, 30, 40, top=120.0, base=9.0), massing("裙楼", 5, 5, 60, 60, top=9.0)]
    around = [massing("1", 20, 20, 40, 40), massing("2", -60, 10, -10, 60), massing("3", 120, 0, 400, 40)]
    return scheme_drawing(box(*SITE), built, box(70, 0, 100, 80), around, {"1"})


def points(drawing: Drawing) -> Any:
    rings = [ring for shape in drawing.shapes if isinstance(shape, Area) for ring in shape.rings]
    rings += [line for shape in drawing.shapes if isinstance(shape, Line) for line in shape.lines]
    return np.concatenate([np.array(ring) for ring in rings if len(ring)])


def test_nothing_is_drawn_beside_the_sheet(drawing: Drawing) -> None:
    x, y = points(drawing).T
    assert x.min() >= -0.01
    assert x.max() <= WIDTH + 0.01
    assert y.min() >= -0.01
    assert y.max() <= drawing.height


def test_heights_are_named_and_coloured_and_the_higher_is_on_top(drawing: Drawing) -> None:
    texts = [shape.text for shape in drawing.shapes if isinstance(shape, Label)]
    assert {"塔楼", "9–120 m", "裙楼", "9 m"} <= set(texts)
    fills = [shape.fill for shape in drawing.shapes if isinstance(shape, Area)]
    assert fills.index("#e7cfe2") < fills.index("#a83c88")


def test_what_is_replaced_is_dashed_and_not_filled(drawing: Drawing) -> None:
    dashed = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.dash and len(shape.lines[0]) > 2]
    assert len(dashed) == 1
    (houses,) = [shape for shape in drawing.shapes if isinstance(shape, Area) and len(shape.rings) == 2]
    assert houses.fill == "#d3d1cc"


def test_it_is_in_scale(drawing: Drawing) -> None:
    from designs import PLANE

    west, _, east, _ = PLANE.to_plane(np.array([surrounding(box(*SITE))], dtype=object))[0].bounds
    site = max((shape for shape in drawing.shapes if isinstance(shape, Line)), key=lambda shape: shape.width)
    (ring,) = site.lines
    drawn = max(x for x, _ in ring) - min(x for x, _ in ring)
    assert drawn == pytest.approx(100 * WIDTH / (east - west), rel=1e-3)


def test_an_unknown_height_is_told() -> None:
    drawn = scheme_drawing(box(*SITE), [massing("<b>", 1, 1, 20, 20, top=None)], None, [], set())
    svg = str(to_svg(drawn))
    assert ">? m<" in svg
    assert "&lt;b&gt;" in svg


def test_a_scheme_without_buildings_is_drawn_too() -> None:
    assert scheme_drawing(box(*SITE), [], None, [], set()).shapes
