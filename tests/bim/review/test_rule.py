"""Rules of sunlight as data: what is on the shelf, what an operator adds, and what is said of a file that is wrong."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.review import SunlightRule, read_rules, rule_named, true_solar
from bim.review.rule import SHELF, parse_rule
from bim.review.sun import clock_seconds
from layers.errors import NotFound, ParameterError, SourceError

PATH = Path("rule.toml")
GREAT_COLD = (SHELF / "cn-great-cold-2h.toml").read_text(encoding="utf-8")


def toml_of(document: dict[str, Any]) -> str:
    tables = {name: value for name, value in document.items() if isinstance(value, dict)}
    lines = [f"{name} = {_value(value)}" for name, value in document.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)


def changed(**keys: Any) -> str:
    document = parse_rule(PATH, GREAT_COLD).json()
    for key, value in keys.items():
        document[key.rstrip("_")] = value
    return toml_of({key: value for key, value in document.items() if value is not None})


def test_the_shelf_has_the_rules_of_the_country_and_of_shanghai() -> None:
    rules = read_rules()
    told = {name: (rule.day, rule.required_h, rule.count) for name, rule in rules.items()}
    assert told["cn-great-cold-2h"] == ("great_cold", 2.0, "sum")
    assert told["cn-old-town-great-cold-1h"] == ("great_cold", 1.0, "sum")
    assert told["shanghai-winter-solstice-1h"] == ("winter_solstice", 1.0, "longest")
    assert told["cn-aged-care-winter-solstice-2h"] == ("winter_solstice", 2.0, "sum")
    assert {path.stem for path in SHELF.glob("*.toml")} == set(rules)


def test_the_day_is_looked_at_from_eight_to_four_by_the_sun_both_ends_included() -> None:
    rule = read_rules()["cn-great-cold-2h"]
    instants = rule.instants(2027, 121.5)
    assert len(instants) == 481
    shown = true_solar(instants, 121.5)
    assert shown[[0, -1]] == pytest.approx([clock_seconds(date(2027, 1, 20), hour) for hour in (8, 16)], abs=1e-3)
    assert np.diff(shown) == pytest.approx(60.0, abs=1e-3)


def test_a_rule_may_go_by_beijing_time_and_by_a_date() -> None:
    rule = replace(read_rules()["cn-great-cold-2h"], clock="beijing", day="03-05", step_min=60.0)
    assert rule.instants(2026, 121.5)[0] == clock_seconds(date(2026, 3, 5), 0.0)


def test_a_year_out_of_reach_is_refused() -> None:
    with pytest.raises(ParameterError, match="year: 3000"):
        read_rules()["cn-great-cold-2h"].day_in(3000)


def test_an_operator_changes_a_rule_and_adds_one_by_files(tmp_path: Path) -> None:
    (tmp_path / "stricter.toml").write_text(changed(required_h=3.0), encoding="utf-8")
    (tmp_path / "ours.toml").write_text(changed(id="ours", day="12-22"), encoding="utf-8")
    rules = read_rules(tmp_path)
    assert rules["cn-great-cold-2h"].required_h == 3.0
    assert rules["ours"].day == "12-22"
    assert set(rules) == {*read_rules(), "ours"}


def test_two_files_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(changed(id="ours"), encoding="utf-8")
    with pytest.raises(SourceError, match="two files have the id ours"):
        read_rules(tmp_path)


def test_a_folder_that_is_not_there_is_said() -> None:
    with pytest.raises(SourceError, match="TWIN_REVIEW_RULES"):
        read_rules(Path("/nowhere"))


def test_an_unknown_rule_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="'other'; there are cn-aged-care-winter-solstice-2h, cn-great-cold-2h"):
        rule_named(read_rules(), "other")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "Big Letters"), ("status", "true"), ("day", "02-30"), ("day", "solstice"), ("day", 5), ("clock", "utc"),
        ("from", "8:00"), ("to", "25:00"), ("to", "24:30"), ("to", "07:00"), ("required_h", 9.0), ("required_h", "two"),
        ("required_h", True), ("count", "mean"), ("longest_segments", 0), ("longest_segments", 1.5), ("sill_m", -1.0),
        ("step_min", 7.0), ("least_sweep_deg", 90.0), ("window_m", -1.0),
        ("assumed", ["nothing"]), ("title", {"zh": "大寒"}),
        ("title", "大寒"), ("nonsense", 1), ("grid_m", None), ("grid_m", float("nan")), ("grid_m", float("inf")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_key(key: str, value: Any) -> None:
    with pytest.raises(SourceError) as caught:
        parse_rule(PATH, changed(**{key: value}))
    assert str(caught.value).startswith(f"rule.toml, {key}")


def test_a_file_that_is_no_toml_is_said() -> None:
    with pytest.raises(SourceError, match=r"rule\.toml: it is not TOML"):
        parse_rule(PATH, "day: great_cold")


RULES = st.builds(
    replace,
    st.just(parse_rule(PATH, GREAT_COLD)),
    day=st.sampled_from(["great_cold", "winter_solstice", "02-28"]),
    clock=st.sampled_from(["true_solar", "beijing"]),
    longest_segments=st.none() | st.integers(1, 100),
    least_segment_min=st.floats(0, 600),
    sill_m=st.floats(0, 10),
    grid_m=st.floats(0.1, 50),
    required_h=st.floats(0, 8),
)


@given(RULES)
def test_a_rule_is_read_as_it_is_written(rule: SunlightRule) -> None:
    assert parse_rule(PATH, toml_of(rule.json())) == rule


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text("a0:-é日 ", max_size=8) | st.just([])


@given(st.sampled_from(sorted(parse_rule(PATH, GREAT_COLD).json())), VALUES)
def test_any_value_is_read_or_refused_with_its_key(key: str, value: Any) -> None:
    try:
        parse_rule(PATH, changed(**{key: value}))
    except SourceError as error:
        assert str(error).startswith("rule.toml, ")  # noqa: PT017
