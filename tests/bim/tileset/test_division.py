"""What is in no storey is cut in space: all of it once, and no content too full."""

from hypothesis import given
from hypothesis import strategies as st

from bim.tileset.division import MOST_TRIANGLES, Counted, divided
from bim.tiling import FARTHEST, FINEST_M

places = st.integers(-300, 300) | st.sampled_from([-FARTHEST, FARTHEST])
districts = st.dictionaries(st.tuples(places, places), st.integers(1, 30_000), min_size=1, max_size=60)


def counted(cells: dict[tuple[int, int], int], part: str = "elements") -> list[Counted]:
    corners = {at: (at[0] * FINEST_M - 40.0, at[1] * FINEST_M, 0.0) for at in cells}
    return [
        Counted("", part, *at, triangles, (*corners[at], *(edge + 50.0 for edge in corners[at])))
        for at, triangles in cells.items()
    ]


@given(districts)
def test_every_place_is_in_one_cell_whose_box_holds_it_and_no_cell_that_can_be_divided_is_too_full(
    cells: dict[tuple[int, int], int],
) -> None:
    found = divided(counted(cells))
    if sum(cells.values()) <= MOST_TRIANGLES:
        assert [group.cell for group, _ in found] == [None]
        return
    held = dict.fromkeys(range(len(found)), 0)
    for one in counted(cells):
        homes = [
            number
            for number, (group, _) in enumerate(found)
            if (cell := group.cell)
            and cell.west <= one.x < cell.west + cell.side
            and cell.south <= one.y < cell.south + cell.side
        ]
        assert len(homes) == 1
        held[homes[0]] += one.triangles
        box = found[homes[0]][1]
        assert all(a <= b for a, b in zip(box[:3], one.box[:3], strict=True))
        assert all(a >= b for a, b in zip(box[3:], one.box[3:], strict=True))
    for number, (group, _) in enumerate(found):
        assert group.cell is not None
        assert 0 < held[number] <= MOST_TRIANGLES or group.cell.side == 1


def test_storeys_stay_whole_and_rooms_are_divided_apart() -> None:
    full = {(0, 0): MOST_TRIANGLES, (9, 9): MOST_TRIANGLES}
    storey = Counted("1F", "elements", 0, 0, 10 * MOST_TRIANGLES, (0.0,) * 6)
    found = [group for group, _ in divided([*counted(full), *counted(full, "spaces"), storey])]
    assert [(group.storey, group.part, group.cell is None) for group in found] == [
        ("", "elements", False), ("", "elements", False), ("", "spaces", False), ("", "spaces", False),
        ("1F", "elements", True),
    ]  # fmt: skip
