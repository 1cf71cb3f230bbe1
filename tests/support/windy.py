"""The sample district behind the real server, with fields on coarse cells instead of its preview."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from city import City

from api.work import job_kinds
from layers.ops.jobs import run_worker
from layers.settings import Settings


@dataclass(frozen=True)
class Windy:
    """A served district whose fields are ready, and the home of its scenarios."""

    city: City
    home: Path

    def work(self) -> None:
        """Let the real worker process the queue; in a thread of its own, since a browser's driver occupies ours."""
        kinds = job_kinds(Settings(_env_file=None, home=self.home))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(run_worker(self.city.database, kinds, until_empty=True))).result()

    def run(self, **request: object) -> dict[str, Any]:
        """Request a run that is shown on the map, let the worker calculate it, and return it."""
        client, headers = self.city.client, self.city.signed_in
        answer = client.post("/scenarios/wind/runs", params={"show": "true"}, json=request, headers=headers)
        assert answer.status_code == 202, answer.text
        self.work()
        finished_run: dict[str, Any] = client.get(answer.headers["location"]).json()
        return finished_run
