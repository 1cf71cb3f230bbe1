"""The process that raises and clears alarms: ``python -m api.serve.judge``, as an unprivileged user."""

import logging
import signal
import threading

from api.console import read_settings
from api.metrics import count_alarms
from api.serve.unprivileged import give_up_root
from layers.ops import open_database
from twin.sensing.alarms import Changes, Judge

log = logging.getLogger("twin.judge")


def main() -> None:
    """Work until SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", level=logging.INFO)
    settings = read_settings()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    database = open_database(settings)
    give_up_root(settings)
    try:
        Judge(database, _count).run(stopping)
    finally:
        database.dispose()


def _count(changes: Changes) -> None:
    for state, kinds in (("raised", changes.raised), ("cleared", changes.cleared)):
        for kind, number in kinds.items():
            count_alarms(state, kind, number)


if __name__ == "__main__":
    main()
