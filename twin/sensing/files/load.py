"""The load of a file of observations: whole batches, each in a transaction of its own, so that it may be run again."""

import time
from dataclasses import dataclass
from pathlib import Path

from layers.access import Principal, audit_statement
from layers.ops.jobs import Progress
from layers.store import Database
from twin.sensing.files.formats import format_of
from twin.sensing.files.keeper import Keeper
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Contents
from twin.sensing.files.streams import Streams
from twin.sensing.files.summary import Summary

BATCH = 20_000


@dataclass(frozen=True)
class Options:
    """How a file is read, and who loads it."""

    principal: Principal
    mapping: Mapping


def preview_observations(path: Path, options: Options) -> Contents:
    """Return what would be taken of a file as what. Raises SourceError."""
    return format_of(path).open(path, options.mapping).contents


def load_observations(database: Database, path: Path, options: Options, progress: Progress) -> Summary:
    """Load a file; what cannot be kept is counted with its reason, and stops nothing.

    Raises SourceError for a file that cannot be read on, and Conflict where datastreams are there with other units;
    what was read before is kept.
    """
    began = time.monotonic()
    opened = format_of(path).open(path, options.mapping)
    contents = opened.contents
    streams = Streams(contents, options.principal)
    keeper = Keeper(database, streams=streams)
    for done, line in opened.lines():
        keeper.take(line)
        if len(keeper) >= BATCH:
            keeper.keep()
            progress.report(done, contents.size, f"observations of {path.name}")
    keeper.keep()
    detail = {"what": "load observations", "file": path.name, "kept": keeper.tally.kept}
    with database.writer.begin() as connection:
        connection.execute(audit_statement(options.principal, "write", "sensing", allowed=True, detail=detail))
    return Summary(contents, keeper.tally, streams.numbers, streams.made, time.monotonic() - began)
