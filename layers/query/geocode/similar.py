"""Names by their likeness: candidates that share rare pairs of characters, scored by all pairs."""

from collections import Counter, defaultdict
from collections.abc import Iterable

_MOST_CANDIDATES = 3000
# A name that is a part of another, or has it as a part, is at least this alike.
_PART = 0.6


class Similar:
    """An index of names by pairs of neighbouring characters."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index names."""
        self._names = sorted(names)
        self._sizes = [len(_pairs(name)) for name in self._names]
        self._having: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self._names):
            for pair in _pairs(name):
                self._having[pair].append(number)

    def find(self, text: str, least: float, most: int = 5) -> list[tuple[float, str]]:
        """Return the names that are at least so much alike, from 0 to 1, the most alike first."""
        pairs = _pairs(text)
        shared = self._shared(pairs)
        scored = []
        for number, count in shared.items():
            name = self._names[number]
            score = 2 * count / (len(pairs) + self._sizes[number])
            if name in text or text in name:
                score = max(score, _PART + (1 - _PART) * min(len(name), len(text)) / max(len(name), len(text)))
            if score >= least:
                scored.append((score, name))
        scored.sort(key=lambda match: (-match[0], match[1]))
        return scored[:most]

    def _shared(self, pairs: set[str]) -> Counter[int]:
        """Return how many pairs each candidate shares; the commonest pairs (小区, 大厦) find no candidates."""
        postings = sorted((self._having[pair] for pair in pairs if pair in self._having), key=len)
        shared: Counter[int] = Counter()
        for numbers in postings:
            if len(shared) + len(numbers) <= _MOST_CANDIDATES or not shared:
                shared.update(numbers)
            else:
                shared.update(number for number in numbers if number in shared)
        return shared


def _pairs(text: str) -> set[str]:
    framed = f"^{text}$"
    return {framed[at : at + 2] for at in range(len(framed) - 1)}


def one_apart(one: str, other: str) -> bool:
    """Tell whether two texts differ in one character, put in, left out or replaced."""
    if abs(len(one) - len(other)) > 1:
        return False
    front = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        return one[front + 1 :] == other[front + 1 :]
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[front + 1 :] == shorter[front:]
