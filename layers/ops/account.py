"""The system user that runs the private cluster and our own processes when we are root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ClusterError

# PostgreSQL's messages are recognised by their English words.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """A system user; ``switch`` is true when we are root and have to become that user."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: list[str], stdin: str = "", timeout_s: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user and return its exit status and output; a failure raises nothing."""
        if self.switch:
            return self._run(command, stdin, timeout_s, user=self.uid, group=self.gid, extra_groups=[])
        return self._run(command, stdin, timeout_s)

    def own(self, path: Path, mode: int) -> None:
        """Make this user the owner of ``path`` and set its mode."""
        if self.switch:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def make_folder(self, path: Path, mode: int = 0o700) -> None:
        """Make a folder that this user can write."""
        path.mkdir(parents=True, exist_ok=True)
        self.own(path, mode)

    def require_access_to(self, folder: Path) -> None:
        """Raise ClusterError when this user cannot enter ``folder``, naming the folder that is closed."""
        closed = self.closed_folder(folder)
        if closed is not None:
            raise ClusterError(
                f"the system user {self.name} cannot enter {closed}, a parent of {folder}; "
                f"set TWIN_HOME to a folder open to all users, such as /var/lib/onemap-twin, or run: chmod o+x {closed}"
            )

    def closed_folder(self, folder: Path) -> Path | None:
        """Return the first of ``folder`` and its parents that this user cannot enter, or None."""
        if not self.switch:
            return None
        path = (*reversed(folder.parents), folder)
        return next((part for part in path if part.exists() and not self._may_enter(part)), None)

    def may_read(self, file: Path) -> bool:
        """Tell whether this user can open a file."""
        if self.closed_folder(file.parent) is not None:
            return False
        state = file.stat()
        if not self.switch or state.st_uid == self.uid:
            return bool(state.st_mode & 0o400)
        return bool(state.st_mode & (0o040 if state.st_gid == self.gid else 0o004))

    def _may_enter(self, folder: Path) -> bool:
        state = folder.stat()
        if state.st_uid == self.uid:
            return bool(state.st_mode & 0o100)
        return bool(state.st_mode & (0o010 if state.st_gid == self.gid else 0o001))

    def _run(
        self, command: list[str], stdin: str, timeout_s: float | None, **identity: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command, input=stdin, capture_output=True, text=True, check=False, timeout=timeout_s, cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **ENVIRONMENT}, **identity,
        )  # fmt: skip


def account_for(run_as: str) -> Account:
    """Return ourselves, or the user ``run_as`` when we are root."""
    if os.geteuid() != 0:
        return Account(_own_name(), os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(run_as)
    except KeyError:
        raise ClusterError(
            f"there is no system user {run_as} to run PostgreSQL and our own processes; "
            f"create it with: adduser --system --group {run_as}, or set TWIN_RUN_AS to another user"
        ) from None
    if entry.pw_uid == 0:
        raise ClusterError(
            "TWIN_RUN_AS is root, but PostgreSQL refuses to run as root; set it to an ordinary system user"
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def make_open_folder(folder: Path) -> None:
    """Make a folder that other accounts can enter, whatever the umask of root is."""
    for step in (*reversed(folder.parents), folder):
        if not step.exists():
            step.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                step.chmod(0o755)


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
