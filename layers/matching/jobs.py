"""Proposals as jobs."""

from collections.abc import Callable
from typing import Any

from layers.jobs.queue import JobKind, submit
from layers.jobs.work import Work
from layers.matching.propose import Wish, dataset_layer, propose
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.runtime import add_runtime_layers

NAME = "match"


def submit_proposals(database: Database, layer: DatasetLayer, wish: Wish, principal: str) -> int:
    """Put the comparison of a layer's datasets into the queue, and return the job's number."""
    return submit(database, NAME, f"match {layer.id}", principal, {"layer": layer.id, "wish": vars(wish)})


def match_kind(layers: Callable[[], Registry]) -> JobKind:
    """Return proposals as a kind of jobs."""

    def run(work: Work) -> dict[str, Any]:
        registry = layers()
        with work.database.reader.connect() as connection:
            add_runtime_layers(connection, registry)
        layer = dataset_layer(registry.get(work.job.arguments["layer"]))
        return propose(work.database, layer, _wish(work.job.arguments["wish"]), work).json()

    return JobKind(NAME, run)


def _wish(stated: dict[str, Any]) -> Wish:
    datasets = stated.get("datasets")
    return Wish(None if datasets is None else (datasets[0], datasets[1]), stated["reach_m"], stated["least"])
