"""Titles of the kinds of objects and damages, and the words by which people may report them."""

from layers.catalog import gathering_places, risk_sources
from layers.title import Title

_FACADE = Title("建筑幕墙", "façade")


def _codes() -> dict[str, Title]:
    layers = (risk_sources.LAYER, gathering_places.LAYER)
    return {code: title for layer in layers for column in layer.columns for code, title in column.codes}


KIND_TITLES: dict[str, Title] = {
    "facade": _FACADE,
    "street": Title("街道", "street"),
    **{code: title for code, title in _codes().items() if code not in ("in_use", "idle", "dismantled")},
}
"""Titles by the kind of an impact."""

_WORDS = {
    "curtain_wall": "facade",
    "glass": "facade",
    "玻璃幕墙": "facade",
    "幕墙": "facade",
    "crane": "tower_crane",
    "advertisement": "sign",
    "广告牌": "sign",
    "树木": "tree",
}


def kind_title(kind: str) -> Title:
    """Return the title of a kind; an unknown kind is titled by its code."""
    return KIND_TITLES.get(kind, Title(kind, kind))


def kind_of(label: str) -> str | None:
    """Return the kind that a code, a title or a common word means, or None."""
    word = label.strip().lower()
    if word in KIND_TITLES:
        return word
    titled = {name.lower(): kind for kind, title in KIND_TITLES.items() for name in (title.zh, title.en)}
    return _WORDS.get(word) or titled.get(word)
