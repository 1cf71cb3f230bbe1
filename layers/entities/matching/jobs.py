"""Matching as a background job."""

from collections.abc import Callable
from typing import Any

from layers.entities.matching.propose import MatchOptions, dataset_layer, propose
from layers.ops.jobs.queue import JobKind, submit
from layers.ops.jobs.work import Work
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.runtime import add_runtime_layers

NAME = "match"


def submit_proposals(database: Database, layer: DatasetLayer, options: MatchOptions, principal: str) -> int:
    """Queue the comparison of a layer's datasets, and return the job's number."""
    return submit(database, NAME, f"match {layer.id}", principal, {"layer": layer.id, "options": vars(options)})


def match_kind(layers: Callable[[], Registry]) -> JobKind:
    """Return the job kind that proposes matches."""

    def run(work: Work) -> dict[str, Any]:
        registry = layers()
        with work.database.reader.connect() as connection:
            add_runtime_layers(connection, registry)
        layer = dataset_layer(registry.get(work.job.arguments["layer"]))
        return propose(work.database, layer, _options(work.job.arguments["options"]), work).json()

    return JobKind(NAME, run)


def _options(arguments: dict[str, Any]) -> MatchOptions:
    datasets = arguments.get("datasets")
    return MatchOptions(
        None if datasets is None else (datasets[0], datasets[1]), arguments["reach_m"], arguments["least"]
    )
