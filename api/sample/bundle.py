"""Where the bundled sample lies, and what it says of itself."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def sample_date() -> datetime:
    """Return the instant as of which the sample is."""
    return datetime.fromisoformat(sample_description()["date"])


def sample_description() -> dict[str, Any]:
    """Return what is said of the whole and of each file."""
    described: dict[str, Any] = json.loads((SAMPLE / "dataset.json").read_text(encoding="utf-8"))
    return described
