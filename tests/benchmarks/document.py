"""docs/benchmarks.md: the tiles first, then the wind; a run that measures one leaves the other as it was."""

from pathlib import Path

WRITTEN = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_WIND = "\n## Wind\n"


def write(tiles: str | None, wind: str | None) -> None:
    """Write what was measured in the place of what was written before."""
    text = WRITTEN.read_text(encoding="utf-8") if WRITTEN.exists() else "# Benchmarks\n"
    before, mark, after = text.partition(_WIND)
    former = (mark + after).lstrip("\n")
    parts = [tiles or before, wind or former]
    WRITTEN.write_text("\n\n".join(part.strip() for part in parts if part.strip()) + "\n", encoding="utf-8")
