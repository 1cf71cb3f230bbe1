"""Giving root away, in processes of the test's own."""

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from api.serve.unprivileged import hand_over, obstacle, service_account
from layers.ops.account import Account
from layers.settings import Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give away")
GIVE = """
import multiprocessing, os, sys
from pathlib import Path
from api.serve.unprivileged import give_up_root
from layers.settings import Settings

def tell(words):
    words.put(os.getuid())

if __name__ == "__main__":
    give_up_root(Settings(_env_file=None, home=Path(sys.argv[1])))
    import wave, xml.dom.minidom
    context = multiprocessing.get_context("spawn")
    words = context.SimpleQueue()
    child = context.Process(target=tell, args=(words,))
    child.start()
    child.join()
    Path(sys.argv[1], "uploads", "mine").touch()
    try:
        os.setuid(0)
    except PermissionError:
        print(os.getuid(), words.get(), os.getgroups(), os.environ["HOME"])
"""


@pytest.fixture
def postgres() -> Account:
    """Return the user that our processes become."""
    found = service_account(Settings(_env_file=None))
    assert found is not None
    return found


def _open(folder: Path) -> None:
    """Let everybody into a folder of pytest's, however many lie around it."""
    for each in (folder, *folder.parents):
        if each == Path(tempfile.gettempdir()):
            return
        each.chmod(0o755)


@as_root
def test_root_is_gone_for_good_and_modules_and_processes_still_come(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "give.py"
    script.write_text(GIVE)
    script.chmod(0o644)
    _open(tmp_path)
    done = subprocess.run([sys.executable, script, home], capture_output=True, text=True, check=False, timeout=120)

    uid = pwd.getpwnam("postgres").pw_uid
    assert done.stdout == f"{uid} {uid} [] {home / 'cache'}\n", done.stderr
    assert (home / "uploads" / "mine").stat().st_uid == uid


@as_root
def test_what_root_left_is_handed_over_but_no_second_name_of_another_file(
    home: Path, tmp_path: Path, postgres: Account
) -> None:
    (home / "rasters").mkdir(parents=True)
    (home / "rasters" / "a.tif").touch()
    (home / "outside").touch()
    os.link(home / "outside", home / "rasters" / "b.tif")
    hand_over(Settings(_env_file=None, home=home), postgres)

    assert (home / "rasters" / "a.tif").stat().st_uid == postgres.uid
    assert (home / "outside").stat().st_uid == 0


@as_root
def test_a_program_in_a_closed_folder_is_named_with_the_way_out(
    postgres: Account, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    home.mkdir(mode=0o700)
    assert obstacle(postgres) is None
    monkeypatch.setattr(sys, "prefix", str(home / "venv"))
    told = obstacle(postgres) or ""
    assert told.startswith(f"web and worker processes run as root, since the system user postgres cannot enter {home},")
    assert told.endswith(f"chmod o+x {home}")


def test_who_is_not_root_has_nothing_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert service_account(Settings(_env_file=None)) is None
