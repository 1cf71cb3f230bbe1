"""The private PostGIS cluster: made, started, reused and stopped by the program itself, in a folder of its own.

::

    HOME/pgdata         the data directory, owned by the account that runs PostgreSQL
    HOME/log/postgres   its logs, a week of them
    HOME/socket         its Unix socket (in /tmp/onemap-… where the path of HOME is too long for a socket)
    HOME/run            our lock and pid files
    HOME/secrets.json   the passwords, mode 0600
"""

import errno
import fcntl
import hashlib
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from layers.errors import ClusterError
from layers.ops.account import Account, account_for, make_open_folder
from layers.ops.diagnosis import full_disk, taken_port
from layers.ops.passwords import SUPERUSER, Passwords, new_passwords, read_passwords, write_passwords
from layers.ops.postgres import OLDEST_POSTGRES, Postgres, find_postgres, install_hint
from layers.ops.process import wait_until
from layers.ops.provision import DATABASE, connect, create_database, create_roles, prepare_database, reset_statements
from layers.ops.server import Server
from layers.ops.tuning import memory_bytes, memory_settings
from layers.settings import Settings
from layers.store.engine import OWNER, READER, WRITER, Urls

MIB = 1024 * 1024
NEEDED_BYTES = 256 * MIB  # an empty cluster with PostGIS takes 70 MB, its write-ahead log as much again
SOCKET_PATH_BYTES = 107
BUILT = "pgdata.new"  # what is not finished, and may be removed
LOCK_TIMEOUT_S = 600.0


class Cluster:
    """The private cluster in ``home``; ``options`` are more PostgreSQL settings, which win over ours."""

    def __init__(self, home: Path, settings: Settings, options: Mapping[str, str] | None = None) -> None:
        """Remember where the cluster is; nothing is touched before ``ensure``."""
        self.home = home.expanduser().absolute()
        self.settings = settings
        self.secrets = self.home / "secrets.json"
        self._options = dict(options or {})

    @cached_property
    def account(self) -> Account:
        """Return the system user that runs PostgreSQL."""
        return account_for(self.settings.run_as)

    @cached_property
    def server(self) -> Server:
        """Return the server of the data directory."""
        return self.server_at(self.home / "pgdata")

    def server_at(self, data: Path) -> Server:
        """Return a server like ours with another data directory."""
        port = self.settings.database_port
        options = memory_settings(memory_bytes()) | self._options
        logs = self.home / "log" / "postgres"
        return Server(self.account, data, self.sockets(), logs, port or 5432, port is not None, options)

    def sockets(self) -> Path:
        """Return the folder of the Unix socket, short enough for a socket address."""
        folder = self.home / "socket"
        if len(os.fsencode(folder / ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES and "," not in str(folder):
            return folder
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"onemap-{digest}"  # noqa: S108 - checked to be ours alone before it is used

    def ensure(self) -> Urls:
        """Make the cluster if there is none, start it if it is stopped, and return its URLs."""
        with self._os_errors_explained():
            self._prepare_home()
            with self.locked():
                self._ensure_data()
                self._start()
        return self.urls()

    def start(self) -> None:
        """Start the cluster; nothing happens when it runs."""
        with self._os_errors_explained():
            if not self.exists():
                raise ClusterError(f"there is no cluster in {self.home} yet; make and start it with: twin up")
            self._prepare_home()
            with self.locked():
                self._start()

    def stop(self) -> None:
        """Stop the cluster; nothing happens when it does not run."""
        with self._os_errors_explained():
            if self.exists():
                with self.locked():
                    self.server.stop()

    def running(self) -> bool:
        """Tell whether the cluster takes connections."""
        with self._os_errors_explained():
            return self.exists() and self.server.running()

    def exists(self) -> bool:
        """Tell whether a cluster has been made here."""
        return (self.server.data / "PG_VERSION").exists()

    def urls(self) -> Urls:
        """Return the URLs of the database, one for each role."""
        return self.urls_on(self.server)

    def urls_on(self, server: Server) -> Urls:
        """Return the URLs of the database on another server with our passwords."""
        with self._os_errors_explained():
            passwords = self.passwords()
            return Urls(*(server.url(role, passwords, DATABASE) for role in (OWNER, WRITER, READER)))

    def superuser_url(self, database: str = DATABASE) -> str:
        """Return a superuser's URL, for backup, restore, upgrade and tests only."""
        with self._os_errors_explained():
            return self.server.url(SUPERUSER, self.passwords(), database)

    def postgres(self) -> Postgres:
        """Return the programs that can open our data directory; raises ClusterError when they are not installed."""
        major = self.server.major()
        try:
            return find_postgres(self.settings.postgres_bin, major)
        except ClusterError as error:
            if not str(error).startswith(f"PostgreSQL {major} is not"):
                raise
        newest = find_postgres(self.settings.postgres_bin).major
        raise ClusterError(_other_major(self.server.data, major, newest))

    @contextmanager
    def locked(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Keep every other process from making, starting, stopping or swapping this cluster."""
        with (self.home / "run" / "cluster.lock").open("a") as handle:
            if not wait_until(lambda: _try_lock(handle.fileno()), timeout_s):
                raise ClusterError(
                    f"another process has held the lock of the cluster in {self.home} for {timeout_s:.0f} s; "
                    "wait until it has ended"
                )
            yield

    def build(self, data: Path, postgres: Postgres) -> Server:
        """Make a data directory with roles, database and extensions, and return its stopped server."""
        passwords = self.passwords()
        server = self.server_at(data)
        remove_data(server)
        server.create(postgres, passwords)
        server.start(postgres)
        try:
            with connect(server.url(SUPERUSER, passwords, "postgres")) as connection:
                create_roles(connection, passwords)
                create_database(connection)
            with connect(server.url(SUPERUSER, passwords, DATABASE)) as connection:
                prepare_database(connection)
        finally:
            server.stop()
        return server

    def require_space(self, needed: int) -> None:
        """Raise ClusterError when the disk has less than ``needed`` bytes left."""
        free = shutil.disk_usage(self.home).free
        if free < needed:
            raise ClusterError(
                f"the disk that holds {self.home} has {free // MIB} MB left and {needed // MIB} MB are needed; "
                "free some space there, or set TWIN_HOME to a folder on a larger disk"
            )

    def _prepare_home(self) -> None:
        make_open_folder(self.home)
        self.account.require_access_to(self.home)
        for name in ("run", "log"):
            make_open_folder(self.home / name)
        self._prepare_sockets()

    def _prepare_sockets(self) -> None:
        folder = self.sockets()
        if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != self.account.uid):
            raise ClusterError(f"{folder} belongs to another user; remove it, or set TWIN_HOME to a shorter path")
        self.account.make_folder(folder)

    def _ensure_data(self) -> None:
        data = self.server.data
        if not data.exists() or not any(data.iterdir()):
            self._require_no_other()
            self._create()
        elif not self.exists():
            raise ClusterError(f"{data} holds no PostgreSQL cluster; move it away and start again to get a new one")
        elif data.stat().st_uid != self.account.uid:
            raise ClusterError(
                f"{data} does not belong to the system user {self.account.name}; start with the user that made it, "
                f"or hand it over with: chown -R {self.account.name} {data}"
            )

    def _require_no_other(self) -> None:
        """Refuse to create a cluster beside one that an interrupted upgrade, or a person, has renamed."""
        renamed = [path for path in sorted(self.home.glob("pgdata.*")) if path.name != BUILT and path.is_dir()]
        if renamed:
            raise ClusterError(
                f"{self.server.data} does not exist, but {renamed[-1]} does; rename it back to go on with it, "
                "or move it out of its folder to start with a new cluster"
            )

    def _create(self) -> None:
        self.require_space(NEEDED_BYTES)
        postgres = find_postgres(self.settings.postgres_bin)
        if not self.secrets.exists():
            write_passwords(self.secrets, new_passwords())
        fresh = self.build(self.home / BUILT, postgres)
        if self.server.data.exists():
            self.server.data.rmdir()
        fresh.data.rename(self.server.data)

    def _start(self) -> None:
        server = self.server
        if server.postmaster() is not None:
            server.await_ready()
        if server.running():
            return
        postgres = self.postgres()
        server.data.chmod(0o700)
        if not self.secrets.exists():
            self._renew_passwords(postgres)
        self.passwords()
        self._require_port()
        server.start(postgres)

    def _renew_passwords(self, postgres: Postgres) -> None:
        self.server.clear_remains()
        passwords = new_passwords()
        command = [postgres.program("postgres"), "--single", "-D", str(self.server.data), "postgres"]
        done = self.account.run(command, stdin=reset_statements(passwords))
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise ClusterError(f"new passwords could not be set in {self.server.data}: {done.stderr.strip()[-200:]}")
        write_passwords(self.secrets, passwords)

    def _require_port(self) -> None:
        if not self.server.tcp:
            return
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.server.port))
            except OSError as error:
                raise ClusterError(taken_port(self.server.failure_context(self.server.logs))) from error

    def passwords(self) -> Passwords:
        """Return the passwords of all four users."""
        try:
            return read_passwords(self.secrets)
        except FileNotFoundError:
            raise ClusterError(f"{self.secrets} is missing; make and start the cluster with: twin up") from None

    @contextmanager
    def _os_errors_explained(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise ClusterError(
                f"{error.filename or self.home}: permission denied; start with the user that made the cluster, "
                "or set TWIN_HOME to a folder of your own"
            ) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ClusterError(full_disk(self.server.failure_context(self.server.logs))) from error
            raise ClusterError(f"{self.home}: {error.strerror or error}; set TWIN_HOME to another folder") from error


def remove_data(server: Server) -> None:
    """Remove what an interrupted build left in a data directory that nobody uses yet."""
    if server.data.exists():
        server.stop()
        server.clear_remains()
        shutil.rmtree(server.data)


def _other_major(data: Path, made_by: int, newest: int) -> str:
    problem = f"{data} was made by PostgreSQL {made_by}, which is not installed (the newest installed is {newest})"
    if made_by < newest and made_by >= OLDEST_POSTGRES:
        return f"{problem}; {install_hint(made_by)}, and move to {newest} with: twin upgrade"
    return f"{problem}; {install_hint(made_by)}"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
