import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_what_they_printed(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert all(not cell.get("outputs") for cell in cells)


def test_the_first_map_answers_its_question_and_draws_it(sample_city, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TWIN_URL", str(sample_city.client.base_url))
    notebook = run(NOTEBOOKS[0], tmp_path)
    shown = "".join(str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    assert "上海中心大厦" in shown
    assert "floor area" in shown
    page = (tmp_path / "first_map.html").read_text(encoding="utf-8")
    assert "GeoJsonLayer" in page
    # pydeck writes its JSON in ASCII.
    assert json.dumps("上海中心大厦")[1:-1] in page
