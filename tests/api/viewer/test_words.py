"""Every word of the page is there in Chinese and in English."""

import json
import re
from pathlib import Path

import pytest

from api.viewer.page import STATIC

TEMPLATES = sorted((STATIC.parent / "templates").glob("*.html"))
MODULES = sorted(STATIC.glob("*.js"))
WORD = re.compile(r"""\bt\(\s*'([^']+)'""")
MADE = re.compile(r"""\bt\(`([^`$]+)\$\{""")
LISTED = re.compile(r"""'(keys\.[a-z-]+)'""")
ATTRIBUTE = re.compile(r"""data-t(?:-label|-title|-placeholder)?="([^"]+)\"""")


def words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((STATIC / f"{language}.json").read_text(encoding="utf-8"))
    return found


def used() -> set[str]:
    keys = {key for page in TEMPLATES for key in ATTRIBUTE.findall(page.read_text(encoding="utf-8"))}
    for module in MODULES:
        text = module.read_text(encoding="utf-8")
        keys |= set(WORD.findall(text)) | set(LISTED.findall(text))
        keys |= set(re.findall(r"""t\([^()]*\? '([a-z0-9.-]+)' : '""", text))
        keys |= set(re.findall(r"""t\([^()]*\? '[a-z0-9.-]+' : '([a-z0-9.-]+)'""", text))
    return keys


def made() -> set[str]:
    return {prefix for module in MODULES for prefix in MADE.findall(module.read_text(encoding="utf-8"))}


def test_both_languages_have_the_same_words() -> None:
    assert list(words("zh")) == list(words("en"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_that_is_used_is_there(language: str) -> None:
    assert used() - set(words(language)) == set()


def test_no_word_is_there_for_nothing() -> None:
    unused = set(words("zh")) - used()
    assert {key for key in unused if not key.startswith(tuple(made()))} == set()


def test_both_languages_name_the_same_values() -> None:
    chinese, english = words("zh"), words("en")
    for key, text in chinese.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key


@pytest.mark.parametrize("module", MODULES, ids=lambda path: Path(path).name)
def test_modules_import_only_from_their_own_folder(module: Path) -> None:
    sources = re.findall(r"""from '([^']+)'""", module.read_text(encoding="utf-8"))
    assert all(source.startswith("./") and (STATIC / source).is_file() for source in sources)
