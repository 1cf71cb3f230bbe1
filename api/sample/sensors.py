"""The simulated sensors of the sample: put up, with rules of alarms, and a day of readings."""

from datetime import UTC, datetime, timedelta

from api.sample.bundle import SAMPLE, sample_date
from api.sample.progress import ProgressLines
from layers.access import LOCAL_OPERATOR
from layers.store import Database
from twin.sensing.alarms import SAMPLE_RULES, rules_in, set_rule
from twin.simulator.doors import DatabaseDoor
from twin.simulator.readings import USUAL
from twin.simulator.speaking import Speech
from twin.simulator.standing import put_up, read_stations, streams_there

# How often the simulated sensors spoke before the first start.
_EVERY = timedelta(minutes=10)


def put_up_sensors(database: Database) -> int:
    """Put up the simulated sensors of the bundled district that are not there, and return how many they are."""
    with database.writer.begin() as connection:
        return put_up(connection, read_stations(SAMPLE / "sensors.json"), sample_date())


def make_sample_rules(database: Database) -> int:
    """Make the rules of alarms of the bundled district, and return how many there are."""
    given = rules_in(SAMPLE_RULES)
    with database.writer.begin() as connection:
        for rule in given:
            set_rule(connection, rule, LOCAL_OPERATOR)
    return len(given)


def simulate_yesterday(database: Database) -> int:
    """Let the simulated sensors speak of the day until now, and return how many readings there are."""
    with database.reader.connect() as connection:
        streams = streams_there(connection)
    speech = Speech(streams, USUAL, DatabaseDoor(database), ProgressLines().report)
    end = datetime.now(UTC)
    speech.fill(end - timedelta(days=1), end, _EVERY)
    return speech.tally.new
