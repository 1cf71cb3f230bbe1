"""The sample district behind the real server, with fields on coarse cells in the place of its preview."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from city import City, open_server
from small_library import COARSE, Quiet

from api.work import job_kinds
from layers import catalog
from layers.ingest import LoadOptions, Silent, load_path
from layers.jobs import run_worker
from layers.settings import Settings
from layers.store.engine import Database
from twin.scenarios.wind.library.build import Plan, build, library_folder
from twin.scenarios.wind.library.quality import PREVIEW
from twin.scenarios.wind.service.desk import surveyed

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
# East and south.
DIRECTIONS = (90.0, 180.0)


@dataclass(frozen=True)
class Windy:
    """A served district whose fields are ready, and the home of its scenarios."""

    city: City
    home: Path

    def work(self) -> None:
        """Let the real worker do what waits in the queue; in a thread of its own, for a browser's driver has ours."""
        kinds = job_kinds(Settings(_env_file=None, home=self.home))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(run_worker(self.city.database, kinds, until_empty=True))).result()

    def run(self, **request: object) -> dict[str, Any]:
        """Ask for a run that is shown on the map, let the worker do it, and return it."""
        client, headers = self.city.client, self.city.signed_in
        answer = client.post("/scenarios/wind/runs", params={"show": "true"}, json=request, headers=headers)
        assert answer.status_code == 202, answer.text
        self.work()
        done: dict[str, Any] = client.get(answer.headers["location"]).json()
        return done


@contextmanager
def open_windy(database: Database, home: Path) -> Iterator[Windy]:
    """Load the sample, solve two directions, and serve."""
    load_path(database, catalog.built_in(), SAMPLE, LoadOptions(), Silent())
    district = surveyed(database)[1].district
    coarse = replace(COARSE, name=PREVIEW.name)
    build(Plan(district, coarse, DIRECTIONS, library_folder(home / "scenarios", district, PREVIEW)), Quiet())
    with open_server(database, home) as city:
        yield Windy(city, home)
