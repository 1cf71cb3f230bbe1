"""What a check of a model against a delivery specification (IDS) found, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.title import Title

Json = dict[str, Any]
# not_applicable: nothing in the model is meant, and nothing has to be; other_schema: meant for other versions of IFC;
# unchecked: the library could not check it, and it counts as failed.
Status = Literal["passed", "failed", "not_applicable", "other_schema", "unchecked"]
FAILED: tuple[Status, ...] = ("failed", "unchecked")


@dataclass(frozen=True)
class Failure:
    """One instance that a requirement does not hold for; ``element`` is its GlobalId, empty where it has none."""

    element: str
    ifc_class: str
    name: str
    number: int
    reason: Title

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "element": self.element,
            "class": self.ifc_class,
            "name": self.name,
            "number": self.number,
            "reason": self.reason.json(),
        }


@dataclass(frozen=True)
class Requirement:
    """One requirement: what it asks for, how many do not meet it, and the first of them."""

    text: Title
    failed: int
    failures: tuple[Failure, ...]

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "text": self.text.json(),
            "failed": self.failed,
            "failures": [failure.json() for failure in self.failures],
        }


@dataclass(frozen=True)
class Specification:
    """One specification: to how many instances it applies, and what came of it; ``message`` says more than they do."""

    name: str
    description: str
    status: Status
    applicable: int
    requirements: tuple[Requirement, ...]
    message: Title | None = None

    @property
    def fails(self) -> bool:
        """Tell whether the model does not meet it."""
        return self.status in FAILED

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "applicable": self.applicable,
            "message": None if self.message is None else self.message.json(),
            "requirements": [requirement.json() for requirement in self.requirements],
        }


@dataclass(frozen=True)
class IdsReport:
    """A delivery specification, and what came of each of its specifications."""

    title: str
    schema: str
    specifications: tuple[Specification, ...]

    @property
    def passed(self) -> bool:
        """Tell whether no specification fails."""
        return all(one.status not in FAILED for one in self.specifications)

    def json(self) -> Json:
        """Return it as JSON."""
        return {
            "title": self.title,
            "schema": self.schema,
            "passed": self.passed,
            "specifications": [one.json() for one in self.specifications],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "IdsReport":
        """Return the report that ``json`` wrote."""
        return cls(document["title"], document["schema"], tuple(map(_specification, document["specifications"])))


def _specification(document: Mapping[str, Any]) -> Specification:
    return Specification(
        document["name"],
        document["description"],
        document["status"],
        document["applicable"],
        tuple(map(_requirement, document["requirements"])),
        None if document["message"] is None else _title(document["message"]),
    )


def _requirement(document: Mapping[str, Any]) -> Requirement:
    return Requirement(
        _title(document["text"]),
        document["failed"],
        tuple(
            Failure(one["element"], one["class"], one["name"], one["number"], _title(one["reason"]))
            for one in document["failures"]
        ),
    )


def _title(document: Mapping[str, str]) -> Title:
    return Title(document["zh"], document["en"])
