"""Web and worker processes drop root privileges before they read anything that a client sent.

They become the system user that runs the private cluster (``TWIN_RUN_AS``), after all that the start needs is imported
and open: passwords, listening socket, log.
"""

import ctypes
import importlib.abc
import importlib.machinery
import multiprocessing
import os
import signal
import stat
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import api
from layers.ops import Account, account_for, make_open_folder
from layers.settings import Settings

# What processes of ours write in TWIN_HOME, besides the logs that the supervisor opens for them.
FOLDERS = ("uploads", "rasters", "scenarios", "metrics", "cache")
NUMBA_CACHE = "NUMBA_CACHE_DIR"
# linux/prctl.h
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 2, 4, 38


def service_account(settings: Settings) -> Account | None:
    """Return the account of our processes: the system user of the cluster when we are root, else None."""
    account = account_for(settings.run_as)
    return account if account.switch else None


def obstacle(account: Account) -> str | None:
    """Return why our processes have to stay root, in a sentence with the way out, or None."""
    for folder in (Path(api.__file__).parents[1], Path(sys.prefix)):
        closed = account.closed_folder(folder)
        if closed is not None:
            return (
                f"web and worker processes run as root, since the system user {account.name} cannot enter {closed}, "
                f"which lies on the way to the program in {folder}; move the program to an open place such as /opt, "
                f"or allow it with: chmod o+x {closed}"
            )
    return None


def numba_cache(settings: Settings) -> tuple[str, str]:
    """Return the variable that tells Numba where our processes keep what it compiled."""
    return NUMBA_CACHE, os.environ.get(NUMBA_CACHE, str(_home(settings) / "cache" / "numba"))


def hand_over(settings: Settings, account: Account) -> None:
    """Create the folders that our processes write, and hand over files of root in them."""
    for name in FOLDERS:
        folder = _home(settings) / name
        make_open_folder(folder)
        os.chown(folder, account.uid, account.gid)
        for _, folders, files, descriptor in os.fwalk(folder):
            for entry in (*folders, *files):
                _give(entry, descriptor, account)


def give_up_root(settings: Settings) -> None:
    """Drop root privileges for good; does nothing when we are not root, or have to stay root."""
    account = service_account(settings)
    if account is None:
        return
    hand_over(settings, account)
    reason = obstacle(account)
    if reason is not None:
        print(f"twin: {reason}", file=sys.stderr, flush=True)
        return
    home = _home(settings)
    if account.closed_folder(Path(sys.base_prefix)) is not None:
        _keep_interpreter(Path(sys.base_prefix))
    prctl, parent = ctypes.CDLL(None).prctl, os.getppid()
    death_signal = ctypes.c_int()
    prctl(PR_GET_PDEATHSIG, ctypes.byref(death_signal))
    os.setgroups([])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
    # The kernel forgets these with every change of user.
    prctl(PR_SET_DUMPABLE, 1)
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if death_signal.value:
        prctl(PR_SET_PDEATHSIG, death_signal.value)
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), signal.SIGTERM)
    # Libraries' caches must belong to the new user, who cannot enter root's home.
    os.environ |= {"HOME": str(home / "cache"), "TWIN_HOME": str(home)}


def _home(settings: Settings) -> Path:
    return settings.home.expanduser().absolute()


def _give(entry: str, folder: int, account: Account) -> None:
    """Give root's files in an open folder to the account, except hard links to files elsewhere."""
    try:
        state = os.lstat(entry, dir_fd=folder)
        if state.st_uid == 0 and (stat.S_ISDIR(state.st_mode) or state.st_nlink == 1):
            os.chown(entry, account.uid, account.gid, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        pass  # another process has done it


def _keep_interpreter(folder: Path) -> None:
    """Keep Python's own folder reachable by an open descriptor, for what is imported or started later.

    Python often lies in root's home (pyenv, uv), which the new user cannot enter.
    """
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    alias = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    elsewhere = _Elsewhere(str(folder), str(alias))
    sys.meta_path.append(elsewhere)
    sys.path += elsewhere.ways(sys.path)  # processes that we start take it over
    multiprocessing.set_executable(str(alias / "bin" / Path(os.path.realpath(sys.executable)).name))
    libraries = [str(alias / "lib"), os.environ.get("LD_LIBRARY_PATH")]
    os.environ["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))


class _Elsewhere(importlib.abc.MetaPathFinder):
    """Finds modules of a closed folder by another way to it."""

    def __init__(self, closed: str, way: str) -> None:
        self._closed = closed
        self._way = way

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's spec where it lies in the closed folder."""
        ways = self.ways(sys.path if path is None else path)
        return PathFinder.find_spec(fullname, ways, target) if ways else None

    def ways(self, entries: Sequence[str]) -> list[str]:
        """Return the other ways to those folders that lie in the closed one."""
        return [self._way + entry.removeprefix(self._closed) for entry in entries if entry.startswith(self._closed)]
