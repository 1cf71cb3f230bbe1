import json
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from api.serve.listener import answers
from api.serve.state import State, StateFile
from layers.ops.cluster import Cluster
from layers.ops.process import Process, process_of, wait_until
from layers.settings import Settings

pytestmark = pytest.mark.slow


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give away")
REPOSITORY = Path(__file__).parents[2]


def owner(process: Process) -> int:
    """Return the real and effective user of a process, which are one."""
    words = Path(f"/proc/{process.pid}/status").read_text()
    (real, effective, saved, _) = next(line.split()[1:] for line in words.splitlines() if line.startswith("Uid:"))
    assert real == effective == saved
    return int(real)


class Machine:
    """A home and a port, and the command line on them."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.home = home
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = StateFile(home)
        self.cluster = Cluster(home, Settings(_env_file=None))
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TWIN_")}
        own = {"TWIN_HOME": str(home), "TWIN_PORT": str(self.port), "TWIN_WEB_WORKERS": "1", "TWIN_SAMPLE": "false"}
        own |= {"TWIN_MQTT_PORT": "0"}
        self.environment = inherited | own

    def twin(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *words]
        environment = self.environment | more
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)

    def state(self) -> State:
        state = self.file.read()
        assert state is not None
        return state

    def ready(self) -> bool:
        return answers(f"{self.url}/readyz")


@pytest.fixture(scope="module")
def machine(session_folder: Path) -> Iterator[Machine]:
    machine = Machine(session_folder / "served")
    done = machine.twin("up", "--detach")
    assert done.returncode == 0, done.stdout + done.stderr
    yield machine
    machine.twin("down")


def test_up_returns_when_the_map_answers(machine: Machine) -> None:
    assert machine.ready()
    assert machine.state().viewer == f"{machine.url}/viewer"


@as_root
def test_what_reads_from_clients_is_not_root(machine: Machine) -> None:
    children = machine.state().children
    postgres = pwd.getpwnam("postgres").pw_uid

    # A web process, the worker, and the judge of alarms.
    assert len(children) == 3
    # The worker may still be at its imports, before which it has read nothing.
    assert wait_until(lambda: {owner(process) for process in children} == {postgres}, 120)


@as_root
def test_a_file_that_a_client_sends_is_kept_and_loaded_without_root(machine: Machine) -> None:
    token = (machine.home / "admin.token").read_text().strip()
    asking = httpx.Client(base_url=machine.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    with asking as client:
        sent = _hand_in_two(client)
        assert wait_until(lambda: all(job["state"] in ("done", "failed") for job in _now(client, sent)), 120, 0.5)
        told = _now(client, sent)
    assert [job["state"] for job in told] == ["done", "done"], told
    kept = [path for name in ("uploads", "rasters") for path in (machine.home / name).rglob("*")]
    assert {path.stat().st_uid for path in kept} == {pwd.getpwnam("postgres").pw_uid}
    assert len([path for path in kept if path.suffix in (".geojson", ".asc", ".tif")]) == 3


def _hand_in_two(client: httpx.Client) -> list[int]:
    """Send a layer and a raster, and return the numbers of their jobs."""
    point = {
        "type": "Feature",
        "properties": {"name": "甲"},
        "geometry": {"type": "Point", "coordinates": [121.5, 31.2]},
    }
    files = {"file": ("poi.geojson", json.dumps({"type": "FeatureCollection", "features": [point]}))}
    dem = REPOSITORY / "data" / "sample" / "rasters" / "sample_dem.asc"
    rasters = {"file": (dem.name, dem.read_bytes())}
    return [
        client.post("/jobs/loads", files=files, data={"options": "layer=poi"}).json()["id"],
        client.post("/jobs/loads", files=rasters, data={"options": "crs=EPSG:4490"}).json()["id"],
    ]


def _now(client: httpx.Client, jobs: list[int]) -> list[dict[str, object]]:
    return [client.get(f"/jobs/{number}").json() for number in jobs]


@as_root
def test_a_file_that_only_root_reads_is_not_left_to_the_worker(machine: Machine, tmp_path: Path) -> None:
    secret = tmp_path / "secret.geojson"
    secret.write_text('{"type": "FeatureCollection", "features": []}')
    secret.chmod(0o600)
    done = machine.twin("load", str(secret), "--layer", "poi", "--background")

    assert done.returncode == 1
    assert "the background worker, which runs as postgres, cannot read it" in done.stderr


def test_a_second_up_says_so_and_starts_nothing(machine: Machine) -> None:
    before = machine.state()

    done = machine.twin("up")

    assert (done.returncode, done.stdout) == (0, f"already up: {machine.url}/viewer\n")
    assert machine.state().process == before.process


def test_a_killed_web_process_is_replaced(machine: Machine) -> None:
    before = machine.state().children
    before[0].signal(signal.SIGKILL)

    assert wait_until(lambda: before[0] not in machine.state().children and machine.ready(), 30)


def test_figures_of_the_run_outlive_the_process_that_counted_them(machine: Machine) -> None:
    def alive_counted() -> float:
        figures = httpx.get(f"{machine.url}/metrics").text
        lines = [line for line in figures.splitlines() if line.startswith('twin_requests_total{route="/healthz",')]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    before = alive_counted()
    httpx.get(f"{machine.url}/healthz")
    assert wait_until(lambda: alive_counted() == before + 1, 10)  # it is counted once the answer is on its way
    counter = machine.state().children[0]
    counter.signal(signal.SIGKILL)

    assert wait_until(lambda: counter not in machine.state().children and machine.ready(), 30)
    assert alive_counted() == before + 1


def test_a_killed_database_comes_back(machine: Machine) -> None:
    postmaster = machine.cluster.server.postmaster()
    assert postmaster is not None
    postmaster.signal(signal.SIGKILL)

    # Right after the signal the dead one may still be counted as running.
    assert wait_until(lambda: machine.cluster.server.postmaster() not in (None, postmaster), 60)
    assert wait_until(lambda: machine.cluster.running() and machine.ready(), 30)


def test_after_a_kill_of_the_supervisor_nothing_is_left_on_the_port_and_up_works_again(machine: Machine) -> None:
    state = machine.state()
    state.process.signal(signal.SIGKILL)

    assert wait_until(lambda: not any(child.alive() for child in state.children), 30)
    done = machine.twin("up", "--detach")

    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.ready()


def test_a_child_that_a_killed_run_left_is_ended_and_a_stranger_with_an_old_number_is_not(machine: Machine) -> None:
    left, stranger = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
    state = machine.state()
    state.process.signal(signal.SIGKILL)
    assert wait_until(lambda: not machine.file.held(), 10)
    orphan = process_of(left.pid)
    assert orphan is not None
    machine.file.write(State(state.process, state.url, True, (orphan, Process(stranger.pid, 1))))
    try:
        done = machine.twin("up", "--detach")
        assert f"ending process {left.pid}" in done.stdout
        assert left.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def test_a_taken_port_is_one_sentence_before_anything_is_started(machine: Machine, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = machine.twin("up", "--detach", TWIN_HOME=str(home), TWIN_PORT=str(port))

    assert done.returncode == 1
    assert done.stderr == (
        f"twin: port {port} of 127.0.0.1 is taken by another program; end it, or set TWIN_PORT to a free port\n"
    )
    assert not (home / "pgdata").exists()


def test_a_setting_that_cannot_be_used_is_named(machine: Machine) -> None:
    done = machine.twin("up", TWIN_PORT="八千")

    assert done.returncode == 2
    assert done.stderr.startswith("twin: TWIN_PORT: ")


def test_down_stops_all_in_order_and_again_is_no_error(machine: Machine) -> None:
    state = machine.state()

    first, second = machine.twin("down"), machine.twin("down")

    assert (first.returncode, first.stdout) == (0, "stopped\n")
    assert (second.returncode, second.stdout) == (0, "not running\n")
    assert not any(process.alive() for process in (state.process, *state.children))
    assert not machine.cluster.running()


def test_the_terminal_s_interrupt_stops_a_run_in_the_foreground(machine: Machine) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "up"], env=machine.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert wait_until(machine.file.ready, 60)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]

    assert process.returncode == 0
    assert said.splitlines()[-3:] == [f"ready: {machine.url}/viewer", "stopping", "stopped"]
    assert not machine.cluster.running()
