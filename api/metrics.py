"""What Prometheus reads: requests, tiles and the time they take."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REGISTRY = CollectorRegistry()
REQUESTS = Counter("twin_requests", "Answered requests", ["route", "status"], registry=REGISTRY)
BYTES = Counter("twin_tile_bytes", "Bytes of tile bodies sent", registry=REGISTRY)
SECONDS = Histogram("twin_request_seconds", "Time to answer, tiles apart", ["route"], registry=REGISTRY)
OBSERVATIONS = Counter(
    "twin_mqtt_observations",
    "Observations by MQTT: kept, known, refused; published, and skipped where followers fell behind",
    ["state"],
    registry=REGISTRY,
)
ALARMS = Counter("twin_alarms", "Alarms that everybody may see: raised, cleared", ["state", "kind"], registry=REGISTRY)
QUARANTINED = Counter("twin_devices_quarantined", "Devices that were put in quarantine", registry=REGISTRY)
DROPPED = Counter("twin_mqtt_dropped", "Messages that the broker dropped, since too many waited", registry=REGISTRY)
_OTHERS = {"quarantined": QUARANTINED, "dropped": DROPPED}
_tile_status: dict[int, Counter] = {}


def count_tile(status: int, size: int) -> None:
    """Count one answered tile request; labelled counters are kept, since finding one costs more than counting."""
    counter = _tile_status.get(status)
    if counter is None:
        counter = _tile_status[status] = REQUESTS.labels("tiles", str(status))
    counter.inc()
    BYTES.inc(size)


def count_observations(state: str, number: int) -> None:
    """Count what became of observations that came by MQTT, and what befell devices and the broker."""
    (_OTHERS.get(state) or OBSERVATIONS.labels(state)).inc(number)


def count_alarms(state: str, kind: str, number: int) -> None:
    """Count alarms that were raised or cleared."""
    ALARMS.labels(state, kind).inc(number)


def exposition() -> bytes:
    """Return the text that Prometheus reads, of all web processes where the supervisor started several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
