"""The notebook of the one map, against the sample."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from city import City
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_one_map.ipynb"


def test_the_one_map_counts_codes_and_compares(
    sample_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_URL", str(sample_city.client.base_url))
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=folder).execute()
    shown = {cell.id: "".join(map(str, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}
    everything = "".join(shown.values())
    assert "GCJ-02" in everything
    assert "N51H36" in everything
    assert "100.00%" in everything
    assert "银城中路501号" in everything
    assert "added" in everything
    assert "N51H" in (tmp_path / "one_map_grid.html").read_text(encoding="utf-8")
