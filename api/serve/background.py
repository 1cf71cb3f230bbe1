"""Run in the background; light to import, so that an existing run is reported at once."""

import subprocess
import sys
import time
from collections.abc import Callable

from api.serve.log import Tail, log_file, trim_log
from api.serve.state import StateFile
from layers.errors import Unavailable
from layers.settings import Settings

Tell = Callable[[str], None]
COMPLAINT = "twin: "  # prefix of error messages of the command line


def told_already_up(settings: Settings, tell: Tell) -> bool:
    """Report the address of this home's run, if one is ready."""
    file = StateFile(settings.home)
    if file.ready():
        tell(f"already up: {file.viewer()}")
        return True
    return False


def detach(settings: Settings, tell: Tell) -> None:
    """Start the supervisor in the background, and return once requests are answered."""
    log = log_file(settings, "twin")
    trim_log(log)
    command = [sys.executable, "-m", "api.cli", "up"]
    with log.open("ab") as sink:
        tail = Tail(log, sink.tell())
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
    _follow(process, StateFile(settings.home), tail, tell)


def _follow(process: subprocess.Popen[bytes], file: StateFile, tail: Tail, tell: Tell) -> None:
    complaints: list[str] = []
    while True:
        ended, ready = process.poll() is not None, file.ready()
        for line in tail.lines():
            if line.startswith(COMPLAINT):
                complaints.append(line.removeprefix(COMPLAINT))
            else:
                tell(line)
        if ready:
            return
        if ended and not file.held():
            raise Unavailable(complaints[0] if complaints else f"the run ended before it was ready (see {tail.path})")
        time.sleep(0.1)
