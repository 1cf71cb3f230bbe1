"""``twin doctor``: checks of the machine, the database server and the database."""

from layers.ops.doctor.database import examine_database
from layers.ops.doctor.finding import FAIL, OK, WARN, Finding
from layers.ops.doctor.machine import examine_machine
from layers.ops.doctor.service import examine_service
from layers.registry import Registry
from layers.settings import Settings
from layers.store.package_schema import Schemas

__all__ = ["FAIL", "OK", "WARN", "Finding", "examine"]


def examine(settings: Settings, registry: Registry, schemas: Schemas) -> list[Finding]:
    """Run all checks; they only read, and start neither database nor server."""
    findings = examine_machine(settings)
    service, urls = examine_service(settings)
    findings += service
    if urls is not None:
        findings += examine_database(urls, registry, schemas)
    return findings
