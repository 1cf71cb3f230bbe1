from pathlib import Path

from layers.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    stated = {line.split("=")[0].lstrip("#") for line in EXAMPLE.read_text().splitlines() if line.startswith("#TWIN_")}

    assert stated == {f"TWIN_{name.upper()}" for name in Settings.model_fields}


def test_the_defaults_of_the_example_are_those_of_the_code(tmp_path: Path) -> None:
    # These have no default, or one of the machine's.
    names = ("HOME", "DATABASE_URL", "DATABASE_PORT", "POSTGRES_BIN", "PUBLIC_URL", "NOMINATIM_URL", "REVIEW_RULES")
    examples = {f"TWIN_{name}" for name in names}
    lines = [line[1:] for line in EXAMPLE.read_text().splitlines() if line.startswith("#TWIN_")]
    (tmp_path / ".env").write_text("\n".join(line for line in lines if line.split("=")[0] not in examples))

    assert Settings(_env_file=tmp_path / ".env") == Settings(_env_file=None)
