"""Shapes made in processes of their own, which may die."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from authored_ifc import METRES, WALL, Author, Plan, authored, guid

from bim.formats import open_model
from bim.formats.ifc.reading import IfcReading
from bim.model import Body
from bim.reading import ReadOptions
from bim.solids import volume
from layers.errors import SourceError, Unavailable

UNRULY = Path(__file__).parents[3] / "support" / "unruly_worker.py"
OPENING = 1.0 * 0.3 * 2.1


def opened(path: Path, **options: Any) -> IfcReading:
    reading = open_model(path, ReadOptions(**options))
    assert isinstance(reading, IfcReading)
    return reading


def bodies(reading: IfcReading) -> dict[str, Body]:
    """Return the bodies by the name of their element; each comes once."""
    names = {element.id: element.name for element in reading.elements}
    found: dict[str, Body] = {}
    for key, body in reading.bodies(lambda done, total: None):
        assert names[key] not in found
        found[names[key]] = body
    return found


def unruly(author: Author, folder: Path, patience_s: float = 60.0, chunk: int = 0, **orders: Any) -> IfcReading:
    """Return a reading whose processes follow orders; elements stand in them by name."""
    path = author.write(folder / "house.ifc")
    numbers = {entity.Name: entity.id() for entity in author.file.by_type("IfcProduct")}
    told = {order: [numbers[name] for name in names] for order, names in orders.items() if isinstance(names, list)}
    Path(f"{path}.unruly.json").write_text(json.dumps({**orders, **told}))
    reading = opened(path)
    reading.work = replace(reading.work, worker=UNRULY, patience_s=patience_s)
    if chunk:
        everything = sum(reading.work.chunks, ())
        parts = tuple(everything[first : first + chunk] for first in range(0, len(everything), chunk))
        reading.work = replace(reading.work, chunks=parts)
    return reading


def children() -> set[int]:
    """Return the processes of this one that make shapes, and that which forks them; the tests have others."""
    parents, programs = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            programs[int(folder.name)] = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    makers = {number for number, program in programs.items() if b"formats/ifc/worker" in program}
    own = {number for number in makers if parents.get(number) == os.getpid()}
    return own | {number for number in makers if parents.get(number) in own}


def end_together(processes: set[int]) -> None:
    """Kill processes at once: none makes another in between, whose shape would be ended for the second time."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            os.kill(process, number)


def rules(reading: IfcReading) -> dict[str, str]:
    names = {element.id: element.name for element in reading.elements}
    return {names[defect.element]: defect.rule for defect in reading.defects}


def all_but(names: Iterable[str] = ()) -> set[str]:
    kinds = ("slab {}", "wall {}", "door {}", "space {}", "column {} 0", "column {} 1", "chair {}")
    return {kind.format(level) for kind in kinds for level in (0, 1)} - set(names)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
@pytest.mark.parametrize("unit", METRES)
def test_shapes_are_in_metres_in_their_place_and_openings_are_cut(schema: str, unit: str, tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc", Plan(schema, unit, site_at=(100, 200, 10))))
    found = bodies(reading)
    assert found.keys() == all_but()
    assert reading.defects == []
    x, y, z = WALL
    assert volume(found["wall 1"].mesh) == pytest.approx(x * y * z - OPENING)
    assert found["wall 1"].points.min(axis=0) == pytest.approx([100, 200, 13])
    assert found["wall 1"].points.max(axis=0) == pytest.approx([106, 200.3, 16])
    assert np.abs(found["wall 1"].mesh.vertices).max() == pytest.approx(6)


def test_products_of_one_shape_have_meshes_of_one_key(tmp_path: Path) -> None:
    for processes in (1, 2):
        found = bodies(opened(authored(tmp_path / "a.ifc"), processes=processes))
        keys = {found[f"column {level} {number}"].mesh.key for level in (0, 1) for number in (0, 1)}
        assert len(keys) == 1
        assert not np.allclose(found["column 0 0"].matrix, found["column 0 1"].matrix)
        assert found["wall 0"].mesh.key != found["slab 0"].mesh.key


def test_progress_goes_up_to_the_number_of_shapes(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    reading = opened(authored(tmp_path / "a.ifc"))
    for _ in reading.bodies(lambda done, total: told.append((done, total))):
        pass
    assert told == [(number, 14) for number in range(1, 15)]


def test_colours_are_those_of_the_file_and_of_the_class_otherwise(tmp_path: Path) -> None:
    author = Author()
    wall = author.storeys[0].wall
    colour = author.file.createIfcColourRgb(None, 1.0, 0.5, 0.0)
    shading = author.file.create_entity("IfcSurfaceStyleRendering", colour, 0.25, ReflectanceMethod="NOTDEFINED")
    style = author.file.createIfcSurfaceStyle(None, "BOTH", [shading])
    author.file.createIfcStyledItem(wall.Representation.Representations[0].Items[0], [style], None)
    author.made_of(author.storeys[0].slab, author.file.createIfcMaterial("concrete"))
    found = bodies(opened(author.write(tmp_path / "a.ifc")))
    orange = found["wall 0"].mesh
    # Half of sRGB is a fifth of the light.
    assert orange.colors[orange.color_of].max(axis=0) == pytest.approx([1.0, 0.2140411, 0.0, 0.75])
    assert found["wall 1"].mesh.colors.shape == (1, 4)
    assert found["wall 1"].mesh.colors[0, 3] == 1
    assert not np.allclose(found["wall 1"].mesh.colors, found["slab 1"].mesh.colors)
    assert np.array_equal(found["slab 0"].mesh.colors, found["slab 1"].mesh.colors)
    assert found["space 0"].mesh.colors[0, 3] < 0.5


@pytest.mark.parametrize("chunk", [1, 100])
@pytest.mark.parametrize("guilty", [["wall 0"], ["column 0 0", "chair 1"]])
def test_a_shape_that_ends_its_process_costs_itself_alone(guilty: list[str], chunk: int, tmp_path: Path) -> None:
    reading = unruly(Author(), tmp_path, crash=guilty, chunk=chunk)
    found = bodies(reading)
    assert found.keys() == all_but(guilty)
    assert rules(reading) == dict.fromkeys(guilty, "shape.crashed")
    assert "SIGSEGV" in reading.defects[0].message.en
    assert volume(found["wall 1"].mesh) == pytest.approx(np.prod(WALL) - OPENING)


def test_a_strict_reading_ends_at_the_shape_that_ends_its_process(tmp_path: Path) -> None:
    reading = unruly(Author(), tmp_path, crash=["wall 0"])
    reading.options = ReadOptions(strict=True)
    with pytest.raises(SourceError, match=rf"#\d+ IfcWall {guid('wall 0')} wall 0: .*SIGSEGV".replace("$", r"\$")):
        bodies(reading)
    assert not children()


def test_a_process_that_somebody_kills_costs_nothing(tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc", Plan(storeys=12)), processes=2)
    stream = reading.bodies(lambda done, total: None)
    found = [next(stream)[0]]
    end_together(children())
    found += [key for key, _ in stream]
    assert reading.defects == []
    assert len(found) == len(set(found)) == 12 * 7


def test_a_shape_that_never_ends_is_given_up_and_said(tmp_path: Path) -> None:
    reading = unruly(Author(), tmp_path, patience_s=1.0, hang=["door 1"])
    assert bodies(reading).keys() == all_but(["door 1"])
    assert rules(reading) == {"door 1": "shape.timed_out"}


def test_a_file_on_which_every_process_dies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="SIGKILL on opening it"):
        bodies(unruly(Author(), tmp_path, start=True))


def test_who_may_not_run_the_interpreter_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = opened(authored(tmp_path / "a.ifc"))
    forbidden = tmp_path / "python"
    forbidden.write_text("no program")
    monkeypatch.setattr(sys, "executable", str(forbidden))
    with pytest.raises(Unavailable, match=r"may not run .*python; install Python where that user can read it"):
        bodies(reading)


def test_a_file_that_has_gone_meanwhile_is_refused_with_the_reason(tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc"))
    reading.path.unlink()
    with pytest.raises(SourceError, match="FileNotFoundError"):
        bodies(reading)


def test_coordinates_that_are_no_numbers_are_a_defect(tmp_path: Path) -> None:
    reading = unruly(Author(), tmp_path, nan=["slab 0"])
    assert bodies(reading).keys() == all_but(["slab 0"])
    assert rules(reading) == {"slab 0": "shape.not_finite"}


def test_a_shape_that_does_not_come_is_said(tmp_path: Path) -> None:
    reading = unruly(Author(), tmp_path, silent=["slab 0"])
    assert bodies(reading).keys() == all_but(["slab 0"])
    assert rules(reading) == {"slab 0": "shape.missing"}


def test_more_triangles_than_are_taken_are_a_defect(tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc"), most_triangles=12)
    assert bodies(reading).keys() == all_but(["wall 0", "wall 1"])
    assert rules(reading) == {"wall 0": "shape.too_large", "wall 1": "shape.too_large"}
    assert "more than the 12" in reading.defects[0].message.en


def _cylinder(author: Author) -> Any:
    return author.file.createIfcRightCircularCylinder(author.axes((1, 0, -1)), 9.0, 0.2)


def test_a_shape_that_no_kernel_makes_is_said_with_its_cause(tmp_path: Path) -> None:
    author = Author()
    chair = author.storeys[0].chair
    chair.Representation = author.shape(_cylinder(author), "CSG")
    reading = opened(author.write(tmp_path / "a.ifc"))
    assert bodies(reading).keys() == all_but(["chair 0"])
    assert rules(reading) == {"chair 0": "shape.missing"}
    assert "IfcRightCircularCylinder" in reading.defects[0].message.en


@pytest.mark.parametrize("way", ["operand", "opening"])
def test_a_shape_without_a_part_that_no_kernel_makes_is_kept_and_said(way: str, tmp_path: Path) -> None:
    author = Author()
    wall = author.storeys[0].wall
    if way == "operand":
        cut = author.file.createIfcBooleanResult("DIFFERENCE", author.box(WALL), _cylinder(author))
        wall.Representation = author.shape(cut, "CSG")
    else:
        opening = wall.HasOpenings[0].RelatedOpeningElement
        opening.Representation = author.shape(_cylinder(author), "CSG")
    reading = opened(author.write(tmp_path / "a.ifc"))
    assert bodies(reading).keys() == all_but()
    assert rules(reading) == {"wall 0": "shape.incomplete"}


def test_an_element_with_an_axis_alone_is_no_defect(tmp_path: Path) -> None:
    author = Author()
    points = [author.file.createIfcCartesianPoint((float(x), 0.0)) for x in (0, 1)]
    line = author.file.createIfcPolyline(points)
    axis = author.file.createIfcShapeRepresentation(author.context, "Axis", "Curve2D", [line])
    author.storeys[0].chair.Representation = author.file.createIfcProductDefinitionShape(None, None, [axis])
    reading = opened(author.write(tmp_path / "a.ifc"))
    assert bodies(reading).keys() == all_but(["chair 0"])
    assert reading.defects == []


def test_a_virtual_element_has_no_shape(tmp_path: Path) -> None:
    author = Author()
    author.element("IfcVirtualElement", "border", (1, 1, 1), (0, 0, 0), None)
    reading = opened(author.write(tmp_path / "a.ifc"))
    assert bodies(reading).keys() == all_but()
    assert reading.defects == []


def test_a_stream_that_is_left_leaves_no_process(tmp_path: Path) -> None:
    stream = opened(authored(tmp_path / "a.ifc", Plan(storeys=6)), processes=2).bodies(lambda done, total: None)
    next(stream)
    assert len(children()) == 3
    stream.close()  # type: ignore[attr-defined]
    assert not children()


def test_processes_are_forked_from_one_that_has_a_single_thread(tmp_path: Path) -> None:
    stream = opened(authored(tmp_path / "a.ifc", Plan(storeys=6)), processes=2).bodies(lambda done, total: None)
    next(stream)
    assert [len(list(Path(f"/proc/{process}/task").iterdir())) for process in children()] == [1, 1, 1]
    stream.close()  # type: ignore[attr-defined]


def test_a_process_made_ready_while_records_are_read_makes_the_shapes_and_is_gone(tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc"), shapes_follow=True)
    assert len(children()) == 1
    assert bodies(reading).keys() == all_but()
    assert not children()


def test_a_reading_that_is_closed_before_its_shapes_are_asked_for_leaves_no_process(tmp_path: Path) -> None:
    reading = opened(authored(tmp_path / "a.ifc"), shapes_follow=True)
    reading.close()
    assert not children()
    assert bodies(reading).keys() == all_but()


def test_a_file_that_cannot_be_read_leaves_no_process(tmp_path: Path) -> None:
    path = authored(tmp_path / "a.ifc", Plan(unit=None))
    with pytest.raises(SourceError, match="unit of length"):
        opened(path, shapes_follow=True)
    assert not children()


def test_a_server_without_standard_input_reads_in_a_thread(tmp_path: Path) -> None:
    program = """
import os, sys, threading
from pathlib import Path
from bim.formats import open_model
for number in (0, 1):
    os.close(number)
count = []
def read():
    count.extend(open_model(Path(sys.argv[1])).bodies(lambda done, total: None))
thread = threading.Thread(target=read)
thread.start()
thread.join()
sys.stderr.write(f"{len(count)} shapes")
"""
    path = authored(tmp_path / "a.ifc")
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == "14 shapes"
