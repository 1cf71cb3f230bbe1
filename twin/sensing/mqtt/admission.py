"""The broker admits the devices of the register, and is told when it changes."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.sensing.devices import Roster
from twin.sensing.devices.credential import Credential
from twin.sensing.mqtt.outage import outlast

# How often it is looked whether devices, and whether the datastreams of their things, have changed, seconds.
_PAUSE_S, _THOROUGH_S = 1.0, 10.0

Admit = Callable[[Sequence[Credential]], None]


@dataclass
class Admission:
    """Keeps a roster as the database has it, and gives the broker its credentials by ``admit``."""

    roster: Roster
    admit: Admit

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set."""
        outlast(self.begin, stopping)
        thorough_at = time.monotonic() + _THOROUGH_S
        while not stopping.wait(_PAUSE_S):
            thorough = time.monotonic() >= thorough_at
            outlast(lambda: self._look(thorough=thorough), stopping)  # noqa: B023 - done at once
            thorough_at = time.monotonic() + _THOROUGH_S if thorough else thorough_at

    def begin(self) -> None:
        """Read the register, and admit whom it has."""
        self.roster.refresh(thorough=True)
        self.admit(self.roster.credentials())

    def _look(self, *, thorough: bool) -> None:
        if self.roster.refresh(thorough=thorough):
            self.admit(self.roster.credentials())
