"""Why PostgreSQL did not start: its log in, one sentence with the way out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scene:
    """What a sentence may need to name: the data directory, the TCP port if any, and the log."""

    data: Path
    port: int | None
    log: Path


def full_disk(scene: Scene) -> str:
    """Say that the disk is full."""
    return f"the disk that holds {scene.data} is full; free some space there, or set TWIN_HOME to a larger disk"


def taken_port(scene: Scene) -> str:
    """Say that another program has the TCP port."""
    return (
        f"port {scene.port} of 127.0.0.1 is taken by another program; set TWIN_DATABASE_PORT to a free one, or unset it"
    )


def _other_version(scene: Scene) -> str:
    return f"{scene.data} was made by another major version of PostgreSQL; run: twin upgrade"


def _closed(scene: Scene) -> str:
    return f"PostgreSQL may not use {scene.data}: chown it to the user that runs it, and chmod it to 0700"


def _in_use(scene: Scene) -> str:
    return f"an earlier PostgreSQL still holds {scene.data}; wait until its last process ends, then start again"


def _memory(scene: Scene) -> str:
    return f"PostgreSQL has too little memory, or /dev/shm is too small; free some, then start again (see {scene.log})"


def _damaged(scene: Scene) -> str:
    return f"{scene.data} is damaged (see {scene.log}); move it away, start again and run: twin restore FILE"


SENTENCES: tuple[tuple[str, Callable[[Scene], str]], ...] = (
    (r"No space left on device|Disk quota exceeded", full_disk),
    (r"could not bind .*Address already in use|could not create any TCP/IP sockets", taken_port),
    (r"database files are incompatible with server", _other_version),
    (r"has wrong ownership|has invalid permissions|postgresql.conf\": Permission denied", _closed),
    (r"pre-existing shared memory block|lock file \"postmaster.pid\" already exists", _in_use),
    (r"Cannot allocate memory|could not (?:create|resize|map) .*shared memory", _memory),
    (r"valid checkpoint record|invalid (?:primary )?checkpoint|could not open file \"global/", _damaged),
)


def explain(text: str, scene: Scene) -> str:
    """Return one sentence for what PostgreSQL printed while it failed to start."""
    for pattern, sentence in SENTENCES:
        if re.search(pattern, text):
            return sentence(scene)
    complaints = re.findall(r"(?:FATAL|PANIC):\s+(.+)", text)
    last = complaints[-1] if complaints else "it gave no reason"
    return f"PostgreSQL did not start: {last.strip().rstrip('.')} (see {scene.log})"
