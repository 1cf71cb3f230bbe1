"""``twin bim extract`` and ``twin bim clash``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from two_models import ASIDE, BUILT_IN, SERVICES, STRUCTURE, load_parts

from api.layers import all_layers
from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, tmp_path: Path, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run verbs on two models that clash."""
    load_parts(db, all_layers(), tmp_path, "structure", STRUCTURE)
    load_parts(db, all_layers(), tmp_path, "services", SERVICES, ASIDE)
    return at_database(db)


def test_clashes_are_printed(twin: Twin) -> None:
    status, printed, _ = twin("bim", "clash", "structure", "services", "--json")
    assert status == 0
    assert {
        (one["first"]["id"], one["second"]["id"], one["kind"]) for one in json.loads(printed)["clashes"]
    } == BUILT_IN
    status, printed, _ = twin("bim", "clash", "structure", "services", "--tolerance", "0.002")
    assert status == 0
    assert "5 clashes" in printed
    assert "identical" in printed
    assert "0 clashes" in twin("bim", "clash", "structure")[1]


def test_a_tolerance_of_nothing_is_refused(twin: Twin) -> None:
    status, _, complaint = twin("bim", "clash", "structure", "--tolerance", "0")
    assert status != 0
    assert "0.001" in complaint


def test_an_extract_is_written(twin: Twin, tmp_path: Path) -> None:
    path = tmp_path / "hvac.glb"
    assert twin("bim", "extract", "services", str(path), "--discipline", "hvac", "--property", "A.B=1")[0] != 0
    assert not path.exists()
    assert twin("bim", "extract", "services", str(path), "--discipline", "hvac")[0] == 0
    assert path.read_bytes()[:4] == b"glTF"
    assert b"beam again" in path.read_bytes()
