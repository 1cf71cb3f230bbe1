"""What tests begin with is made anew whenever anything that decides it has changed, and only then."""

from collections.abc import Callable
from pathlib import Path

import prepared
import pytest
from prepared import digest_of, kept_result


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one file, while results are kept in a folder of the test's own."""
    monkeypatch.setattr(prepared, "KEPT", tmp_path / "kept")
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.sql").write_text("SELECT 1")
    return folder


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.sql").write_text("SELECT 2"),
        lambda folder: (folder / "b.sql").write_text(""),
        lambda folder: (folder / "a.sql").rename(folder / "b.sql"),
        lambda folder: (folder / "a.sql").unlink(),
    ],
    ids=["edited", "added", "renamed", "removed"],
)
def test_a_changed_file_is_another_state(source: Path, change: Callable[[Path], object]) -> None:
    before = digest_of([source])
    change(source)
    assert digest_of([source]) != before


def test_what_python_compiles_is_no_change(source: Path) -> None:
    before = digest_of([source])
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"\0")
    assert digest_of([source]) == before


def test_a_result_is_made_once_for_a_state_and_only_the_newest_is_kept(source: Path, tmp_path: Path) -> None:
    calls = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    assert [kept_result("sum", [source], make) for _ in range(3)] == [1, 1, 1]
    (source / "a.sql").write_text("SELECT 2")
    assert [kept_result("sum", [source], make) for _ in range(2)] == [2, 2]
    assert len(list((tmp_path / "kept").glob("*.pickle"))) == 1


def test_a_result_that_could_not_be_made_is_not_kept(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        kept_result("sum", [source], lambda: 1 // 0)
    assert not list((tmp_path / "kept").glob("sum-*"))
