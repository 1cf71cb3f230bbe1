"""Between broker and database: one way in for what devices publish, one way out for what was kept."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from layers.store import Database
from twin.sensing.devices import Roster
from twin.sensing.mqtt.admission import Admission, Admit
from twin.sensing.mqtt.connection import LOOPBACK, Address
from twin.sensing.mqtt.intake import Intake
from twin.sensing.mqtt.publisher import Publisher

Count = Callable[[str, int], None]


@dataclass
class Bridge:
    """Both ways, for the broker at ``port``; ``count`` is told of observations by what became of them."""

    database: Database
    port: int
    password: str
    count: Count = lambda state, number: None
    host: str = LOOPBACK
    # Is given the credentials of all devices that may publish.
    admit: Admit = lambda credentials: None
    # Set once the broker sends what devices publish.
    subscribed: threading.Event = field(default_factory=threading.Event)

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; where one way ends by an error, so does the other."""
        address = Address(self.port, self.password, self.host)
        roster = Roster(self.database)
        intake = Intake(self.database, address, roster, self.count, self.subscribed)
        publisher = Publisher(self.database, address, self.count)
        ways = (intake.run, publisher.run, Admission(roster, self.admit).run)
        failures: list[BaseException] = []
        threads = [threading.Thread(target=_until, args=(way, stopping, failures)) for way in ways]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


def _until(way: Callable[[threading.Event], None], stopping: threading.Event, failures: list[BaseException]) -> None:
    try:
        way(stopping)
    except BaseException as error:
        failures.append(error)
        stopping.set()
