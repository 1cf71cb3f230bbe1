"""The rules in force: those declared in code, changed or added by administrators."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError

from layers.base import Layer
from layers.catalog import declared_rules
from layers.errors import NotFound, ParameterError
from layers.intake.quality.columns import COLUMN_KINDS
from layers.intake.quality.kind import RuleKind
from layers.intake.quality.rows import DIVISIONS
from layers.intake.quality.shapes import SHAPE_KINDS
from layers.registry import Registry
from layers.rule import Kind, Rule
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import SCHEMA
from layers.store.models import rule as table
from layers.title import Title

RULE_KINDS: dict[Kind, RuleKind] = {kind.id: kind for kind in (*COLUMN_KINDS, *SHAPE_KINDS)}  # type: ignore[misc]

_HAS_DIVISION = f"""
SELECT EXISTS (
    SELECT FROM {SCHEMA}.{DIVISIONS}
    WHERE upper_inf(valid) AND (hidden_by IS NULL OR hidden_from > now()) AND division_code = :code
)
"""  # noqa: S608 - both names are constants


@dataclass(frozen=True)
class RuleBook:
    """The rules of some layers; ``version`` is a short hash of them."""

    rules: tuple[Rule, ...]

    @property
    def version(self) -> str:
        """Return the hash."""
        text = json.dumps([rule.json() for rule in self.rules], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def of(self, layer_id: str) -> tuple[Rule, ...]:
        """Return the rules in force of one layer."""
        return tuple(rule for rule in self.rules if rule.layer == layer_id and rule.enabled)


def default_rules(layer: Layer) -> list[Rule]:
    """Return the rules that code declares of a layer: those of every layer, and those of its own file.

    By default coded values have to be in their domain, and geometries valid.
    """
    common = [Rule("geometry_valid", "", "geometry_valid", Title("几何有效", "geometry valid"))]
    for column in layer.columns:
        if column.codes:
            values = [code for code, _ in column.codes]
            title = Title(f"{column.title.zh}在值域内", f"{column.title.en} in its domain")
            common.append(Rule(f"{column.name}.domain", "", "domain", title, column.name, {"values": values}))
    own = declared_rules().get(layer.id, ())
    declared = {rule.id: rule for rule in (*common, *own)}
    return [rule.of(layer.id) for rule in declared.values()]


def rule_book(connection: Connection, layers: Iterable[Layer]) -> RuleBook:
    """Read the rules of dataset layers, disabled ones included."""
    by_id = {layer.id: layer for layer in layers if isinstance(layer, DatasetLayer)}
    rows = connection.execute(select(table).where(table.c.layer.in_(list(by_id))).order_by(table.c.id))
    return RuleBook(_merged(by_id, [_from_row(row) for row in rows.mappings()]))


def _merged(layers: dict[str, DatasetLayer], changed: list[Rule]) -> tuple[Rule, ...]:
    rules = {rule.id: rule for layer in layers.values() for rule in default_rules(layer)}
    rules |= {rule.id: rule for rule in changed if _fits(rule, layers[rule.layer])}
    return tuple(rules.values())


def _fits(rule: Rule, layer: Layer) -> bool:
    """Tell whether a stored rule still fits its layer, whose columns may have changed since."""
    try:
        RULE_KINDS[rule.kind].require(rule, layer)
    except (KeyError, ParameterError):
        return False
    return True


def set_rule(connection: Connection, registry: Registry, rule: Rule, principal: str) -> Rule:
    """Add a rule, or change the one of its id; raises ParameterError when it does not fit its layer."""
    layer = registry.get(rule.layer)
    if not isinstance(layer, DatasetLayer):
        raise ParameterError("layer", f"layer {layer.id} has no data of its own, so it has no rules")
    rule = rule.of(layer.id)
    RULE_KINDS[rule.kind].require(rule, layer)
    _require_expression(connection, rule)
    _require_division(connection, rule)
    values = {
        "id": rule.id,
        "layer": rule.layer,
        "kind": rule.kind,
        "column": rule.column,
        "parameters": dict(rule.parameters),
        "severity": rule.severity,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "enabled": rule.enabled,
        "principal": principal,
    }
    statement = insert(table).values(values)
    changed = {name: statement.excluded[name] for name in values} | {"changed": func.clock_timestamp()}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
    return rule


def _require_expression(connection: Connection, rule: Rule) -> None:
    """Raise ParameterError for a regular expression that PostgreSQL does not know."""
    expression = rule.parameters.get("regex")
    if expression is None:
        return
    try:
        with connection.begin_nested():
            connection.execute(select(literal("").op("~")(expression)))
    except DataError as error:
        raise ParameterError("parameters.regex", f"{expression!r} is not a regular expression of PostgreSQL") from error


def _require_division(connection: Connection, rule: Rule) -> None:
    """Raise ParameterError for a division that the layer boundaries does not have now."""
    code = rule.parameters.get("division")
    if code is None:
        return
    if "layer" in rule.parameters:
        raise ParameterError("parameters.layer", f"a rule names either a layer or a division of the layer {DIVISIONS}")
    if not connection.execute(text(_HAS_DIVISION), {"code": code}).scalar_one():
        raise ParameterError("parameters.division", f"layer {DIVISIONS} has no division {code!r}; load its area first")


def find_rule(connection: Connection, registry: Registry, rule_id: str) -> Rule:
    """Return the rule of that id, or raise NotFound."""
    layer_id = rule_id.split(".", 1)[0]
    layers = [registry.get(layer_id)] if layer_id in registry else []
    match = next((rule for rule in rule_book(connection, layers).rules if rule.id == rule_id), None)
    if match is None:
        raise NotFound(f"there is no rule {rule_id!r}; GET /rules and 'twin rules list' list them")
    return match


def switch(connection: Connection, registry: Registry, rule_id: str, principal: str, *, on: bool) -> Rule:
    """Switch a rule on or off."""
    return set_rule(connection, registry, replace(find_rule(connection, registry, rule_id), enabled=on), principal)


def forget(connection: Connection, rule_id: str) -> None:
    """Remove an added rule, or the changes to one that code declares."""
    if not connection.execute(delete(table).where(table.c.id == rule_id)).rowcount:
        raise NotFound(f"there is no added or changed rule {rule_id!r}; 'twin rules list' and GET /rules list all")


def _from_row(row: Any) -> Rule:
    return Rule(
        row["id"],
        row["layer"],
        row["kind"],
        Title(row["title_zh"], row["title_en"]),
        row["column"],
        row["parameters"],
        row["severity"],
        row["enabled"],
    )
