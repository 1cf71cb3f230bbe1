import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from tiles.address import HALF, Address, parse_address
from tiles.app import TilePath, parse_path


@given(st.integers(0, 22).flatmap(lambda z: st.tuples(st.just(z), *(st.integers(0, 2**z - 1) for _ in range(2)))))
def test_every_tile_of_the_matrix_has_an_address(numbers: tuple[int, int, int]) -> None:
    z, x, y = numbers
    assert parse_address(str(z), str(x), str(y)) == Address(z, x, y)


def test_a_tile_of_zoom_zero_is_the_whole_square() -> None:
    assert Address(0, 0, 0).width == 2 * HALF


@pytest.mark.parametrize(
    ("z", "x", "y", "message"),
    [
        ("30", "1", "1", "z: 30 is out of range; it goes from 0 to 22"),
        ("14", "16384", "1", "x: 16384 is out of range at zoom 14; it goes from 0 to 16383"),
        ("14", "1", "99999999", "y: 99999999 is out of range at zoom 14; it goes from 0 to 16383"),
        ("-1", "0", "0", "z: '-1' is not a whole number from 0 to 22"),
        ("1.5", "0", "0", "z: '1.5' is not a whole number"),
        ("1", "²", "0", "x: '²' is not a whole number"),
        ("1", "1", "1" * 5000, "is not a whole number"),
    ],
)
def test_an_address_outside_says_what_would_be_inside(z: str, x: str, y: str, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_address(z, x, y)
    assert message in str(refused.value)


def test_both_forms_of_a_tile_path_mean_the_same_tile() -> None:
    wanted = TilePath("roads", "14", "13721", "6694")
    assert parse_path("/tiles/roads/14/13721/6694.mvt") == wanted
    assert parse_path("/tiles/roads/14/13721/6694.pbf") == wanted
    assert parse_path("/collections/roads/tiles/WebMercatorQuad/14/6694/13721") == wanted
    assert parse_path("/tiles/roads.json") is None
    assert parse_path("/collections/roads/items/14") is None
