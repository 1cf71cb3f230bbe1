"""Which tiles there are: every thing in one of them, and none too full."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subtrees import walk

from bim.tiling.grid import PER_DEGREE, Root, parse_root, root_of
from bim.tiling.pyramid import SUBTREE_LEVELS, Counts, Pyramid
from bim.tiling.subtree import subtree
from layers.errors import InputError, NotFound, ParameterError


def counted(cells: dict[tuple[int, int], int]) -> Counts:
    x, y = np.array(list(cells)).T.astype(np.int64)
    bounds = (x.min() / PER_DEGREE, y.min() / PER_DEGREE, (x.max() + 1) / PER_DEGREE, (y.max() + 1) / PER_DEGREE)
    return Counts(x, y, np.array(list(cells.values())), 0, tuple(map(float, bounds)), (0.0, 10.0))


cells = st.dictionaries(
    st.tuples(st.integers(124_000, 126_000), st.integers(31_000, 33_500)), st.integers(1, 900), min_size=1, max_size=80
)


@given(cells, st.integers(1, 2000))
def test_every_thing_is_in_one_content_and_no_divisible_content_is_too_full(
    found: dict[tuple[int, int], int], most: int
) -> None:
    counts = counted(found)
    pyramid = Pyramid.of(counts, counts.root, most)
    tiles = [pyramid.root.cell(*address) for address in pyramid.addresses()]
    held = dict.fromkeys(tiles, 0)
    for (x, y), number in found.items():
        homes = [t for t in tiles if t.west <= x < t.west + t.side and t.south <= y < t.south + t.side]
        assert len(homes) == 1
        held[homes[0]] += number
    assert all(number > 0 and (number <= most or tile.side == 1) for tile, number in held.items())


@settings(max_examples=12)
@given(cells, st.sampled_from([1, 100, 2000]))
def test_subtrees_name_the_contents_that_there_are_and_no_other(found: dict[tuple[int, int], int], most: int) -> None:
    counts = counted(found)
    pyramid = Pyramid.of(counts, counts.root, most)
    assert walk(SUBTREE_LEVELS, lambda *at: subtree(pyramid, *at)) == set(pyramid.addresses())


def test_a_subtree_that_nothing_names_is_not_there() -> None:
    counts = counted({(124_416, 31_900): 5})
    pyramid = Pyramid.of(counts, counts.root)
    for address in [(1, 0, 0), (SUBTREE_LEVELS, 0, 0), (0, 1, 0), (0, -1, 0), (99, 0, 0)]:
        with pytest.raises(NotFound):
            subtree(pyramid, *address)


def test_what_lies_beside_the_root_that_was_asked_for_is_in_no_tile() -> None:
    counts = counted({(124_416, 31_900): 5, (126_000, 31_900): 5})
    small = Pyramid.of(counts, Root(124_416 - 124_416 % 16, 31_900 - 31_900 % 16, 16))
    assert small.addresses() == [(0, 0, 0)]


@given(st.floats(-180, 179), st.floats(-90, 89), st.floats(0, 1), st.floats(0, 1))
def test_a_root_covers_what_it_is_of_lies_on_the_globe_and_reads_back(
    west: float, south: float, width: float, height: float
) -> None:
    root = root_of((west, south, west + width, south + height))
    edges = root.bounds
    assert all(np.less_equal(edges[:2], (west, south)))
    assert all(np.greater(edges[2:], (west + width, south + height)))
    assert all(np.abs(edges) <= (180, 90, 180, 90))
    assert parse_root(root.text) == root


@pytest.mark.parametrize("text", ["", "1,2", "x,y,1", "121.5,31,0.3", "121.5001,31,1", "nan,31,1", "121.5,31,-1",
                                  "inf,31,1", "500,31,1", "121.5,31,512", "1e308,1e308,1e308"])  # fmt: skip
def test_what_is_no_root_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ParameterError, match="root"):
        parse_root(text)


def test_things_on_all_continents_have_no_tileset() -> None:
    with pytest.raises(InputError, match="128 degrees"):
        root_of((-120.0, 30.0, 121.0, 31.0))
