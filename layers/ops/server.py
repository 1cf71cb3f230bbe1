"""One PostgreSQL server: a data directory, the programs that run it, the account that owns it."""

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from layers.errors import ClusterError
from layers.ops.account import Account
from layers.ops.diagnosis import FailureContext, explain
from layers.ops.passwords import SUPERUSER, Passwords
from layers.ops.postgres import Postgres
from layers.ops.process import PROC, Process, process_of, processes, wait_until, working_directory
from layers.ops.tuning import PREFERRED, configuration, listen_settings, log_settings

START_TIMEOUT_S = 600  # recovery after a crash replays up to max_wal_size
STOP_TIMEOUT_S = 60
OWN_CONFIGURATION = "onemap.conf"


@dataclass(frozen=True)
class Server:
    """A data directory with all that is needed to start it; ``port`` also names the Unix socket in ``sockets``."""

    account: Account
    data: Path
    sockets: Path
    logs: Path
    port: int = 5432
    tcp: bool = False
    options: dict[str, str] = field(default_factory=dict)

    def create(self, postgres: Postgres, passwords: Passwords) -> None:
        """Run initdb; ``data`` must not exist."""
        self.account.make_folder(self.data)
        password_file = self.data.with_suffix(".password")
        password_file.touch(mode=0o600)
        try:
            self.account.own(password_file, 0o600)
            password_file.write_text(passwords[SUPERUSER])
            self._initdb(postgres, password_file)
        finally:
            password_file.unlink()
        with (self.data / "postgresql.conf").open("a") as text:
            text.write(f"\ninclude = '{OWN_CONFIGURATION}'\n")

    def start(self, postgres: Postgres) -> None:
        """Start the server and return when it takes connections; raises ClusterError with the reason."""
        self.clear_remains()
        self._configure(postgres)
        self.account.make_folder(self.logs)
        log = self.logs / "start.log"
        log.unlink(missing_ok=True)
        sizes_before = {path: path.stat().st_size for path in self.logs.glob("postgres-*.log")}
        command = [postgres.program("pg_ctl"), "start", "-w", "-t", str(START_TIMEOUT_S), "-D", str(self.data)]
        done = self.account.run([*command, "-l", str(log)], timeout_s=START_TIMEOUT_S + 60)
        if done.returncode != 0:
            raise ClusterError(explain(self._log_since(log, sizes_before) + done.stderr, self.failure_context(log)))

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, and what was committed is on the disk."""
        master = self.postmaster()
        if master is None:
            return
        master.signal(signal.SIGINT)
        if not wait_until(lambda: not master.alive(), STOP_TIMEOUT_S):
            master.signal(signal.SIGQUIT)
            if not wait_until(lambda: not master.alive(), STOP_TIMEOUT_S):
                raise ClusterError(f"PostgreSQL in {self.data} does not stop; end its process {master.pid} by hand")

    def postmaster(self) -> Process | None:
        """Return the server's first process; None when it does not run, even if a stale pid file says it does."""
        lines = self._pid_file()
        process = process_of(int(lines[0])) if lines and lines[0].isdigit() else None
        return process if process and self._is_ours(process) else None

    def running(self) -> bool:
        """Tell whether the server runs and has reported that it takes connections."""
        lines = self._pid_file()
        return self.postmaster() is not None and len(lines) > 7 and lines[7].strip() in ("ready", "standby")

    def await_ready(self) -> None:
        """Wait for a server that another process is starting."""
        if not wait_until(lambda: self.running() or self.postmaster() is None, START_TIMEOUT_S):
            raise ClusterError(f"PostgreSQL in {self.data} is still recovering; wait, and see {self.logs}")

    def clear_remains(self) -> None:
        """Remove what a killed server left: its orphaned children, which hold the shared memory, and its pid file."""
        if self.postmaster() is not None:
            raise ClusterError(f"PostgreSQL already runs in {self.data}; stop it first with: twin down")
        for orphan in list(self._own_processes()):
            orphan.stop(patience_s=2)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._clear_socket()

    def url(self, user: str, passwords: Passwords, database: str) -> str:
        """Return the SQLAlchemy URL that reaches ``database`` by the Unix socket."""
        place = {"host": str(self.sockets), "port": str(self.live_port())}
        url = URL.create("postgresql+psycopg", user, passwords[user], database=database, query=place)
        return url.render_as_string(hide_password=False)

    def live_port(self) -> int:
        """Return the port that the running server took; ours when it does not run."""
        lines = self._pid_file()
        return int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else self.port

    def major(self) -> int:
        """Return the major version of PostgreSQL that made the data directory."""
        return int((self.data / "PG_VERSION").read_text().split(".")[0])

    def failure_context(self, log: Path) -> FailureContext:
        """Return what an error message may name."""
        return FailureContext(self.data, self.port if self.tcp else None, log)

    def _initdb(self, postgres: Postgres, password_file: Path) -> None:
        command = [
            postgres.program("initdb"), "-D", str(self.data), "-U", SUPERUSER, f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--locale=C.UTF-8", "-E", "UTF8", "--data-checksums",
        ]  # fmt: skip
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        done = self.account.run(command)
        if done.returncode != 0:
            raise ClusterError(explain(done.stderr.replace("error:", "FATAL: "), self.failure_context(self.logs)))

    def _configure(self, postgres: Postgres) -> None:
        settings = listen_settings(self.sockets, self.port, self.tcp) | log_settings(self.logs) | self.options
        self._write(settings)
        for name, (common, better) in PREFERRED.items():
            if settings.get(name) == common and self._accepts(postgres, name, better):
                settings[name] = better
        self._write(settings)

    def _write(self, settings: Mapping[str, str]) -> None:
        path = self.data / OWN_CONFIGURATION
        path.write_text(configuration(settings), encoding="utf-8")
        self.account.own(path, 0o600)

    def _accepts(self, postgres: Postgres, name: str, value: str) -> bool:
        """Tell whether this build of PostgreSQL knows a value, by asking it to print the setting."""
        command = [postgres.program("postgres"), "-D", str(self.data), "-c", f"{name}={value}", "-C", name]
        return self.account.run(command).returncode == 0

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _clear_socket(self) -> None:
        """Remove a dead server's socket; PostgreSQL itself takes a zombie for its owner."""
        path = self.sockets / f".s.PGSQL.{self.port}"
        lock = path.with_name(f"{path.name}.lock")
        fields = lock.read_text().split() if lock.exists() else []
        holder = process_of(int(fields[0])) if fields and fields[0].isdigit() else None
        if holder is None or not _is_postgres(holder):
            path.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)

    def _is_ours(self, process: Process) -> bool:
        return working_directory(process.pid) == self.data.resolve() and _is_postgres(process)

    def _own_processes(self) -> Iterator[Process]:
        return (process for process in processes() if process.pid != os.getpid() and self._is_ours(process))

    def _log_since(self, log: Path, sizes_before: dict[Path, int]) -> str:
        texts = [log.read_bytes()] if log.exists() else []
        for path in self.logs.glob("postgres-*.log"):
            texts.append(path.read_bytes()[sizes_before.get(path, 0) :])
        return b"\n".join(texts).decode(errors="replace")


def _is_postgres(process: Process) -> bool:
    try:
        return (PROC / str(process.pid) / "comm").read_text().strip() in ("postgres", "postmaster")
    except OSError:
        return False
