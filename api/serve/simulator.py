"""The simulated sensors of the sample, with the clock: ``python -m api.serve.simulator``, as an unprivileged user."""

from datetime import UTC, datetime, timedelta

from api.console import read_settings
from api.sample import put_up_sensors
from api.serve.unprivileged import give_up_root
from layers.ops import open_database
from twin.simulator.clock import is_taken
from twin.simulator.doors import DatabaseDoor
from twin.simulator.readings import USUAL
from twin.simulator.speaking import Speech
from twin.simulator.standing import streams_there

# How often they speak; and how much of what they would have said while nothing ran is said at the start.
EVERY, CATCH_UP = timedelta(minutes=1), timedelta(hours=6)


def main() -> None:
    """Work until SIGTERM, which may come within a batch: nothing of that one is kept then."""
    settings = read_settings()
    database = open_database(settings)
    give_up_root(settings)
    try:
        put_up_sensors(database)
        with database.reader.connect() as connection:
            streams = streams_there(connection)
        speech = Speech(streams, USUAL, DatabaseDoor(database), stands_back=lambda: is_taken(database))
        speech.follow(datetime.now(UTC) - CATCH_UP, EVERY)
    finally:
        database.dispose()


if __name__ == "__main__":
    main()
