"""The notebook of buildings, against the sample as it is served."""

from pathlib import Path

import nbformat
import pytest
from city import City
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_buildings.ipynb"


def test_buildings_are_walked_from_storeys_to_schemes(
    sample_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_URL", str(sample_city.client.base_url))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=folder).execute()
    shown = "".join(str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    for words in ("office-block", "Pset_DoorCommon", "走廊", "碰撞 clashes", "shanghai-winter-solstice-1h", "日照 sunlight", "容积率"):
        assert words in shown, words
    assert (tmp_path / "third_storey.glb").read_bytes()[:4] == b"glTF"
    assert "ScenegraphLayer" in (tmp_path / "third_storey.html").read_text(encoding="utf-8")
