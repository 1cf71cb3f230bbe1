"""A scenario is one folder: a tiny second one, with kinds of its own, is laid on the shelf; nothing else is edited."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from city import City, open_server
from mapbox_vector_tile import decode

from api.work import job_kinds
from layers.ops.jobs import run_worker
from layers.settings import Settings
from layers.store.engine import Database
from twin import scenarios as shelf

LON, LAT = 121.5013, 31.2356
RIME = dedent(
    '''
    """Rime 雾凇: how thick it is."""

    from datetime import UTC, datetime

    from pydantic import BaseModel
    from shapely.geometry import box

    from layers.style import Categories, Style, Variant
    from layers.title import Title
    from twin.runs.layer import COLUMNS, RunLayer
    from twin.runs.look import LEVELS
    from twin.scenario import RunFeature, RunResult, Scenario

    LAYERS = tuple(
        RunLayer(
            id=f"rime_{kind}",
            title=Title("雾凇", kind),
            theme="hazards",
            geometry="Polygon",
            columns=COLUMNS,
            style=Style(
                kind="fill", variants=(Variant("level", Title("等级", "level"), Categories("level", LEVELS)),), order=70
            ),
            scenario="rime",
            kind=kind,
        )
        for kind in ("crust", "spikes")
    )


    class Rime(BaseModel):
        metres: float = 50


    def run(context, request):
        place = box(121.5008, 31.2351, 121.5018, 31.2361)
        features = [
            RunFeature(kind=kind, key="roads/1", geom=place, level=2, value=request.metres, unit="m", rank=1)
            for kind in ("crust", "spikes")
        ]
        return RunResult(datetime(2026, 9, 15, 22, tzinfo=UTC), 3600, 1, features)


    SCENARIO = Scenario(
        id="rime", title=Title("雾凇", "Rime"), description=Title("", ""), parameters=Rime, run=run, layers=LAYERS
    )
    '''
)


@pytest.fixture
def frosty(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """Yield the real application with ``rime`` on its shelf of scenarios."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "rime.py").write_text(RIME, encoding="utf-8")
    monkeypatch.setattr(shelf, "__path__", [*shelf.__path__, str(folder)])
    shelf.scenarios.cache_clear()
    try:
        with open_server(db, tmp_path / "home") as city:
            yield city
    finally:
        shelf.scenarios.cache_clear()


def calculate(city: City, home: Path) -> str:
    """Ask for a run of the rime, let the worker do it, and return its address."""
    answer = city.client.post("/scenarios/rime/runs", json={"metres": 40}, headers=city.signed_in)
    assert answer.status_code == 202, answer.text
    asyncio.run(run_worker(city.database, job_kinds(Settings(_env_file=None, home=home)), until_empty=True))
    return str(answer.headers["location"])


def values(city: City, layer: str) -> list[float]:
    """Return the values in the tile of the place, as a client gets them that revalidates what it keeps."""
    answer = city.client.get(f"/tiles/{layer}/14/13721/6694.mvt")
    layers = decode(answer.content) if answer.content else {}
    return [feature["properties"]["value"] for found in layers.values() for feature in found["features"]]


def test_show_and_hide_change_the_tiles_of_its_own_layers(frosty: City, tmp_path: Path) -> None:
    run = calculate(frosty, tmp_path / "home")
    done = frosty.client.get(run).json()
    number = done["id"]
    assert done["state"] == "done"
    assert {layer["id"] for layer in done["layers"]} == {f"rime_crust-{number}", f"rime_spikes-{number}"}
    for layer in ("rime_crust", "rime_spikes"):
        assert values(frosty, f"{layer}-{number}") == [40]
        assert values(frosty, layer) == []
    assert frosty.client.post(f"{run}/show", headers=frosty.signed_in).status_code == 200
    assert [values(frosty, layer) for layer in ("rime_crust", "rime_spikes")] == [[40], [40]]
    assert frosty.client.delete(f"{run}/show", headers=frosty.signed_in).status_code == 200
    assert [values(frosty, layer) for layer in ("rime_crust", "rime_spikes")] == [[], []]


def test_a_run_that_is_deleted_is_gone_from_its_own_layers(frosty: City, tmp_path: Path) -> None:
    run = calculate(frosty, tmp_path / "home")
    frosty.client.post(f"{run}/show", headers=frosty.signed_in)
    assert values(frosty, "rime_spikes") == [40]
    assert frosty.client.delete(run, headers=frosty.signed_in).status_code == 204
    assert values(frosty, "rime_spikes") == []
