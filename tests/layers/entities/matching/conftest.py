"""Two surveys of one small quarter, loaded."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from bilingual import bilingual_names
from two_surveys import NEW, OLD, load_survey

from layers.intake.ingest import LoadSummary
from layers.store.engine import Database

Load = Callable[..., LoadSummary]


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Load:
    """Return what loads a survey."""
    return partial(load_survey, db, tmp_path)


@pytest.fixture
def surveys(load: Load) -> None:
    """Load both surveys; the new one has the higher precedence."""
    load("old", OLD, 10, "2026-01-01")
    load("new", NEW, 50, "2026-02-01")


@pytest.fixture(scope="session")
def bilingual(shared_data: Path) -> list[tuple[str, str]]:
    """Return real names in Chinese and English."""
    return bilingual_names(shared_data)
