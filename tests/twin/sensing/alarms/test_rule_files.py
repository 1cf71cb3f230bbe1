"""Rules as files: those of the sample, and what is none."""

from pathlib import Path

import pytest

from layers.errors import SourceError
from twin.sensing.alarms import SAMPLE_RULES, read_rule, rules_in


def test_the_rules_of_the_sample_are_rules_in_both_languages() -> None:
    found = rules_in(SAMPLE_RULES)
    assert {rule.kind for rule in found} == {"threshold", "rate", "silence", "stuck"}
    assert all(rule.title.zh != rule.title.en and rule.watch.category for rule in found)


def test_a_rule_comes_back_from_its_document() -> None:
    for rule in rules_in(SAMPLE_RULES):
        document = {name: value for name, value in rule.json().items() if name != "id"}
        assert read_rule(document) == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rules]]\nkind = 'noise'", "rule 1: kind: 'noise' is none of threshold"),
        ("[[rules", "this is not TOML"),
        ("a = 1", "nothing but tables"),
        ("rules = [1]", "rule 1: it is no table"),
    ],
)
def test_what_is_none_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(SourceError, match=told):
        rules_in(path)
    with pytest.raises(SourceError, match="cannot be read"):
        rules_in(tmp_path / "none.toml")
