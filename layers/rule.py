"""A rule that the rows of a layer ought to keep."""

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
    """Return a rule as a catalogue file declares it, of which the layer is the file's own."""
    name = f"{column}.{kind}" if column else kind
    return Rule(name, "", kind, Title(zh, en), column, parameters, severity)


def read_rule(stated: Mapping[str, Any]) -> Rule:
    """Read a rule from JSON; raises ParameterError naming the member that cannot be used."""
    unknown = stated.keys() - {"id", "layer", "kind", "column", "parameters", "severity", "enabled", "title"}
    if unknown:
        raise ParameterError(min(unknown), "a rule has no such member")
    title, parameters, column = stated.get("title") or {}, stated.get("parameters") or {}, stated.get("column")
    if not isinstance(parameters, Mapping):
        raise ParameterError("parameters", "these are an object of names and values")
    if column is not None and not isinstance(column, str):
        raise ParameterError("column", f"{column!r} is no name of a column")
    if not isinstance(stated.get("enabled", True), bool):
        raise ParameterError("enabled", "this is true or false")
    layer, kind = _word(stated, "layer"), _one_of(stated, "kind", KINDS)
    named = title if isinstance(title, Mapping) else {}
    words = f"{column or layer} {kind}"
    return Rule(
        id=_word(stated, "id") if "id" in stated else f"{layer}.{column + '.' if column else ''}{kind}",
        layer=layer,
        kind=kind,  # type: ignore[arg-type]
        title=Title(str(named.get("zh") or named.get("en") or words)[:200], str(named.get("en") or words)[:200]),
        column=column,
        parameters=dict(parameters),
        severity=_one_of(stated, "severity", SEVERITIES, "warn"),  # type: ignore[arg-type]
        enabled=stated.get("enabled", True),
    )


def _word(stated: Mapping[str, Any], name: str) -> str:
    value = stated.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ParameterError(name, "a rule needs it, as a text of up to 200 characters")
    return value


def _one_of(stated: Mapping[str, Any], name: str, known: tuple[str, ...], default: str | None = None) -> str:
    value = stated.get(name, default)
    if value not in known:
        raise ParameterError(name, f"{value!r} is none of {', '.join(known)}")
    return str(value)
