"""Elements coloured by what is said of them."""

from pathlib import Path

import numpy as np
import pytest
from box_model import load_house
from boxes import GLASS, box_body
from hypothesis import given
from hypothesis import strategies as st

from api.layers import all_layers
from bim.catalog.building_elements import LAYER
from bim.tileset import Coloring, View, colored, colored_steps
from bim.tileset.batch import Placed, batch
from bim.tileset.coloring import linear_rgb
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import ParameterError
from layers.store.engine import Database
from layers.temporal import now


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("discipline", Coloring("column", "discipline")),
        ("property:Pset_WallCommon.FireRating", Coloring("property", "FireRating", "Pset_WallCommon")),
        ('quantity:"Set 1.0".Net', Coloring("quantity", "Net", "Set 1.0")),
    ],
)
def test_what_to_colour_by_is_read(text: str, meant: Coloring) -> None:
    assert Coloring.parse("by", text) == meant


@pytest.mark.parametrize(
    "text", ["", "grade", "property:Pset", "record", "property:" + "a" * 400 + ".b", "quantity:.a"]
)
def test_what_is_nothing_to_colour_by_is_said(text: str) -> None:
    with pytest.raises(ParameterError, match="is not one of class"):
        Coloring.parse("by", text)


def test_a_model_has_one_legend_of_texts_and_one_of_numbers(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path)
    view = View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), now())
    with db.reader.connect() as connection:
        rated = colored(connection, view, "house", Coloring("property", "FireRating", "Pset_WallCommon"))
        tall = colored(connection, view, "house", Coloring("column", "height_m"))
        with pytest.raises(ParameterError, match="no element"):
            colored(connection, view, "house", Coloring("property", "Nothing", "Pset_WallCommon"))
    assert [entry["value"] for entry in rated.legend()["entries"]] == ["1h", "2h", None]
    assert rated.color_of("wall-1") != rated.color_of("wall-2")
    assert rated.color_of("room-1") == rated.paint.color_of({}), "what has no value has the colour of the rest"
    assert tall.legend()["kind"] == "ramp"
    assert tall.legend()["unit"] == "m"
    assert tall.color_of("door-1") == tall.legend()["entries"][0]["color"]
    assert tall.color_of("wall-2") == tall.legend()["entries"][-1]["color"]


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=9))
def test_five_round_steps_hold_all_numbers(numbers: list[float]) -> None:
    entries = colored_steps("heat", {str(n): number for n, number in enumerate(numbers)}, "°C").legend()["entries"]
    ends = [entry["from"] for entry in entries]
    step = (ends[-1] - ends[0]) / 4
    assert len(ends) == 5
    assert [end - ends[0] for end in ends] == pytest.approx([step * place for place in range(5)], rel=1e-6, abs=1e-9)
    slack = 1e-6 * max(map(abs, [*ends, step]))
    assert ends[0] <= min(numbers) + slack
    assert max(numbers) <= ends[-1] + step + slack
    assert f"{step:.0e}"[0] in "125"


def test_a_colour_in_place_of_its_own_leaves_glass_as_clear() -> None:
    body = box_body((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), GLASS)
    own = batch([Placed(body.mesh, body.matrix[:3])], np.zeros(3))
    (painted,) = batch([Placed(body.mesh, body.matrix[:3], linear_rgb("#ff0000"))], np.zeros(3))
    assert painted.color[:3] == (1.0, 0.0, 0.0)
    assert painted.color[3] == own[0].color[3] < 1
