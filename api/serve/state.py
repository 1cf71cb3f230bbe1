"""The state of the running supervisor: a lock that ends with it, and a file of its children."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from layers.ops import Process, make_open_folder


@dataclass(frozen=True)
class State:
    """One run of the supervisor; ``ready`` once it answers requests."""

    process: Process
    url: str
    ready: bool = False
    children: tuple[Process, ...] = ()

    @property
    def viewer(self) -> str:
        """Return the address of the viewer."""
        return f"{self.url}/viewer"


class StateFile:
    """The state of the supervisor of one home, in ``HOME/run``."""

    def __init__(self, home: Path) -> None:
        """Remember the folder."""
        self._folder = home.expanduser().absolute() / "run"
        self._path = self._folder / "twin.json"

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Take the supervisor's lock, and yield whether it was free; the kernel releases it at our end."""
        make_open_folder(self._folder)
        with (self._folder / "twin.lock").open("a") as handle:
            try:
                fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def held(self) -> bool:
        """Tell whether a supervisor runs."""
        if not (self._folder / "twin.lock").exists():
            return False
        with self.hold() as free:
            return not free

    def read(self) -> State | None:
        """Return what the last supervisor wrote; None when there is nothing, or nothing that can be read."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return _from_json(document)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def ready(self) -> bool:
        """Tell whether a run exists and answers requests."""
        state = self.read()
        # The file of a killed run persists while the next one, which holds the lock already, is starting.
        return state is not None and state.ready and state.process.alive() and self.held()

    def viewer(self) -> str:
        """Return where the run's viewer is, in words."""
        state = self.read()
        return state.viewer if state else "just starting"

    def write(self, state: State) -> None:
        """Write the state, atomically."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
        fresh.replace(self._path)

    def remove(self) -> None:
        """Delete the state."""
        self._path.unlink(missing_ok=True)


def _from_json(document: dict[str, Any]) -> State:
    children = tuple(Process(child["pid"], child["started"]) for child in document["children"])
    process = Process(document["process"]["pid"], document["process"]["started"])
    return State(process, str(document["url"]), bool(document["ready"]), children)
