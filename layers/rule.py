"""A rule that the rows of a layer should satisfy."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from layers.errors import ParameterError
from layers.title import Title

Kind = Literal[
    "required",
    "domain",
    "range",
    "pattern",
    "unique",
    "geometry_valid",
    "size",
    "inside",
    "no_overlap",
    "connected",
    "referenced",
]
# Refuse: the row is quarantined. Warn: it is counted in reports alone.
Severity = Literal["refuse", "warn"]
KINDS: tuple[str, ...] = get_args(Kind)
SEVERITIES: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True)
class Rule:
    """One rule of one layer; ``parameters`` are what its kind takes (see docs/quality.md)."""

    id: str
    layer: str
    kind: Kind
    title: Title
    column: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "warn"
    enabled: bool = True

    def of(self, layer: str) -> "Rule":
        """Return the same rule for a layer; its id then begins with the layer's."""
        return replace(self, layer=layer, id=self.id if self.id.startswith(f"{layer}.") else f"{layer}.{self.id}")

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "id": self.id,
            "layer": self.layer,
            "kind": self.kind,
            "column": self.column,
            "parameters": dict(self.parameters),
            "severity": self.severity,
            "enabled": self.enabled,
            "title": self.title.json(),
        }


def rule(
    kind: Kind, zh: str, en: str, column: str | None = None, *, severity: Severity = "warn", **parameters: Any
) -> Rule:
    """Return a rule as a catalogue file declares it; its layer is filled in later."""
    name = f"{column}.{kind}" if column else kind
    return Rule(name, "", kind, Title(zh, en), column, parameters, severity)


def read_rule(document: Mapping[str, Any]) -> Rule:
    """Read a rule from JSON; raises ParameterError naming the member that cannot be used."""
    unknown = document.keys() - {"id", "layer", "kind", "column", "parameters", "severity", "enabled", "title"}
    if unknown:
        raise ParameterError(min(unknown), "a rule has no such member")
    title, parameters, column = document.get("title") or {}, document.get("parameters") or {}, document.get("column")
    if not isinstance(parameters, Mapping):
        raise ParameterError("parameters", "these must be an object of names and values")
    if column is not None and not isinstance(column, str):
        raise ParameterError("column", f"{column!r} is not a column's name")
    if not isinstance(document.get("enabled", True), bool):
        raise ParameterError("enabled", "this must be true or false")
    layer, kind = _word(document, "layer"), _one_of(document, "kind", KINDS)
    titles = title if isinstance(title, Mapping) else {}
    default_title = f"{column or layer} {kind}"
    return Rule(
        id=_word(document, "id") if "id" in document else f"{layer}.{column + '.' if column else ''}{kind}",
        layer=layer,
        kind=kind,  # type: ignore[arg-type]
        title=Title(
            str(titles.get("zh") or titles.get("en") or default_title)[:200],
            str(titles.get("en") or default_title)[:200],
        ),
        column=column,
        parameters=dict(parameters),
        severity=_one_of(document, "severity", SEVERITIES, "warn"),  # type: ignore[arg-type]
        enabled=document.get("enabled", True),
    )


def _word(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ParameterError(name, "a rule needs it: a text of 1 to 200 characters")
    return value


def _one_of(document: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    value = document.get(name, default)
    if value not in choices:
        raise ParameterError(name, f"{value!r} is none of {', '.join(choices)}")
    return str(value)
