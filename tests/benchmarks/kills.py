"""``python kills.py``: what an observation passes through is killed while observations come, and none is lost.

``twin up`` runs in a home of its own. A device sends by MQTT, another by HTTP, both until they are acknowledged; web
process, PostgreSQL, broker and bridge are each ended by SIGKILL, in turn, five times. At the end every acknowledged
observation is looked for in the history.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import psycopg

sys.path.append(str(Path(__file__).parents[1] / "support"))

from sensing import add_stream, add_thing

from api.client.device import Account, DeviceClient
from api.serve.state import StateFile
from layers.ops.cluster import Cluster
from layers.ops.process import wait_until
from layers.settings import Settings
from layers.store.engine import Database
from layers.temporal import rfc3339

ROUNDS = int(os.environ.get("ROUNDS", "5"))
WORKING_S, SETTLED_S = 30.0, 90.0
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
KINDS = ("web 1", "database", "broker", "bridge")
# A word of the command line of each.
_WORDS = {"web 1": "api.serve.web", "broker": "mosquitto", "bridge": "api.serve.bridge"}


@dataclass
class Home:
    """A map in a folder of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> Cluster:
        """Return its database cluster."""
        return Cluster(self.folder, Settings(_env_file=None))

    def twin(self, *words: str) -> None:
        """Run a verb."""
        command = [sys.executable, "-m", "api.cli", *words]
        subprocess.run(command, check=True, env=self.environment, timeout=180, stdout=subprocess.DEVNULL)

    def kill(self, kind: str) -> None:
        """End one of its processes at once."""
        if kind == "database":
            master = self.cluster.server.postmaster()
            if master is not None:
                os.kill(master.pid, signal.SIGKILL)
            return
        state = StateFile(self.folder).read()
        for child in state.children if state else ():
            command = Path(f"/proc/{child.pid}/cmdline")
            if child.alive() and _WORDS[kind] in command.read_text(errors="replace").replace("\0", " "):
                os.kill(child.pid, signal.SIGKILL)


def main() -> int:
    """Kill, and count what became of the observations."""
    with _home() as home:
        database = Database(home.cluster.urls())
        with database.owner.begin() as connection:
            thing = add_thing(connection)
            streams = [add_stream(connection, thing, name) for name in ("by mqtt", "by http")]
        acknowledged: list[set[int]] = [set(), set()]
        stopping = threading.Event()
        senders = [
            threading.Thread(target=_by_mqtt, args=(home, streams[0], acknowledged[0], stopping)),
            threading.Thread(target=_by_http, args=(home, streams[1], acknowledged[1], stopping)),
        ]
        for sender in senders:
            sender.start()
        killed = _kill_in_turn(home, acknowledged)
        stopping.set()
        for sender in senders:
            sender.join()
        return _judge(home, streams, acknowledged, killed)


def _kill_in_turn(home: Home, acknowledged: list[set[int]]) -> int:
    killed = 0
    for _ in range(ROUNDS):
        for kind in KINDS:
            before = [len(one) for one in acknowledged]
            # What was killed before works again.
            wait_until(partial(_have_grown, acknowledged, before), WORKING_S, 0.1)
            before = [len(one) for one in acknowledged]
            home.kill(kind)
            killed += 1
            print(f"{kind} killed after {before[0]} acknowledged by MQTT and {before[1]} by HTTP", flush=True)
    return killed


def _have_grown(acknowledged: list[set[int]], before: list[int]) -> bool:
    return all(len(one) > was for one, was in zip(acknowledged, before, strict=True))


def _by_mqtt(home: Home, stream: int, acknowledged: set[int], stopping: threading.Event) -> None:
    password = (home.folder / "broker" / "gateway.password").read_text().strip()

    def answered(answer: dict[str, object]) -> None:
        if answer["state"] in ("kept", "known"):
            acknowledged.add(int((datetime.fromisoformat(str(answer["phenomenonTime"])) - NOON).total_seconds()))

    account = Account("gateway", password, int(home.environment["TWIN_MQTT_PORT"]))
    with DeviceClient(account, most=200, answered=answered) as device:
        number = 0
        while not stopping.is_set():
            device.send(stream, _observation(number))
            number += 1
        device.settle(SETTLED_S)


def _by_http(home: Home, stream: int, acknowledged: set[int], stopping: threading.Event) -> None:
    token = (home.folder / "admin.token").read_text().strip()
    address = f"http://127.0.0.1:{home.environment['TWIN_PORT']}/sensorthings/v1.1/CreateObservations"
    batch = 50
    number, end = 0, float("inf")
    while not (stopping.is_set() and (time.monotonic() > end or number in acknowledged)):
        end = min(end, time.monotonic() + SETTLED_S) if stopping.is_set() else end
        lines = [[one["phenomenonTime"], one["result"]] for one in map(_observation, range(number, number + batch))]
        array = {"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": lines}
        try:
            told = httpx.post(address, json=[array], headers={"Authorization": f"Bearer {token}"}, timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if told.status_code != 201:
            time.sleep(0.2)
            continue
        acknowledged |= {number + place for place, one in enumerate(told.json()) if not one.startswith("error")}
        number += batch
        if stopping.is_set():
            return


def _observation(number: int) -> dict[str, object]:
    return {"phenomenonTime": rfc3339(NOON + timedelta(seconds=number)), "result": float(number)}


def _judge(home: Home, streams: list[int], acknowledged: list[set[int]], killed: int) -> int:
    faults = 0
    with psycopg.connect(home.cluster.urls().owner.replace("+psycopg", "")) as connection:
        for name, stream, known in zip(("MQTT", "HTTP"), streams, acknowledged, strict=True):
            statement = "SELECT result::int, count(*) FROM onemap.observation WHERE datastream = %s GROUP BY 1"
            there = {int(result): int(count) for result, count in connection.execute(statement, [stream])}
            lost, doubled = len(known - there.keys()), sum(count > 1 for count in there.values())
            faults += lost + doubled
            print(f"by {name}: {len(known)} acknowledged, {lost} lost, {doubled} doubled, {len(there)} kept")
    print(f"{killed} kills, {faults} faults")
    return 1 if faults or not all(acknowledged) else 0


@contextmanager
def _home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="onemap-kills-"))
    folder.chmod(0o755)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("TWIN_")}
    own = {"TWIN_HOME": str(folder / "home"), "TWIN_SAMPLE": "false", "TWIN_WEB_WORKERS": "1"}
    own |= {name: str(_unused_port()) for name in ("TWIN_PORT", "TWIN_MQTT_PORT", "TWIN_MQTT_READ_PORT")}
    home = Home(folder / "home", inherited | own)
    home.twin("up", "--detach")
    try:
        yield home
    finally:
        home.twin("down")
        shutil.rmtree(folder, ignore_errors=True)


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
