"""docs/benchmarks.md: the tiles first, then loading, then the wind; a run leaves what it has not measured as it was."""

from itertools import pairwise
from pathlib import Path

WRITTEN = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_HEADINGS = ("## Loading\n", "## Wind\n")


def write(tiles: str | None, loads: str | None, wind: str | None) -> None:
    """Write what was measured in the place of what was written before."""
    former = _parts(WRITTEN.read_text(encoding="utf-8") if WRITTEN.exists() else "# Benchmarks\n")
    parts = [new or old for new, old in zip((tiles, loads, wind), former, strict=True)]
    WRITTEN.write_text("\n\n".join(part.strip() for part in parts if part.strip()) + "\n", encoding="utf-8")


def _parts(text: str) -> list[str]:
    """Return the text before the first heading, and that under each of them, headings included."""
    marks = [_place(text, heading) for heading in _HEADINGS]
    ends = [0, *marks, len(text)]
    for number in range(len(ends) - 2, 0, -1):
        ends[number] = min(ends[number], ends[number + 1])
    return [text[begin:end] for begin, end in pairwise(ends)]


def _place(text: str, heading: str) -> int:
    """Return where a section begins; one that is not there begins where the next does."""
    found = text.find(f"\n{heading}")
    return len(text) if found < 0 else found + 1
