"""A process of its own that checks a model against a delivery specification (IDS), and says what it found as JSON.

Specifications have patterns that take for ever and models that take all memory: that costs this process alone.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeTree
from ifctester import facet as facets
from ifctester import ids

from bim.checking.check import MOST_IDS_BYTES
from bim.checking.report import Failure, IdsReport, Requirement, Specification
from bim.checking.si import SiUnits
from bim.checking.wording import reason_text, requirement_text
from bim.formats.ifc.opening import Entity, open_file
from bim.unpacked import read_within
from layers.errors import SourceError
from layers.title import Title

_NOTHING = Title("模型中没有应有的对象", "nothing in the model is such, and something must be")
_PROHIBITED = Title("不应存在", "it must not be there")


def main(arguments: list[str]) -> None:
    """Check: path of the model, path of the specification, most failures told of each requirement, bytes of memory."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What libraries print goes elsewhere.
    os.dup2(2, 1)
    path, specification, most, memory = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), int(arguments[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        told: dict[str, Any] = {"report": check(path, specification, most).json()}
    except SourceError as error:
        told = {"path": error.path, "place": error.place, "message": str(error)}
    json.dump(told, out, ensure_ascii=False)
    out.close()


def check(path: Path, specification: Path, most: int) -> IdsReport:
    """Check a model in this process; raises SourceError for a model or a specification that cannot be read."""
    asked = read_specification(specification)
    file, _ = open_file(path)
    SiUnits.of(file).convert()
    facets.get_pset.cache_clear()
    facets.get_psets.cache_clear()
    found = tuple(_checked(one, file, most) for one in asked.specifications)
    return IdsReport(asked.info.get("title", ""), file.schema_identifier, found)


def read_specification(path: Path) -> Any:
    """Read a delivery specification; raises SourceError that says where it does not follow its schema."""
    content = read_within(path, MOST_IDS_BYTES)
    try:
        SafeTree.fromstring(content, forbid_dtd=True)
    except (SafeTree.ParseError, DefusedXmlException, ValueError) as error:
        raise SourceError(str(path), f"this is no XML that can be read: {error or type(error).__name__}") from error
    try:
        return ids.open(str(path), validate=True)
    except ids.IdsXmlValidationError as error:
        why = error.xml_error
        raise SourceError(
            str(path), f"it does not follow the schema of IDS 1.0: {why.reason}", str(why.path or "") or None
        ) from error


def _checked(one: Any, file: Entity, most: int) -> Specification:
    said: dict[str, Any] = {"name": one.name or "", "description": one.description or ""}
    one.reset_status()
    if not one.check_ifc_version(file):
        versions = ", ".join(one.ifcVersion)
        message = Title(f"适用于 {versions}", f"it is meant for {versions}")
        return Specification(**said, status="other_schema", applicable=0, requirements=(), message=message)
    try:
        one.validate(file)
        requirements = tuple(_requirement(requirement, most) for requirement in one.requirements)
    except MemoryError:
        raise
    except Exception as error:
        message = Title(f"无法检查：{error!r}", f"the library could not check it: {error!r}")
        return Specification(**said, status="unchecked", applicable=0, requirements=(), message=message)
    return _judged(one, said, requirements, most)


def _judged(one: Any, said: dict[str, Any], requirements: tuple[Requirement, ...], most: int) -> Specification:
    applicable = len(one.applicable_entities)
    if one.maxOccurs == 0:
        failures = tuple(_failure(entity, _PROHIBITED) for entity in one.applicable_entities[:most])
        requirements = (Requirement(_PROHIBITED, applicable, failures),) if applicable else ()
    elif not applicable and one.minOccurs == 0:
        return Specification(**said, status="not_applicable", applicable=0, requirements=requirements)
    missing = _NOTHING if one.minOccurs != 0 and not applicable else None
    failed = missing is not None or any(requirement.failed for requirement in requirements)
    status: Any = "failed" if failed else "passed"
    return Specification(**said, status=status, applicable=applicable, requirements=requirements, message=missing)


def _requirement(facet: Any, most: int) -> Requirement:
    entities: Iterable[Entity] = [failure["element"] for failure in facet.failures[:most]]
    failures = tuple(_failure(entity, reason_text(facet, facet(entity).reason)) for entity in entities)
    return Requirement(requirement_text(facet), len(facet.failures), failures)


def _failure(entity: Entity, reason: Title) -> Failure:
    name = getattr(entity, "Name", None) or getattr(entity, "LongName", None) or ""
    return Failure(getattr(entity, "GlobalId", None) or "", entity.is_a(), str(name), entity.id(), reason)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main(sys.argv[1:])
