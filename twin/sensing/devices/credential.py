"""Names and secrets, as the broker checks them."""

import base64
import hashlib
import os
from dataclasses import dataclass

# Our own connection, and the machine's own gateway.
BRIDGE, GATEWAY = "bridge", "gateway"
# PBKDF2 with SHA-512 (RFC 8018), as the broker checks it. Secrets are random: rounds would add nothing but the time
# that the broker takes, for every client, whenever it reads the files again.
_ITERATIONS, _SALT_BYTES = 101, 12


@dataclass(frozen=True)
class Credential:
    """A name and how its secret is checked; a device has the ids of the Datastreams to which it may publish."""

    name: str
    verifier: str
    datastreams: tuple[int, ...] = ()


def verifier_of(secret: str, salt: bytes | None = None) -> str:
    """Return what the broker needs to check a secret: its salted hash."""
    salt = salt or os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
