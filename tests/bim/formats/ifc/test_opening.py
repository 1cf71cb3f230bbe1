"""Files that cannot be read, and what is said of them."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from authored_ifc import Author, Plan, authored, guid

from bim.formats import open_model
from bim.formats.ifc.opening import open_file
from bim.reading import ReadOptions
from layers.errors import SourceError


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return authored(tmp_path_factory.mktemp("whole") / "house.ifc").read_text()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str | bytes], str]:
    """Return a function that writes a file and returns why it is refused."""

    def refuse(content: str | bytes) -> str:
        path = tmp_path / "broken.ifc"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(SourceError) as error:
            open_model(path)
        assert error.value.path == str(path)
        return str(error.value)

    return refuse


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_file_that_was_cut_short_is_refused(text: str, share: float, refused: Callable[[str], str]) -> None:
    assert "cut short" in refused(text[: int(len(text) * share)])


def test_a_file_without_its_last_line_is_refused(text: str, refused: Callable[[str], str]) -> None:
    assert "cut short" in refused(text[: text.index("END-ISO")])


@pytest.mark.parametrize("content", ["", "hello\n" * 100, '{"type": "CityJSON"}', bytes(range(256)) * 8])
def test_what_is_no_ifc_file_is_refused(content: str | bytes, refused: Callable[[str | bytes], str]) -> None:
    assert "no IFC file" in refused(content)


def test_a_header_without_an_end_is_refused(refused: Callable[[str], str]) -> None:
    assert "no IFC file that can be read" in refused("ISO-10303-21;\nHEADER;\nEND-ISO-10303-21;\n")


def test_an_unknown_schema_is_named_with_those_that_are_read(text: str, refused: Callable[[str], str]) -> None:
    message = refused(text.replace("FILE_SCHEMA(('IFC4'))", "FILE_SCHEMA(('IFC9'))"))
    assert "IFC9" in message
    assert "IFC2X3, IFC4 and IFC4X3_ADD2" in message


def test_a_class_that_the_schema_does_not_have_is_named_with_its_line(text: str, refused: Callable[[str], str]) -> None:
    broken = text.replace("IFCSLAB(", "IFCSLAAB(", 1)
    line = next(number for number, row in enumerate(broken.splitlines(), 1) if "IFCSLAAB" in row)
    message = refused(broken)
    assert f"line {line}: IFCSLAAB is no class of IFC4" in message


def test_a_number_that_is_given_twice_is_named_with_both_lines(text: str, refused: Callable[[str], str]) -> None:
    row = next(row for row in text.splitlines() if "IFCSLAB(" in row)
    broken = text.replace("ENDSEC;\nEND-ISO", f"{row}\nENDSEC;\nEND-ISO")
    lines = [number for number, line in enumerate(broken.splitlines(), 1) if line == row]
    assert f"lines {lines[0]} and {lines[1]}" in refused(broken)


def test_garbage_between_is_refused(text: str, refused: Callable[[str], str]) -> None:
    assert "@@@" in refused(text.replace("IFCSLAB('", "IFCSLAB(@@@(('", 1))


def test_two_elements_of_one_global_id_are_both_named(text: str, refused: Callable[[str], str]) -> None:
    message = refused(text.replace(guid("slab 1"), guid("slab 0")))
    numbers = re.findall(r"^#(\d+)=IFCSLAB", text, re.MULTILINE)
    lines = [number for number, row in enumerate(text.splitlines(), 1) if "IFCSLAB(" in row]
    assert guid("slab 0") in message
    assert all(f"line {line}, #{number}" in message for line, number in zip(lines, numbers, strict=True))


def test_an_element_without_a_global_id_is_named(text: str, refused: Callable[[str], str]) -> None:
    message = refused(text.replace(f"IFCSLAB('{guid('slab 1')}'", "IFCSLAB($"))
    assert re.search(r"line \d+, #\d+: this IfcSlab has no GlobalId", message)


def test_a_project_without_units_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"#\d+ IfcProject: the project assigns no unit of length"):
        open_model(authored(tmp_path / "a.ifc", Plan(unit=None)))


def test_two_units_of_length_are_refused(tmp_path: Path) -> None:
    author = Author()
    author.project.UnitsInContext.Units = [author.unit("m"), author.unit("ft")]
    with pytest.raises(SourceError, match="several units of length"):
        open_model(author.write(tmp_path / "a.ifc"))


@pytest.mark.parametrize("metres", [0.0, -1.0])
def test_a_unit_of_length_of_no_size_is_refused(tmp_path: Path, metres: float) -> None:
    author = Author(Plan(unit="ft"))
    author.project.UnitsInContext.Units[0].ConversionFactor.ValueComponent.wrappedValue = metres
    with pytest.raises(SourceError, match="unit of length has no size"):
        open_model(author.write(tmp_path / "a.ifc"))


def test_a_file_without_a_project_and_one_with_two_are_refused(tmp_path: Path) -> None:
    author = Author()
    second = author.root("IfcProject", "another")
    with pytest.raises(SourceError, match=f"there are 2 .*#{second.id()}"):
        open_model(author.write(tmp_path / "two.ifc"))
    for project in author.file.by_type("IfcProject"):
        author.file.remove(project)
    with pytest.raises(SourceError, match="there is none"):
        open_model(author.write(tmp_path / "none.ifc"))


def test_a_project_without_anything_is_refused(tmp_path: Path) -> None:
    author = Author()
    for product in author.file.by_type("IfcProduct"):
        author.file.remove(product)
    with pytest.raises(SourceError, match="no site, no building and no element"):
        open_model(author.write(tmp_path / "a.ifc"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = authored(tmp_path / "a.ifc")
    with pytest.raises(SourceError, match="at most 1,000 are read"):
        open_file(path, most_bytes=1_000)


def test_a_reference_to_nothing_is_among_the_notes_or_an_end_to_a_strict_reading(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_text(
        re.sub(r"(#\d+=IFCRELAGGREGATES\('[^']+',#\d+,'[^']*',\$,#\d+,\(#\d+)", r"\1,#999999", text, count=1)
    )
    assert any("#999999" in note for note in open_model(path).header["notes"])
    with pytest.raises(SourceError, match="#999999"):
        open_model(path, ReadOptions(strict=True))


def test_a_folder_of_that_name_is_no_ifc_file(tmp_path: Path) -> None:
    (tmp_path / "a.ifc").mkdir()
    with pytest.raises(SourceError, match="unknown format"):
        open_model(tmp_path / "a.ifc")


def _mutants(text: str, seed: int) -> Iterator[str]:
    """Yield copies of a file with one to three lines of its data changed at random."""
    random = Random(seed)  # noqa: S311 - the same ones each time
    rows = text.split("\n")
    data = range(rows.index("DATA;") + 1, len(rows) - 3)
    while True:
        changed = list(rows)
        for line in random.choices(data, k=random.randint(1, 3)):
            changed[line] = _changed(changed[line], rows[random.choice(data)], random)
        yield "\n".join(changed)


def _changed(row: str, other: str, random: Random) -> str:
    """Return a line of a file with something else in it."""
    fields = row.split(",")
    field = random.randrange(len(fields))
    number = random.randrange(1, 200)
    return random.choice(
        [
            "",
            other,
            ",".join(fields[:field] + fields[field + 1 :]),
            ",".join([*fields[:field], "$", *fields[field + 1 :]]),
            re.sub(r"(?<=.)#\d+", f"#{number}", row, count=1),
            re.sub(r"\d+\.", "1e400", row, count=1),
        ]
    )


def test_a_file_with_anything_changed_is_read_or_refused_with_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    refused = 0
    for mutant in islice(_mutants(text, 2026), 250):
        path.write_text(mutant)
        try:
            open_model(path)
        except SourceError:
            refused += 1
    assert 0 < refused < 250
