"""Agreement of two addresses."""

from layers.space.addresses import Address

# The agreement of two buildings of one number, and of two numbers of one road.
_OTHER_BUILDING, _OTHER_NUMBER = 0.3, 0.2


def agreement(one: Address | None, other: Address | None) -> float | None:
    """Return 1 for the same house number, 0 for another road, little for another building; None without numbers."""
    if one is None or other is None or not (_is_specific(one) and _is_specific(other)):
        return None
    if one.road != other.road:
        return 0.0
    if (one.lane, one.number) != (other.lane, other.number):
        return _OTHER_NUMBER
    both = one.building and other.building
    return _OTHER_BUILDING if both and one.building != other.building else 1.0


def _is_specific(address: Address) -> bool:
    return bool(address.road and (address.number or address.lane))
