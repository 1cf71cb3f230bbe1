"""The private MQTT broker: Mosquitto on loopback, beside the database, as its user.

HOME/broker/secrets            how it checks the secrets of devices, and ours
HOME/broker/rights             who may publish and follow what
HOME/broker/gateway.password   the password of the user ``gateway``, who may publish to every Datastream
HOME/broker/bridge.password    that of our own connection
"""

import os
import secrets
import shutil
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.serve.child import Program
from api.serve.log import log_file
from layers.errors import Unavailable
from layers.ops import Account, account_for, make_open_folder
from layers.settings import Settings
from twin.sensing.devices.credential import BRIDGE, GATEWAY, Credential, verifier_of
from twin.sensing.mqtt.security import password_file, rights_file
from twin.sensing.mqtt.topics import MOUNT_POINT

HOST = "127.0.0.1"
# Longest message that is taken, bytes; and how many may wait for the bridge.
LARGEST_MESSAGE, MOST_WAITING = 256 * 1024, 100_000
_CONFIGURATION = """\
# Written anew at each start.
user {user}
per_listener_settings false
allow_anonymous true
# Read again when it is told to; who is no longer in them is disconnected.
password_file {folder}/secrets
acl_file {folder}/rights
pid_file {folder}/pid
# What is acknowledged is in the database; what is retained is published anew at each start.
persistence false
message_size_limit {largest}
max_queued_messages {waiting}
max_inflight_messages 1000
log_dest stderr
log_type error
log_type warning
# Who subscribes is told to the bridge, which publishes nothing that nobody follows.
log_type subscribe
log_dest topic
# And how many subscriptions there are, this often, seconds.
sys_interval 2

# Devices publish here; what they publish has a prefix in the broker, so that nobody follows it.
listener {port} {host}
mount_point {mount_point}

# Everybody follows here. A mount point would be left in the topics of subscribers (findings/).
listener {read_port} {host}
"""


@dataclass(frozen=True)
class Broker:
    """A broker of a home; ``account`` is the system user that runs it."""

    settings: Settings
    account: Account

    @classmethod
    def of(cls, settings: Settings) -> "Broker":
        """Return the broker of these settings."""
        return cls(settings, account_for(settings.run_as))

    @property
    def folder(self) -> Path:
        """Return the folder of its files."""
        return self.settings.home.expanduser().absolute() / "broker"

    @property
    def program(self) -> Program:
        """Return how it is run; ``prepare`` comes first."""
        command = (str(_mosquitto()), "-c", str(self.folder / "broker.conf"))
        return Program("broker", command, log_file(self.settings, "broker"))

    def obstacle(self) -> str | None:
        """Return why there can be none, in a sentence with the way out, or None."""
        if reason := self.obstacle_to_install():
            return reason
        return next(filter(None, map(_taken, (self.settings.mqtt_port, self.settings.mqtt_read_port))), None)

    def obstacle_to_install(self) -> str | None:
        """Return why no broker can be run on this machine at all, or None."""
        try:
            _mosquitto()
        except Unavailable as error:
            return str(error)
        return None

    def prepare(self) -> None:
        """Write its files; passwords that there are stay. The bridge admits devices, as the database has them."""
        make_open_folder(self.folder)
        self._give(self.folder)
        self._admit(())
        values = {"port": self.settings.mqtt_port, "read_port": self.settings.mqtt_read_port, "host": HOST}
        values |= {"folder": self.folder, "user": self.account.name, "mount_point": MOUNT_POINT}
        values |= {"largest": LARGEST_MESSAGE, "waiting": MOST_WAITING}
        self._write("broker.conf", _CONFIGURATION.format(**values))

    def admit(self, devices: Iterable[Credential]) -> None:
        """Admit these devices and no others, from now on."""
        self._admit(devices)
        process = self._process()
        if process is not None:
            os.kill(process, signal.SIGHUP)

    def _admit(self, devices: Iterable[Credential]) -> None:
        own = [Credential(name, verifier_of(self._password(name))) for name in (BRIDGE, GATEWAY)]
        credentials = [*own, *devices]
        self._write("rights", rights_file(credentials), secret=True)
        self._write("secrets", password_file(credentials), secret=True)

    def _process(self) -> int | None:
        """Return the running broker's process; its number may be another program's by now."""
        try:
            number = int((self.folder / "pid").read_text())
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return number if str(self.folder).encode() in command else None

    def password(self, name: str) -> str:
        """Return the password of one of our own users."""
        return (self.folder / f"{name}.password").read_text().strip()

    def _password(self, name: str) -> str:
        path = self.folder / f"{name}.password"
        if not path.exists():
            self._write(path.name, secrets.token_urlsafe(24), secret=True)
        return self.password(name)

    def _write(self, name: str, text: str, secret: bool = False) -> None:
        path = self.folder / name
        part = path.with_suffix(".part")
        part.touch(mode=0o600 if secret else 0o644)
        part.write_text(text)
        self._give(part)
        part.replace(path)

    def _give(self, path: Path) -> None:
        if self.account.switch:
            os.chown(path, self.account.uid, self.account.gid)


def _mosquitto() -> Path:
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Unavailable("no MQTT broker is installed, so that sensors cannot publish: apt-get install mosquitto")
    return Path(found)


def _taken(port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return (
                f"port {port} of {HOST} is taken by another program, so that sensors cannot publish by MQTT; "
                f"set TWIN_MQTT_PORT and TWIN_MQTT_READ_PORT, or TWIN_MQTT_PORT=0 for no broker"
            )
    return None
