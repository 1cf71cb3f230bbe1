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
    """A system user; ``switch`` tells that we are root and have to become that user."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: list[str], stdin: str = "", timeout_s: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user; the answer carries what it printed, whether or not it went well."""
        if self.switch:
            return self._run(command, stdin, timeout_s, user=self.uid, group=self.gid, extra_groups=[])
        return self._run(command, stdin, timeout_s)

    def own(self, path: Path, mode: int) -> None:
        """Make ``path`` this user's, with these permissions."""
        if self.switch:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def make_folder(self, path: Path, mode: int = 0o700) -> None:
        """Make a folder that this user can write."""
        path.mkdir(parents=True, exist_ok=True)
        self.own(path, mode)

    def require_way_to(self, folder: Path) -> None:
        """Raise ClusterError when this user cannot enter ``folder``, naming the closed one on the way."""
        step = self.closed_step(folder)
        if step is not None:
            raise ClusterError(
                f"the system user {self.name} cannot enter {step}, which lies on the way to {folder}; "
                f"set TWIN_HOME to an open place such as /var/lib/onemap-twin, or allow it with: chmod o+x {step}"
            )

    def closed_step(self, folder: Path) -> Path | None:
        """Return the first folder on the way to ``folder`` that this user cannot enter, or None."""
        if not self.switch:
            return None
        way = (*reversed(folder.parents), folder)
        return next((step for step in way if step.exists() and not self._may_enter(step)), None)

    def may_read(self, file: Path) -> bool:
        """Tell whether this user can open a file."""
        if self.closed_step(file.parent) is not None:
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
            f"make one with: adduser --system --group {run_as}, or set TWIN_RUN_AS to another one"
        ) from None
    if entry.pw_uid == 0:
        raise ClusterError(
            "TWIN_RUN_AS names root, and PostgreSQL refuses to be run by root; name an ordinary system user"
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def make_open_folder(folder: Path) -> None:
    """Make a folder of our own, through which another account finds its way whatever the umask of root is."""
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
