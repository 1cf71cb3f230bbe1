"""Writes docs/benchmarks.md: a section for each part; sections that a run did not measure stay as they were."""

from itertools import pairwise
from pathlib import Path

WRITTEN = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_HEADINGS = (
    "## Loading\n", "## Wind\n", "## Belief\n", "## Swap\n", "## Footprints in 3-D\n", "## Buildings\n",
    "## Sunlight\n", "## Sensors\n",
)  # fmt: skip


def write(*sections: str | None) -> None:
    """Replace the sections that were measured: tiles, then those under each heading."""
    former = _parts(WRITTEN.read_text(encoding="utf-8") if WRITTEN.exists() else "# Benchmarks\n")
    parts = [new or old for new, old in zip(sections, former, strict=True)]
    WRITTEN.write_text("\n\n".join(part.strip() for part in parts if part.strip()) + "\n", encoding="utf-8")


def _parts(text: str) -> list[str]:
    """Return the text before the first heading, and that under each of them, headings included."""
    starts = [_place(text, heading) for heading in _HEADINGS]
    ends = [0, *starts, len(text)]
    for number in range(len(ends) - 2, 0, -1):
        ends[number] = min(ends[number], ends[number + 1])
    return [text[begin:end] for begin, end in pairwise(ends)]


def _place(text: str, heading: str) -> int:
    """Return the position of a section; a missing one is at the end of the text."""
    position = text.find(f"\n{heading}")
    return len(text) if position < 0 else position + 1
