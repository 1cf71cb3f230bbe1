"""``twin geocode``."""

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from bundled import rows
from city import City

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(sample_city: City, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run the verb on the bundled sample: exit status, output, complaints."""
    return partial(at_database(sample_city.database), "geocode")


def test_an_address(twin: Twin) -> None:
    status, printed, _ = twin("上海浦东世纪大道一百号", "--json")
    assert status == 0
    found = json.loads(printed)
    assert found["normal"] == "上海市浦东新区世纪大道100号"
    assert found["answers"][0]["object"]["name"] == "上海环球金融中心"
    assert "上海环球金融中心" in twin("世纪大道100号")[1]
    assert "nothing on the map fits" in twin("北京市朝阳区建国路1号")[1]


def test_a_place(twin: Twin) -> None:
    assert json.loads(twin("--at", "121.5013,31.2356", "--json")[1])["address"]["name"] == "上海中心大厦"
    assert "310115005 陆家嘴街道" in twin("--at", "121.5013,31.2356")[1]


def test_a_table_of_ten_thousand(twin: Twin, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses = [row["properties"]["address"] for row in rows("buildings")]
    table, results = tmp_path / "企业.csv", tmp_path / "坐标.csv"
    with table.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "地址"])
        writer.writerows([number, f"上海市{addresses[number % len(addresses)]}3楼"] for number in range(10_000))
    status, _, said = twin("--file", str(table), "--column", "地址", "--out", str(results))
    assert status == 0
    with results.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["编号"] for row in found] == [str(number) for number in range(10_000)]
    assert {row["how"] for row in found} == {"exact"}
    with capsys.disabled():
        print(f"\ngeocoding: {said.strip()}")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "give one of"),
        (["世纪大道", "--at", "1,2"], 2, "give one of"),
        (["--at", "31.2"], 2, "is not longitude,latitude"),
        (["--at", "200,31"], 2, "is not on the earth"),
        (["--file", "nowhere.csv"], 1, "nowhere.csv: it cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said(twin: Twin, words: list[str], status: int, said: str) -> None:
    ended, _, complaint = twin(*words)
    assert ended == status
    assert said in complaint
