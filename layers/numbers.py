"""Whole numbers in requests, read in one way everywhere."""

from layers.errors import ParameterError

# The largest that PostgreSQL keeps in eight bytes.
LARGEST = 2**63 - 1


def parse_whole(parameter: str, text: str, least: int = 0, most: int = LARGEST) -> int:
    """Read a whole number in ASCII digits; leading zeros are ignored. Raises ParameterError."""
    # isascii: int() would also take digits of other scripts.
    digits = text.lstrip("0") or "0"
    if not (text.isascii() and text.isdigit()):
        raise ParameterError(parameter, f"{text[:40]!r} is not a whole number from {least} to {most}")
    # Python refuses to parse thousands of digits.
    if len(digits) > len(str(most)) or not least <= int(digits) <= most:
        raise ParameterError(parameter, f"{text[:40]} is out of range; it goes from {least} to {most}")
    return int(digits)


def parse_wholes(parameter: str, text: str, most: int | None = None) -> list[int]:
    """Read whole numbers with commas between them, each once, at most ``most`` texts. Raises ParameterError."""
    parts = text.split(",") if most is None else text.split(",", most)
    if most is not None and len(parts) > most:
        raise ParameterError(parameter, f"more than {most} are named")
    return list(dict.fromkeys(parse_whole(parameter, part.strip()) for part in parts))
