"""How well two addresses agree."""

from layers.space.addresses import Address

# Two houses of one number, and two numbers of one road.
_OTHER_HOUSE, _OTHER_NUMBER = 0.3, 0.2


def agreement(one: Address | None, other: Address | None) -> float | None:
    """Return 1 for the same house number, 0 for another road, little for another house; None where one says nothing."""
    if one is None or other is None or not (_tells(one) and _tells(other)):
        return None
    if one.road != other.road:
        return 0.0
    if (one.lane, one.number) != (other.lane, other.number):
        return _OTHER_NUMBER
    both = one.building and other.building
    return _OTHER_HOUSE if both and one.building != other.building else 1.0


def _tells(address: Address) -> bool:
    return bool(address.road and (address.number or address.lane))
