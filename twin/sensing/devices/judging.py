"""What is not taken of a device, and when it is put in quarantine: for whatever door its observations come through."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from layers.access import HOUSEKEEPING, audit_statement
from layers.store import Database
from twin.sensing.devices.conduct import Conduct
from twin.sensing.devices.register import Device, quarantine
from twin.sensing.reading import Reading


@dataclass
class Judge:
    """Judges devices by what they send; ``tell`` is told of each that is put in quarantine, before ``write``."""

    database: Database
    conduct: Conduct = field(default_factory=Conduct)
    tell: Callable[[Device], None] = lambda device: None
    _verdicts: list[Device] = field(default_factory=list)

    def admitted(self, device: Device, number: int) -> Device:
        """Count observations of a device that came; return it as it is now: too many put it in quarantine."""
        if device.state != "active":
            self.conduct.forget(device.name)
            return device
        return self._judged(device, self.conduct.came(device.name, number, device.per_minute))

    def refused(self, device: Device, number: int, reason: str) -> Device:
        """Count observations of a device that were refused; return it as it is now."""
        if device.state != "active":
            return device
        return self._judged(device, self.conduct.refused(device.name, number, reason))

    def _judged(self, device: Device, reason: str) -> Device:
        if not reason:
            return device
        judged = replace(device, state="quarantined", reason=reason)
        self._verdicts.append(judged)
        self.conduct.forget(device.name)
        self.tell(judged)
        return judged

    def write(self) -> None:
        """Write the verdicts since the last time into the database, each with a line of the audit trail."""
        verdicts = list(self._verdicts)
        if not verdicts:
            return
        with self.database.writer.begin() as connection:
            for device in verdicts:
                quarantine(connection, device.name, device.reason)
                detail = {"quarantine": device.name, "reason": device.reason}
                connection.execute(audit_statement(HOUSEKEEPING, "write", "devices", allowed=False, detail=detail))
        self._verdicts = [one for one in self._verdicts if one not in verdicts]


def objection_to_age(reading: Reading, device: Device, now: datetime | None = None) -> str:
    """Return why a reading is too old for a device, or an empty text."""
    if device.oldest_s is None:
        return ""
    oldest = timedelta(seconds=device.oldest_s)
    if (now or datetime.now(UTC)) - reading.time <= oldest:
        return ""
    return f"time: {reading.time.isoformat()} is older than the {oldest} that device {device.name} may send"
