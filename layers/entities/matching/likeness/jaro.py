"""The Jaro-Winkler similarity of two strings."""

# Winkler's bonus: a tenth for each of up to four characters that both begin with.
_PREFIX, _LONGEST_PREFIX = 0.1, 4


def jaro_winkler(one: str, other: str) -> float:
    """Return the measure of Jaro (1989) with Winkler's prefix (1990), from 0 to 1."""
    jaro = _jaro(one, other)
    shared = 0
    for a, b in zip(one[:_LONGEST_PREFIX], other[:_LONGEST_PREFIX], strict=False):
        if a != b:
            break
        shared += 1
    return jaro + shared * _PREFIX * (1 - jaro)


def _jaro(one: str, other: str) -> float:
    if not one or not other:
        return float(one == other)
    reach = max(len(one), len(other)) // 2 - 1
    used = [False] * len(other)
    shared = []
    for at, glyph in enumerate(one):
        for position in range(max(0, at - reach), min(len(other), at + reach + 1)):
            if not used[position] and other[position] == glyph:
                used[position] = True
                shared.append(glyph)
                break
    if not shared:
        return 0.0
    used_glyphs = [glyph for glyph, is_used in zip(other, used, strict=True) if is_used]
    transpositions = sum(a != b for a, b in zip(shared, used_glyphs, strict=True)) / 2
    count = len(shared)
    return (count / len(one) + count / len(other) + (count - transpositions) / count) / 3
