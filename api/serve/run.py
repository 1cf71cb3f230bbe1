"""Run here until asked to stop, and stop a run."""

import os
import shutil
import socket
from pathlib import Path

from api.serve.background import Tell
from api.serve.broker import Broker
from api.serve.child import Program
from api.serve.listener import BACKLOG, bind, local_url
from api.serve.log import log_file
from api.serve.state import State, StateFile
from api.serve.supervisor import STOP_S, Plan, Supervisor, python
from api.serve.unprivileged import numba_cache, obstacle, service_account
from layers.errors import Unavailable
from layers.ops import Cluster, process_of, wait_until
from layers.settings import Settings

DOWN_S = 90.0


def run(settings: Settings, tell: Tell, web_only: bool = False) -> None:
    """Supervise in the foreground until SIGTERM or Ctrl-C; an existing run is reported and left alone."""
    file = StateFile(settings.home)
    with file.hold() as free:
        if not free:
            tell(f"already up: {file.viewer()}")
            return
        end_orphans(file, tell)
        with bind(settings.host, settings.port) as listener:
            account = service_account(settings)
            if account is not None and (reason := obstacle(account)):
                tell(f"warning: {reason}")
            broker = None if web_only else broker_of(settings, tell)
            Supervisor(plan(settings, listener, web_only, broker), file, tell).run()


def down(settings: Settings, tell: Tell) -> None:
    """Stop the run of this home, leftovers of an earlier one, and the private cluster."""
    file = StateFile(settings.home)
    state = file.read()
    if file.held():
        if state is None or not state.process.alive():
            raise Unavailable(f"a run is starting or stopping in {settings.home}; try again in a moment")
        state.process.stop(patience_s=DOWN_S)
        wait_until(lambda: not file.held(), STOP_S)
    end_orphans(file, tell)
    cluster = None if settings.database_url else Cluster(settings.home, settings)
    if state is None and not (cluster and cluster.running()):
        tell("not running")
        return
    if cluster:
        cluster.stop()
    tell("stopped")


def end_orphans(file: StateFile, tell: Tell) -> None:
    """End the orphans of a killed supervisor: processes of its state file that are still the same ones."""
    state = file.read()
    orphans = [child for child in state.children if child.alive()] if state else []
    for orphan in orphans:
        tell(f"ending process {orphan.pid}, left by a killed run")
        orphan.stop(patience_s=STOP_S)
    file.remove()


def figures_folder(settings: Settings) -> Path:
    """Return an empty folder in which the web processes of one run combine their metrics."""
    folder = settings.home.expanduser().absolute() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def broker_of(settings: Settings, tell: Tell) -> Broker | None:
    """Return the broker, ready to be run, or None where there is none by settings or cannot be one, which is told."""
    if settings.mqtt_port == 0:
        return None
    broker = Broker.of(settings)
    if reason := broker.obstacle():
        tell(f"warning: {reason}")
        return None
    broker.prepare()
    return broker


def plan(settings: Settings, listener: socket.socket, web_only: bool, broker: Broker | None = None) -> Plan:
    """Return what to supervise under these settings."""
    me = process_of(os.getpid())
    if me is None:
        raise Unavailable("/proc is not readable, but is needed to watch processes; mount it")
    web = python("-m", "api.serve.web", str(listener.fileno()))
    log = log_file(settings, "web")
    shared = (("PROMETHEUS_MULTIPROC_DIR", str(figures_folder(settings))), numba_cache(settings))
    numbers = range(1, settings.web_workers + 1)
    programs = [Program(f"web {number}", web, log, (listener.fileno(),), shared) for number in numbers]
    if not web_only:
        programs.append(
            Program("worker", python("-m", "api.cli", "worker"), log_file(settings, "worker"), (), shared[1:])
        )
        programs.append(Program("judge", python("-m", "api.serve.judge"), log_file(settings, "judge"), (), shared))
    if broker is not None:
        bridge = Program("bridge", python("-m", "api.serve.bridge"), log_file(settings, "bridge"), (), shared)
        programs += [broker.program, bridge]
    if settings.simulate and not web_only:
        simulator = python("-m", "api.serve.simulator")
        programs.append(Program("simulator", simulator, log_file(settings, "simulator"), (), shared))
    return Plan(
        state=State(me, local_url(settings.host, settings.port)),
        cluster=None if settings.database_url else Cluster(settings.home, settings),
        prepare=() if web_only else python("-m", "api.serve.prepare"),
        programs=programs,
        opened=lambda: listener.listen(BACKLOG),
    )
