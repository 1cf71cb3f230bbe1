import pytest

from bim.property_test import PropertyTest
from layers.errors import ParameterError


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Pset_DoorCommon.FireExit", ("Pset_DoorCommon", "FireExit", "", "")),
        ("Pset_DoorCommon.FireExit=true", ("Pset_DoorCommon", "FireExit", "=", "true")),
        ("Maße.Länge >= 2.5", ("Maße", "Länge", ">=", "2.5")),
        ('"Revit 1.0"."U<W>"<0.3', ("Revit 1.0", "U<W>", "<", "0.3")),
        ("A.B.C=x=y", ("A", "B.C", "=", "x=y")),
    ],
)
def test_a_test_is_read(text: str, read: tuple[str, ...]) -> None:
    test = PropertyTest.parse("property", text)
    assert (test.set, test.name, test.operator, test.value) == read


@pytest.mark.parametrize(
    "text", ["", "Set", "Set.", ".Name", "A.B>x", "A.B>NaN", "A.B<=1e999", "A.B>true", "A." + "n" * 400]
)
def test_what_is_no_test_is_refused_by_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(ParameterError, match="property"):
        PropertyTest.parse("property", text)
