import os
import socket
import sys
from pathlib import Path

import pytest

from api.serve import child as child_module
from api.serve import log as log_module
from api.serve.child import Child, Program
from api.serve.listener import bind, local_url
from api.serve.log import Tail, trim_log
from api.serve.state import State, StateFile
from layers.errors import Unavailable
from layers.ops.process import Process, process_of, wait_until


def program(tmp_path: Path, code: str) -> Program:
    return Program("试验", (sys.executable, "-c", code), tmp_path / "log")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Unavailable, match="TWIN_HOST"):
        bind("203.0.113.7", 8000)


def test_a_bound_port_refuses_until_it_listens() -> None:
    with bind("127.0.0.1", 0) as listener, socket.socket() as client:
        assert client.connect_ex(listener.getsockname()) != 0


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - only its address is made
        ("::", "http://[::1]:80"),
        ("map.pudong.example", "http://map.pudong.example:80"),
    ],
)
def test_a_server_on_all_addresses_is_asked_on_the_loopback(host: str, url: str) -> None:
    assert local_url(host, 80) == url


def test_pauses_between_starts_grow(tmp_path: Path) -> None:
    told: list[str] = []
    child = Child(program(tmp_path, "raise SystemExit(7)"), told.append)

    def failed_twice() -> bool:
        child.keep()
        return child.failures == 2

    assert wait_until(failed_twice, 20)
    assert [line.split(";")[1].split(",")[0] for line in told] == [" started again in 0.5 s", " started again in 1 s"]
    assert "试验 ended (exit status 7)" in told[0]


def test_a_child_that_lived_long_is_started_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "STEADY_S", -1.0)
    child = Child(program(tmp_path, ""), lambda line: None)
    child.failures = 9

    def failed() -> bool:
        child.keep()
        return child.failures == 1

    assert wait_until(failed, 20)


def test_a_child_that_does_not_heed_sigterm_is_ended(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = Child(program(tmp_path, code), lambda line: None)
    child.keep()
    assert wait_until(lambda: child.last_words() == "deaf", 20)

    child.ask_to_stop()
    child.await_end(0.3)

    assert child.process() is None


def test_a_large_log_is_set_aside_and_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "LOG_BYTES", 10)
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write("浦东新区".encode())
        trim_log(log)
        writer.write(b"next\n")

    assert log.read_bytes() == b"next\n"
    assert (tmp_path / "web.log.1").read_text() == "浦东新区"


def test_the_end_of_a_log_comes_in_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    tail = Tail(log, 4)
    with log.open("a") as writer:
        writer.write("一行\n半")
        writer.flush()
        assert tail.lines() == ["一行"]
        writer.write("行\n")
        writer.flush()
        assert tail.lines() == ["半行"]


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    file, state = StateFile(tmp_path), State(Process(1, 2), "http://x", True, (Process(3, 4),))
    with file.hold():
        file.write(state)

    assert file.read() == state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 1}'])
def test_a_damaged_state_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "twin.json").write_text(text)

    assert StateFile(tmp_path).read() is None


def test_only_one_run_holds_a_home(tmp_path: Path) -> None:
    with StateFile(tmp_path).hold() as first, StateFile(tmp_path).hold() as second:
        assert (first, second) == (True, False)
        assert StateFile(tmp_path).held()
    assert not StateFile(tmp_path).held()


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    me = process_of(os.getpid())
    assert me is not None

    assert me.alive()
    assert not Process(me.pid, me.started + 1).alive()


def test_what_a_killed_run_wrote_does_not_make_the_next_one_ready(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    me = process_of(os.getpid())
    assert me is not None
    with file.hold():
        file.write(State(Process(me.pid, me.started - 1), "http://x", True))
        assert not file.ready()
        file.write(State(me, "http://x", True))
        assert file.ready()
