"""What somebody states of a design scheme over HTTP: JSON, read into a scheme or an amendment of one."""

from collections.abc import Callable
from typing import Any

from bim.schemes import Amendment, Limits, Scheme, Thing, limits_from, parse_things, site_of, some_things
from layers.errors import ParameterError
from layers.grades import Grade, grade_named
from layers.temporal import parse_instant
from layers.title import Title

Json = dict[str, Any]
SAID = "title (a text, or zh and en), site (GeoJSON) or plot (a code), replaces, limits, grade"
_FIELDS = frozenset({"title", "site", "plot", "replaces", "limits", "grade"})
_OF_A_NEW_ONE, _OF_AN_OLD_ONE = frozenset({"id", "date"}), frozenset({"take", "leave"})
# Gives the ground of the plot of a code.
Plots = Callable[[str], Any]


def scheme_from(document: Json, plots: Plots, made_by: str) -> Scheme:
    """Return the scheme that a document states; raises ParameterError, naming the member, for what cannot be used."""
    _require_known(document, _FIELDS | _OF_A_NEW_ONE)
    fields = _fields(document, plots, None)
    if "site" not in fields:
        raise ParameterError("site", "a scheme has a site: GeoJSON, or plot, the code of a plot of the plan")
    name = _text(document, "id")
    date = parse_instant(_text(document, "date"), "date") if document.get("date") is not None else None
    return Scheme(**{"title": Title(name, name), **fields, "id": name, "made_by": made_by, "date": date})


def amendment_from(document: Json, plots: Plots, title: Title) -> Amendment:
    """Return what a document states to be otherwise; ``title`` is the present one, of which it may state a half."""
    _require_known(document, _FIELDS | _OF_AN_OLD_ONE)
    if not document:
        raise ParameterError("body", f"it states nothing; it may have {SAID}, take, leave")
    take, leave = (_things(document.get(name, []), name) for name in ("take", "leave"))
    return Amendment(_fields(document, plots, title), take, leave)


def _fields(document: Json, plots: Plots, title: Title | None) -> Json:
    """Return the fields of a scheme that a document has; ``null`` of replaces and limits is what they are unstated."""
    if "site" in document and "plot" in document:
        raise ParameterError("plot", "either a site is stated or a plot")
    fields: Json = {}
    if "title" in document:
        fields["title"] = _title(document["title"], title)
    if "site" in document:
        fields["site"] = site_of(document["site"])
    if "plot" in document:
        fields["site"] = plots(_text(document, "plot"))
    if "replaces" in document:
        fields["replaces"] = None if document["replaces"] is None else _things(document["replaces"], "replaces")
    if "limits" in document:
        fields["limits"] = _limits(document["limits"])
    if "grade" in document:
        fields["grade"] = _grade(document)
    return fields


def _grade(document: Json) -> Grade:
    return grade_named(_text(document, "grade"))


def _limits(value: object) -> Limits | None:
    return None if value is None else limits_from(value, "limits")


def _title(value: object, before: Title | None) -> Title:
    if isinstance(value, str):
        value = {"zh": value, "en": value}
    if not isinstance(value, dict) or not value or value.keys() - {"zh", "en"}:
        raise ParameterError("title", 'it is a text, or {"zh": …, "en": …}')
    for one in value.values():
        if not isinstance(one, str) or not one.strip() or "\0" in one:
            raise ParameterError("title", "a name is a text that is not empty")
    usual = before or Title(*(next(iter(value.values())),) * 2)
    return Title(value.get("zh", usual.zh).strip(), value.get("en", usual.en).strip())


def _things(value: object, name: str) -> tuple[Thing, ...]:
    """Read things such as buildings/12: a list of texts, or one text with commas between them."""
    if isinstance(value, str):
        return parse_things(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ParameterError(name, 'it is a list of texts such as ["buildings/12"]')
    return some_things(Thing.parse(one) for one in value)


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(name, "a text has to be here")
    return value.strip()


def _require_known(document: Json, known: frozenset[str]) -> None:
    strange = sorted(document.keys() - known)
    if strange:
        raise ParameterError(strange[0][:60], f"unknown member; use {', '.join(sorted(known))}")
