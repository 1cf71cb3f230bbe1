"""Why PostgreSQL did not start: turns its log into one sentence with the remedy."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FailureContext:
    """What an explanation may name: the data directory, the TCP port if any, and the log."""

    data: Path
    port: int | None
    log: Path


def full_disk(context: FailureContext) -> str:
    """Say that the disk is full."""
    return f"the disk that holds {context.data} is full; free some space there, or set TWIN_HOME to a larger disk"


def taken_port(context: FailureContext) -> str:
    """Say that another program has the TCP port."""
    return (
        f"port {context.port} of 127.0.0.1 is taken by another program; "
        "set TWIN_DATABASE_PORT to a free one, or unset it"
    )


def _other_version(context: FailureContext) -> str:
    return f"{context.data} was made by another major version of PostgreSQL; run: twin upgrade"


def _closed(context: FailureContext) -> str:
    return f"PostgreSQL may not use {context.data}: chown it to the user that runs it, and chmod it to 0700"


def _in_use(context: FailureContext) -> str:
    return f"an earlier PostgreSQL still holds {context.data}; wait until its last process ends, then start again"


def _memory(context: FailureContext) -> str:
    return (
        f"PostgreSQL has too little memory, or /dev/shm is too small; free some, then start again (see {context.log})"
    )


def _damaged(context: FailureContext) -> str:
    return f"{context.data} is damaged (see {context.log}); move it away, start again and run: twin restore FILE"


EXPLANATIONS: tuple[tuple[str, Callable[[FailureContext], str]], ...] = (
    (r"No space left on device|Disk quota exceeded", full_disk),
    (r"could not bind .*Address already in use|could not create any TCP/IP sockets", taken_port),
    (r"database files are incompatible with server", _other_version),
    (r"has wrong ownership|has invalid permissions|postgresql.conf\": Permission denied", _closed),
    (r"pre-existing shared memory block|lock file \"postmaster.pid\" already exists", _in_use),
    (r"Cannot allocate memory|could not (?:create|resize|map) .*shared memory", _memory),
    (r"valid checkpoint record|invalid (?:primary )?checkpoint|could not open file \"global/", _damaged),
)


def explain(text: str, context: FailureContext) -> str:
    """Return one sentence for what PostgreSQL printed while it failed to start."""
    for pattern, explanation in EXPLANATIONS:
        if re.search(pattern, text):
            return explanation(context)
    failures = re.findall(r"(?:FATAL|PANIC):\s+(.+)", text)
    last = failures[-1] if failures else "it gave no reason"
    return f"PostgreSQL did not start: {last.strip().rstrip('.')} (see {context.log})"
