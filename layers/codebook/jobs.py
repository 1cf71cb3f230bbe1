"""Codes for what loads bring: at once where somebody waits for them, else as a job."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from layers.access.audit import audit_statement
from layers.access.principals import Principal
from layers.codebook.assign import OWN, PLACES, Assigned, assign_codes
from layers.errors import Conflict
from layers.ingest import LoadSummary
from layers.ingest.progress import Progress
from layers.jobs.queue import JobKind, enqueue
from layers.jobs.work import Work
from layers.registry import Registry
from layers.space.codes.object_code import LAYER_KINDS
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import lend_driver, locks_of
from layers.store.models import job
from layers.store.runtime import add_runtime_layers

NAME = "codes"
# Whoever asks looks first whether somebody has asked already, and that one at a time.
_ASKING = "asking for codes"
_DIVISIONS = "boundaries"


def coded_layers(registry: Registry) -> list[DatasetLayer]:
    """Return the layers whose objects get codes by themselves, the divisions first.

    They are those with a kind of code of their own. All others share one kind, whose million numbers in a division are
    not spent unless somebody wants it (``twin codes assign LAYER``).
    """
    known = PLACES | OWN.keys() | LAYER_KINDS.keys()
    found = [layer for layer in registry if isinstance(layer, DatasetLayer) and layer.id in known]
    return sorted(found, key=lambda layer: layer.id != _DIVISIONS)


def layers_after(registry: Registry, summary: LoadSummary) -> list[DatasetLayer]:
    """Return the layers in which a load may have left objects without codes, or codes without objects.

    With new divisions come codes for what lay in none before.
    """
    touched = {layer.layer for layer in summary.layers if layer.touched}
    return [layer for layer in coded_layers(registry) if layer.id in touched or _DIVISIONS in touched]


def ask_for_codes(database: Database, layers: Iterable[DatasetLayer], principal: str) -> int | None:
    """Put codes for some layers into the queue, and return the job's number.

    Layers for which a job waits already are left to that; None where nothing is left to ask for.
    """
    with database.writer.begin() as connection:
        locks_of(connection).shared(_ASKING)
        waiting = _asked(connection)
        wanted = [layer.id for layer in layers if layer.id not in waiting]
        if not wanted:
            return None
        title = f"codes for {', '.join(wanted[:3])}{f' and {len(wanted) - 3} more' if len(wanted) > 3 else ''}"
        return enqueue(connection, NAME, title, principal, {"layers": wanted})


def ask_within(database: Database, registry: Registry, names: Iterable[str], principal: str) -> int | None:
    """Put codes for the layers of these ids into the queue, as far as their objects get codes by themselves."""
    wanted = set(names)
    return ask_for_codes(database, [layer for layer in coded_layers(registry) if layer.id in wanted], principal)


def ask_after(database: Database, registry: Registry, summary: LoadSummary, principal: str) -> LoadSummary:
    """Ask for codes for what a load brought, and return its summary with a note that tells so."""
    layers = layers_after(registry, summary)
    if not layers:
        return summary
    number = ask_for_codes(database, layers, principal)
    by = "a job that waits already" if number is None else f"job {number}"
    note = f"codes for what is new are given by {by} (新对象的统一编码由后台任务赋予)"
    return replace(summary, notes=(*summary.notes, note), codes_job=number)


def give_after(
    database: Database, registry: Registry, summary: LoadSummary, principal: str, progress: Progress
) -> LoadSummary:
    """Give codes to what a load brought, and return its summary with what was given.

    Raises Conflict where some cannot be given; the load stays, and so do the codes of the other layers.
    """
    layers = layers_after(registry, summary)
    try:
        given = give_codes(database, layers, principal, progress)
    except Conflict as error:
        raise Conflict(f"load {summary.load_id} is done, but not all of its codes: {error}") from error
    return replace(summary, codes=tuple(assigned.json() for assigned in given))


def give_codes(
    database: Database, layers: Sequence[DatasetLayer], principal: str, progress: Progress
) -> list[Assigned]:
    """Give codes layer by layer, each in a transaction of its own that waits for loads into that layer."""
    done = []
    for number, layer in enumerate(layers):
        progress.report(number, len(layers), f"giving codes in {layer.id}")
        with database.writer.begin() as connection, lend_driver(connection, progress):
            assigned = assign_codes(connection, layer)
            detail = {"assign": assigned.json()}
            connection.execute(audit_statement(Principal(principal), "write", NAME, allowed=True, detail=detail))
        done.append(assigned)
    progress.report(len(layers), len(layers), "codes are given")
    return done


def told_codes(given: Iterable[Mapping[str, int]]) -> str:
    """Return in a sentence how many codes were given and retired in some layers, and how many objects wait."""
    total: Counter[str] = Counter()
    for layer in given:
        total.update({name: layer[name] for name in ("given", "retired", "merged", "without")})
    ended, without = total["retired"] + total["merged"], total["without"]
    left = f", {without:,} objects lie in no known division and have none (see: twin codes assign)" if without else ""
    return f"codes (统一编码): {total['given']:,} given, {ended:,} retired{left}"


def codes_kind(layers: Callable[[], Registry]) -> JobKind:
    """Return the giving of codes as a kind of jobs."""

    def run(work: Work) -> dict[str, Any]:
        registry = layers()
        with work.database.reader.connect() as connection:
            add_runtime_layers(connection, registry)
        wanted = work.job.arguments["layers"]
        chosen = [layer for layer in coded_layers(registry) if layer.id in wanted]
        given = give_codes(work.database, chosen, work.job.principal, work)
        return {"layers": [assigned.json() for assigned in given]}

    return JobKind(NAME, run)


def _asked(connection: Connection) -> set[str]:
    """Return the layers for which a job waits that has not begun."""
    waiting = select(job.c.arguments).where(job.c.kind == NAME, job.c.state == "queued")
    return {layer for arguments in connection.execute(waiting).scalars() for layer in arguments["layers"]}
