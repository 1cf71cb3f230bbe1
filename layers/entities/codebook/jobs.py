"""Codes for the objects of loads: at once where the caller waits, else as a job."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from layers.access.audit import audit_statement
from layers.access.principals import Principal
from layers.entities.codebook.assign import OWN, PLACES, Assigned, assign_codes
from layers.errors import Conflict
from layers.intake.ingest import LoadSummary
from layers.ops.jobs.progress import Progress
from layers.ops.jobs.queue import JobKind, enqueue
from layers.ops.jobs.work import Work
from layers.registry import Registry
from layers.space.codes.object_code import LAYER_KINDS
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import lend_driver, locks_of
from layers.store.models import job
from layers.store.runtime import add_runtime_layers

NAME = "codes"
# The lock under which the queue is checked for a waiting job before another is added.
_QUEUE_LOCK = "asking for codes"
_DIVISIONS = "boundaries"


def coded_layers(registry: Registry) -> list[DatasetLayer]:
    """Return the layers whose objects get codes automatically, the divisions first.

    They are those with a kind of code of their own. All others share one kind, whose million numbers in a division are
    not used up unless requested (``twin codes assign LAYER``).
    """
    coded = PLACES | OWN.keys() | LAYER_KINDS.keys()
    layers = [
        layer
        for layer in registry
        if isinstance(layer, DatasetLayer) and (layer.id in coded or layer.nesting is not None)
    ]
    return sorted(layers, key=lambda layer: layer.id != _DIVISIONS)


def layers_after(registry: Registry, summary: LoadSummary) -> list[DatasetLayer]:
    """Return the layers in which a load may have left objects without codes, or codes without objects.

    New divisions bring codes for objects that lay in none before.
    """
    touched = {layer.layer for layer in summary.layers if layer.touched}
    return [layer for layer in coded_layers(registry) if layer.id in touched or _DIVISIONS in touched]


def ask_for_codes(database: Database, layers: Iterable[DatasetLayer], principal: str) -> int | None:
    """Queue a job that assigns codes in some layers, and return its number.

    Layers for which a job waits already are left out; None where no layer is left.
    """
    with database.writer.begin() as connection:
        locks_of(connection).shared(_QUEUE_LOCK)
        waiting = _queued_layers(connection)
        missing = [layer.id for layer in layers if layer.id not in waiting]
        if not missing:
            return None
        title = f"codes for {', '.join(missing[:3])}{f' and {len(missing) - 3} more' if len(missing) > 3 else ''}"
        return enqueue(connection, NAME, title, principal, {"layers": missing})


def ask_within(database: Database, registry: Registry, names: Iterable[str], principal: str) -> int | None:
    """Queue a job that assigns codes in the layers of these ids whose objects get codes automatically."""
    requested = set(names)
    return ask_for_codes(database, [layer for layer in coded_layers(registry) if layer.id in requested], principal)


def ask_after(database: Database, registry: Registry, summary: LoadSummary, principal: str) -> LoadSummary:
    """Queue a job that assigns codes to the objects of a load, and return its summary with a note on that."""
    layers = layers_after(registry, summary)
    if not layers:
        return summary
    number = ask_for_codes(database, layers, principal)
    by = "a job that waits already" if number is None else f"job {number}"
    note = f"codes for new objects are assigned by {by} (新对象的统一编码由后台任务赋予)"
    return replace(summary, notes=(*summary.notes, note), codes_job=number)


def give_after(
    database: Database, registry: Registry, summary: LoadSummary, principal: str, progress: Progress
) -> LoadSummary:
    """Assign codes to the objects of a load, and return its summary with the counts.

    Raises Conflict when some cannot be assigned; the load stays, and so do the codes of the other layers.
    """
    layers = layers_after(registry, summary)
    try:
        results = give_codes(database, layers, principal, progress)
    except Conflict as error:
        raise Conflict(
            f"load {summary.load_id} is complete, but not all of its codes could be assigned: {error}"
        ) from error
    return replace(summary, codes=tuple(assigned.json() for assigned in results))


def give_codes(
    database: Database, layers: Sequence[DatasetLayer], principal: str, progress: Progress
) -> list[Assigned]:
    """Assign codes layer by layer, each in a transaction of its own that waits for loads into that layer."""
    done = []
    for number, layer in enumerate(layers):
        progress.report(number, len(layers), f"assigning codes in {layer.id}")
        with database.writer.begin() as connection, lend_driver(connection, progress):
            assigned = assign_codes(connection, layer)
            detail = {"assign": assigned.json()}
            connection.execute(audit_statement(Principal(principal), "write", NAME, allowed=True, detail=detail))
        done.append(assigned)
    progress.report(len(layers), len(layers), "codes are assigned")
    return done


def codes_message(results: Iterable[Mapping[str, int]]) -> str:
    """Return one sentence with the numbers of codes given and retired, and of objects without a code."""
    total: Counter[str] = Counter()
    for layer in results:
        total.update({name: layer[name] for name in ("given", "retired", "merged", "without")})
    ended, without = total["retired"] + total["merged"], total["without"]
    remainder = (
        f", {without:,} objects lie in no known division and have none (see: twin codes assign)" if without else ""
    )
    return f"codes (统一编码): {total['given']:,} given, {ended:,} retired{remainder}"


def codes_kind(layers: Callable[[], Registry]) -> JobKind:
    """Return the job kind that assigns codes."""

    def run(work: Work) -> dict[str, Any]:
        registry = layers()
        with work.database.reader.connect() as connection:
            add_runtime_layers(connection, registry)
        ids = work.job.arguments["layers"]
        selection = [layer for layer in coded_layers(registry) if layer.id in ids]
        results = give_codes(work.database, selection, work.job.principal, work)
        return {"layers": [assigned.json() for assigned in results]}

    return JobKind(NAME, run)


def _queued_layers(connection: Connection) -> set[str]:
    """Return the layers for which a job is queued."""
    waiting = select(job.c.arguments).where(job.c.kind == NAME, job.c.state == "queued")
    return {layer for arguments in connection.execute(waiting).scalars() for layer in arguments["layers"]}
