import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from layers.errors import ClusterError
from layers.ops.cluster import Cluster
from layers.ops.postgres import Postgres
from layers.ops.process import process_of, wait_until
from layers.ops.provision import connect
from layers.settings import Settings

FAST = {"fsync": "off", "shared_buffers": "32MB"}


def make(home: Path, **settings: object) -> Cluster:
    return Cluster(home, Settings(_env_file=None, **{"database_port": None, **settings}), FAST)


@contextmanager
def running(cluster: Cluster) -> Iterator[Cluster]:
    cluster.ensure()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def made(session_folder: Path) -> Path:
    """Return the home of a cluster that has been made and stopped, to copy."""
    with running(make(session_folder / "made")) as cluster:
        return cluster.home


@pytest.fixture
def mine(made: Path, home: Path) -> Iterator[Cluster]:
    """Yield a running cluster of the test's own."""
    subprocess.run(["cp", "-a", made, home], check=True)
    with running(make(home)) as cluster:
        yield cluster


def scalar(url: str, statement: str) -> object:
    with connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_fresh_home_becomes_a_database_with_postgis_in_utf8(cluster: Cluster) -> None:
    url = cluster.urls().owner

    assert "POSTGIS" in str(scalar(url, "SELECT postgis_full_version()"))
    assert scalar(url, "SHOW server_encoding") == "UTF8"
    assert scalar(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    assert scalar(url, "SHOW timezone") == "UTC"


def test_chinese_is_found_by_its_trigrams(cluster: Cluster) -> None:
    assert scalar(cluster.urls().reader, "SELECT similarity('上海中心大厦', '上海中心') > 0.3") is True


def test_no_role_of_the_program_is_a_superuser(cluster: Cluster) -> None:
    statement = (
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'twin_%' AND (rolsuper OR rolcreaterole OR rolcreatedb)"
    )

    assert scalar(cluster.superuser_url(), statement) == 0


def test_the_reader_reads_and_the_writer_writes_tables_that_the_owner_makes_later(mine: Cluster) -> None:
    urls = mine.urls()
    with connect(urls.owner) as owner:
        owner.execute("CREATE TABLE onemap.道路 (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    with connect(urls.writer) as writer:
        writer.execute("INSERT INTO onemap.道路 (name) VALUES ('世纪大道')")
        with pytest.raises(errors.InsufficientPrivilege):
            writer.execute("CREATE TABLE onemap.other (id int)")
    with connect(urls.reader) as reader:
        assert reader.execute("SELECT name FROM onemap.道路").fetchone() == ("世纪大道",)
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("DELETE FROM onemap.道路")


def test_secrets_are_readable_by_their_owner_only(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.secrets.stat().st_mode) == 0o600


def test_a_wrong_password_is_refused_even_on_the_socket(cluster: Cluster) -> None:
    password = json.loads(cluster.secrets.read_text())["twin_reader"]
    url = cluster.urls().reader.replace(password, "guess")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(url)


def test_without_a_port_nothing_listens_on_tcp(cluster: Cluster) -> None:
    assert scalar(cluster.superuser_url(), "SHOW listen_addresses") == ""


def test_with_a_port_the_loopback_answers(home: Path) -> None:
    port = free_port()
    with running(make(home, database_port=port)) as cluster:
        password = json.loads(cluster.secrets.read_text())["twin_reader"]
        with psycopg.connect(host="127.0.0.1", port=port, user="twin_reader", password=password, dbname="onemap") as c:
            assert c.execute("SELECT 1").fetchone() == (1,)


def test_a_taken_port_is_named(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(ClusterError, match=f"port {port} of 127.0.0.1 is taken.*TWIN_DATABASE_PORT"):
            make(home, database_port=port).ensure()


def test_ensure_again_reuses_the_running_server(mine: Cluster) -> None:
    before = mine.server.postmaster()

    mine.ensure()

    assert mine.server.postmaster() == before


def test_rows_outlive_stop_and_start(mine: Cluster) -> None:
    with connect(mine.urls().owner) as owner:
        owner.execute("CREATE TABLE onemap.t AS SELECT '浦东' AS name")

    mine.stop()
    assert not mine.running()
    mine.start()

    assert scalar(mine.urls().reader, "SELECT name FROM onemap.t") == "浦东"


def test_a_killed_server_starts_again_though_its_pid_file_remains(mine: Cluster) -> None:
    postmaster = mine.server.postmaster()
    assert postmaster is not None
    postmaster.signal(signal.SIGKILL)
    assert wait_until(lambda: not postmaster.alive(), 5)

    assert not mine.running()
    mine.ensure()

    assert scalar(mine.urls().reader, "SELECT 1") == 1


def test_an_orphan_of_a_killed_server_that_holds_the_shared_memory_is_ended(mine: Cluster) -> None:
    with connect(mine.superuser_url()) as connection:
        orphan = process_of(connection.info.backend_pid)
        assert orphan is not None
        orphan.signal(signal.SIGSTOP)  # so that it cannot notice the death of its parent
        postmaster = mine.server.postmaster()
        assert postmaster is not None
        postmaster.signal(signal.SIGKILL)
        assert wait_until(lambda: not postmaster.alive(), 5)

        mine.ensure()

    assert scalar(mine.urls().reader, "SELECT 1") == 1
    assert not orphan.alive()


def test_a_pid_file_whose_number_another_process_has_now_is_stale(mine: Cluster) -> None:
    mine.stop()
    other = mine.server.account.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"])
    pid = int(other.stdout)
    lines = [str(pid), str(mine.server.data), "0", "5432", str(mine.sockets()), "", "1 1", "ready   "]
    (mine.server.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    mine.account.own(mine.server.data / "postmaster.pid", 0o600)
    try:
        assert not mine.running()
        mine.ensure()
        assert process_of(pid) is not None
    finally:
        os.kill(pid, signal.SIGKILL)

    assert scalar(mine.urls().reader, "SELECT 1") == 1


def test_two_processes_that_begin_at_once_make_one_cluster(home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from layers.settings import Settings; "
        "from layers.ops.cluster import Cluster; "
        "c = Cluster(Path(sys.argv[1]), Settings(_env_file=None), {'fsync': 'off', 'shared_buffers': '32MB'}); "
        "print(c.ensure().owner, c.server.postmaster())"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = {process.communicate(timeout=60)[0] for process in both}
    make(home).stop()

    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1


def test_what_an_interrupted_first_start_left_is_made_anew(home: Path) -> None:
    half = home / "pgdata.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")

    with running(make(home)) as cluster:
        assert scalar(cluster.urls().reader, "SELECT 1") == 1
    assert not half.exists()


def test_a_kill_in_the_middle_of_the_first_start_leaves_nothing_half(home: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from layers.settings import Settings; "
        "from layers.ops import cluster; "
        "cluster.create_database = lambda connection: os.kill(os.getpid(), 9); "
        "cluster.Cluster(Path(sys.argv[1]), Settings(_env_file=None), {'fsync': 'off'}).ensure()"
    )
    done = subprocess.run([sys.executable, "-c", script, str(home)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not (home / "pgdata").exists()

    with running(make(home)) as cluster:
        assert scalar(cluster.urls().reader, "SELECT 1") == 1


def test_damaged_secrets_are_named_with_the_way_out(mine: Cluster) -> None:
    mine.stop()
    mine.secrets.write_text("{")

    with pytest.raises(ClusterError, match=r"secrets\.json is damaged.*move it away"):
        mine.ensure()


def test_lost_secrets_are_made_anew_without_losing_rows(mine: Cluster) -> None:
    with connect(mine.urls().owner) as owner:
        owner.execute("CREATE TABLE onemap.t AS SELECT 1 AS id")
    old = mine.urls()
    mine.stop()
    mine.secrets.unlink()

    new = mine.ensure()

    assert new != old
    assert scalar(new.reader, "SELECT id FROM onemap.t") == 1


def test_a_data_directory_of_an_older_postgresql_points_to_upgrade(mine: Cluster) -> None:
    mine.stop()
    version = mine.server.data / "PG_VERSION"
    text = version.read_text()
    version.write_text("13\n")
    try:
        with pytest.raises(ClusterError, match="made by PostgreSQL 13, which is not installed"):
            mine.ensure()
    finally:
        version.write_text(text)


def test_a_data_directory_that_is_no_cluster_is_left_alone(home: Path) -> None:
    (home / "pgdata").mkdir(parents=True)
    (home / "pgdata" / "记录.txt").write_text("mine")

    with pytest.raises(ClusterError, match="holds no PostgreSQL cluster"):
        make(home).ensure()
    assert (home / "pgdata" / "记录.txt").read_text() == "mine"


def test_a_nearly_full_disk_is_named_before_anything_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.ops.cluster.NEEDED_BYTES", 1 << 60)

    with pytest.raises(ClusterError, match=r"MB left and \d+ MB are needed; free some space"):
        make(home).ensure()
    assert not (home / "pgdata").exists()


def test_a_disk_that_is_full_at_start_is_named(small_disk: Path) -> None:
    cluster = make(small_disk / "home")
    cluster.ensure()
    cluster.stop()
    filler = small_disk / "filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1M"], check=False, capture_output=True)

    with pytest.raises(ClusterError, match=r"the disk that holds .* is full"):
        cluster.ensure()

    filler.unlink()
    with running(cluster):
        assert scalar(cluster.urls().reader, "SELECT 1") == 1


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=320m,mode=755", "tmpfs", home], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield home
    subprocess.run(["umount", home], check=True)


def test_a_home_too_deep_for_a_socket_gets_a_short_folder_for_it(home: Path) -> None:
    with running(make(home / ("很深的文件夹" * 6))) as cluster:
        assert cluster.sockets().parent == Path(tempfile.gettempdir())
        assert stat.S_IMODE(cluster.sockets().stat().st_mode) == 0o700
        assert scalar(cluster.urls().reader, "SELECT 1") == 1
    cluster.sockets().rmdir()


def test_missing_postgresql_names_the_package(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"TWIN_POSTGRES_BIN names .* holds no postgres.*apt-get install postgresql"):
        make(home, postgres_bin=tmp_path).ensure()


def test_the_lock_of_another_process_is_not_waited_for_forever(mine: Cluster) -> None:
    with (
        mine.locked(),
        pytest.raises(ClusterError, match="another process has held the lock"),
        make(mine.home).locked(timeout_s=0.2),
    ):
        pytest.fail("the lock was given twice")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to another user")
def test_a_home_that_postgresql_cannot_enter_names_the_closed_folder(home: Path) -> None:
    home.mkdir(mode=0o700)

    with pytest.raises(ClusterError, match=rf"user postgres cannot enter {home}, .*TWIN_HOME"):
        make(home / "twin").ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_missing_system_user_is_named(home: Path) -> None:
    with pytest.raises(ClusterError, match=r"no system user nobody-at-all .*adduser"):
        make(home, run_as="nobody-at-all").ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_is_refused_as_the_user_of_postgresql(home: Path) -> None:
    with pytest.raises(ClusterError, match="refuses to run as root"):
        make(home, run_as="root").ensure()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_makes_a_cluster_too(home: Path) -> None:
    home.mkdir()
    os.chown(home, 65534, 65534)
    script = (  # root's Python may be closed to others: import all, then become nobody
        "import os, sys; from pathlib import Path; from layers.settings import Settings; "
        "from layers.ops.cluster import Cluster; os.setgroups([]); os.setgid(65534); os.setuid(65534); "
        "c = Cluster(Path(sys.argv[1]), Settings(_env_file=None), {'fsync': 'off'}); "
        "c.ensure(); print(c.running()); c.stop(); print(c.running())"
    )
    command = [sys.executable, "-c", script, str(home / "twin")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["True", "False"], done.stderr
    assert (home / "twin" / "pgdata").stat().st_uid == 65534


def test_data_that_belongs_to_somebody_else_names_the_user(mine: Cluster) -> None:
    if not mine.account.switch:
        pytest.skip("only root can give files away")
    mine.stop()
    os.chown(mine.server.data, 65534, 65534)
    try:
        with pytest.raises(ClusterError, match=r"does not belong to the system user postgres.*chown"):
            mine.ensure()
    finally:
        mine.account.own(mine.server.data, 0o700)


def test_starting_a_running_cluster_leaves_it_as_it_runs(mine: Cluster) -> None:
    before = (mine.server.data / "postmaster.pid").read_text()

    mine.ensure()

    assert (mine.server.data / "postmaster.pid").read_text() == before


def test_versions_of_the_programs_are_compared_by_number() -> None:
    old, new = Postgres(Path("/a"), (9, 6), (3, 3)), Postgres(Path("/b"), (17, 2), (3, 5))

    assert not old.usable
    assert new.usable
    assert not Postgres(Path("/c"), (16, 0), (3, 2, 1)).usable
