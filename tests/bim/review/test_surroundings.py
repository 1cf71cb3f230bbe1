"""What a scheme does to what stands around: some of it goes, blocks come, and heights are varied."""

from datetime import UTC, datetime

import numpy as np
import shapely
from blocks import ANCHOR, blocks

from bim.review import Scene, Surroundings

MODEL = np.array([[100.0, 0.0, 5.0], [110.0, 0.0, 5.0], [110.0, 10.0, 5.0]])
TWO = blocks([shapely.box(0, 0, 10, 10), shapely.box(100, 0, 110, 10)], [20.0, 30.0])
SINCE = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def around() -> Surroundings:
    """Return two blocks, one of which a model stands for."""
    scene = Scene.empty(ANCHOR).with_mesh("models/house", MODEL, np.array([[0, 1, 2]]))
    scene = scene.with_prisms(TWO.without(["buildings/1"]))
    return Surroundings(TWO, {"buildings/1": "house"}, ("house",), scene, SINCE)


def heights(scene: Scene) -> dict[str, float]:
    used = scene.vertices[scene.triangles][:, :, 2].max(axis=1)
    return {name: round(float(used[scene.owners == name].max()), 3) for name in np.unique(scene.owners).tolist()}


def test_heights_of_blocks_are_varied_and_those_of_models_are_not() -> None:
    assert heights(around().scaled(1.5)) == {"buildings/0": 30.0, "models/house": 5.0}


def test_a_scheme_takes_buildings_away_with_their_models_and_puts_its_own_there() -> None:
    (shape,) = blocks([shapely.box(0, 0, 8, 8)], [50.0]).outlines
    design = blocks([], []).joined(TWO.chosen(np.array([0])))
    design = type(design)(np.array([shape]), design.base, np.array([50.0]), np.array(["schemes/a"]), design.missing)
    changed = around().without(["buildings/0", "buildings/1"]).with_prisms(design)
    assert heights(changed.scene) == {"schemes/a": 50.0}
    assert heights(changed.scaled(2.0)) == {"schemes/a": 100.0}
    assert (changed.models, changed.prisms.owners.tolist()) == ((), ["schemes/a"])
    assert heights(around().scene) == {"buildings/0": 20.0, "models/house": 5.0}


def test_with_a_model_goes_what_it_stands_for() -> None:
    left = around().without(["models/house"])
    assert left.prisms.owners.tolist() == ["buildings/0"]
    assert (left.replaced, heights(left.scene)) == ({}, {"buildings/0": 20.0})
