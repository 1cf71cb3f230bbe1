"""The notebook of the one map, against a sample of its own and the real worker, for it writes."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from city import City, open_server
from nbclient import NotebookClient
from prepared import Prepared

from api.work import job_kinds
from layers.ops.jobs import run_worker
from layers.settings import Settings

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_one_map.ipynb"


@pytest.fixture
def sample(prepared: Prepared, tmp_path: Path) -> Iterator[City]:
    """Yield the sample behind the real application, to edit."""
    shutil.copytree(prepared.rasters, tmp_path / "rasters")
    with prepared.server.copy_of(prepared.sample()) as database, open_server(database, tmp_path) as city:
        yield city


def told(city: City, folder: Path) -> dict[str, str]:
    """Execute the notebook while the worker does what it asks for, and return what each cell shows."""
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    kinds = job_kinds(Settings(_env_file=None, home=folder))
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(lambda: asyncio.run(client.async_execute()))
        while not reading.done():
            asyncio.run(run_worker(city.database, kinds, until_empty=True))
            time.sleep(0.2)
        reading.result()
    return {cell.source: "".join(map(str, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}


def test_the_one_map_is_walked_from_coordinates_to_time(
    sample: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_URL", str(sample.client.base_url))
    monkeypatch.setenv("TWIN_TOKEN", sample.token)
    cells = told(sample, tmp_path)

    def shown(words: str) -> str:
        (output,) = (output for source, output in cells.items() if words in source)
        return output

    everything = "".join(cells.values())
    for words in ("GCJ-02", "N51H36", "100.00%", "银城中路501号", "added"):
        assert words in everything, words
    assert "N51H" in (tmp_path / "one_map_grid.html").read_text(encoding="utf-8")
    assert "built-up" in shown("client.raster_value(")
    for words in ("client.crosswalk(", "client.zonal(", "client.quality(", "boundary.plot(", "client.changes(SURVEY"):
        assert "image/png" in shown(words), words
    assert "几何自相交" in shown("client.quarantine(")
    assert shown("client.release(").count("<td>released</td>") == 2
    assert shown("client.release(").count("<td>discarded</td>") == 1
    assert "上海中心大厦" in shown("client.propose_matches(")
    merged = shown("client.object(")
    assert "survey_a" in merged
    assert "survey_b" in merged
    assert "陆家嘴街道" in merged
    assert "undone" in shown('"undo"')
    assert "changed" in shown("client.changes(SURVEY")
