"""The story of the wind, told by the notebook to the real server with the real worker behind it."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from windy import Windy

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_lujiazui_wind.ipynb"


@pytest.fixture(scope="module")
def told(windy: Windy, tmp_path_factory: pytest.TempPathFactory) -> tuple[nbformat.NotebookNode, Path]:
    """Return the notebook as it was executed, and the folder that it wrote to."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setenv("TWIN_URL", str(windy.city.client.base_url))
        patch.setenv("TWIN_TOKEN", windy.city.token)
        reading = pool.submit(lambda: asyncio.run(client.async_execute()))
        while not reading.done():
            windy.work()
            time.sleep(0.2)
        reading.result()
    return notebook, folder


def shown(told: tuple[nbformat.NotebookNode, Path], words: str) -> str:
    """Return all that the cell with those words shows."""
    (cell,) = (cell for cell in told[0].cells if cell.cell_type == "code" and words in cell.source)
    return "".join(str(output) for output in cell.outputs)


def test_the_notice_is_read(told: tuple[nbformat.NotebookNode, Path]) -> None:
    table = shown(told, "read_text(NOTICE)")
    assert "ORANGE" in table
    assert "浦东新区" in table


def test_towers_stand_in_the_list_and_on_the_facades_with_reasons(told: tuple[nbformat.NotebookNode, Path]) -> None:
    assert "阵风" in shown(told, "client.objects(")
    assert "上海中心大厦" in shown(told, "towers.sort_values")
    page = (told[1] / "lujiazui_wind.html").read_text(encoding="utf-8")
    assert json.dumps("上海中心大厦")[1:-1] in page


def test_figures_are_drawn(told: tuple[nbformat.NotebookNode, Path]) -> None:
    for words in ("stackplot", "streamplot", "change of the gust"):
        assert "image/png" in shown(told, words)


def test_every_kept_direction_counts_for_the_inspection_list(told: tuple[nbformat.NotebookNode, Path]) -> None:
    table = shown(told, "inspection = ")
    assert "90.0" in table or "180.0" in table


def test_the_new_tower_changes_the_wind(told: tuple[nbformat.NotebookNode, Path]) -> None:
    shares = shown(told, "changed = client.run(")
    assert "%" in shares
    assert "0.00%" not in shares


def test_tasks_follow(told: tuple[nbformat.NotebookNode, Path]) -> None:
    assert "draft" in shown(told, "/tasks")
