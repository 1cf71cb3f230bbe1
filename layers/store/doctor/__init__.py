"""``twin doctor``: what a support person would ask, answered."""

from layers.registry import Registry
from layers.settings import Settings
from layers.store.doctor.database import examine_database
from layers.store.doctor.finding import FAIL, OK, WARN, Finding
from layers.store.doctor.machine import examine_machine
from layers.store.doctor.service import examine_service
from layers.store.package_schema import Schemas

__all__ = ["FAIL", "OK", "WARN", "Finding", "examine"]


def examine(settings: Settings, registry: Registry, schemas: Schemas) -> list[Finding]:
    """Look at everything and change nothing: neither database nor server is started."""
    findings = examine_machine(settings)
    service, urls = examine_service(settings)
    findings += service
    if urls is not None:
        findings += examine_database(urls, registry, schemas)
    return findings
