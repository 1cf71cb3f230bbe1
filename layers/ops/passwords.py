"""The cluster's passwords, in one file that only its owner can read."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ClusterError
from layers.store.engine import OWNER, READER, WRITER

SUPERUSER = "postgres"
USERS = (SUPERUSER, OWNER, WRITER, READER)


@dataclass(frozen=True)
class Passwords:
    """The passwords of the superuser and of the three roles, by user name."""

    by_user: dict[str, str]

    def __getitem__(self, user: str) -> str:
        """Return one user's password."""
        return self.by_user[user]


def new_passwords() -> Passwords:
    """Generate a password for each user."""
    return Passwords({user: secrets.token_urlsafe(24) for user in USERS})


def read_passwords(path: Path) -> Passwords:
    """Read the file; raises ClusterError when it is not what ``write_passwords`` wrote."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        by_user = {user: stored[user] for user in USERS}
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{path} is damaged and its passwords cannot be read; move it away and start again: new ones are then made"
        ) from error
    if not all(isinstance(password, str) and password for password in by_user.values()):
        raise ClusterError(
            f"{path} is damaged: a password is empty; move it away and start again: new ones are then made"
        )
    return Passwords(by_user)


def write_passwords(path: Path, passwords: Passwords) -> None:
    """Write the file as a whole, so that nobody ever reads half of it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(passwords.by_user, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
