"""What the docs promise is there, and what is there is in the docs."""

import re
from pathlib import Path

import pytest
import typer.main
from described import openapi

from api.cli import build
from api.layers import all_layers
from layers.base import Layer
from layers.intake.source import Source
from layers.intake.sources import sources
from layers.settings import Settings

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
LAYERS = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md"))
VERBS = sorted(typer.main.get_group(build()).commands)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_guide(verb: str) -> None:
    assert f"twin {verb}" in GUIDE


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_example_and_says_what_it_does(name: str) -> None:
    assert f"TWIN_{name.upper()}" in (ROOT / ".env.example").read_text(encoding="utf-8")
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("layer", list(all_layers()), ids=lambda layer: layer.id)
def test_every_layer_and_column_is_in_the_list_of_layers(layer: Layer) -> None:
    row = next(line for line in LAYERS.splitlines() if line.startswith(f"| `{layer.id}` |"))
    assert layer.title.zh in row
    for column in layer.columns:
        assert f"`{column.name}`" in row


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_route_says_what_it_is() -> None:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation.get("description"), f"{method} {path}"


def test_decisions_are_numbered_dated_and_short() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", lines[1]), path.name
        assert len(lines) <= 40, path.name


def test_every_suffix_that_can_be_loaded_is_in_the_guide() -> None:
    for source in sources():
        for suffix in source.suffixes:
            assert suffix in GUIDE, suffix


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.id)
def test_every_format_is_in_the_list_of_formats_with_what_it_loses(source: Source) -> None:
    row = next(line for line in FORMATS.splitlines() if line.startswith(f"| `{source.id}` |"))
    losses = "; ".join(f"{loss.says.zh} ({loss.says.en})" for loss in source.losses) or "—"
    suffixes = ", ".join(f"`{suffix}`" for suffix in source.suffixes)
    assert row == f"| `{source.id}` | {source.title.zh} {source.title.en} | {suffixes} | {losses} |"
