from pathlib import Path

from layers.ops.tuning import MIB, configuration, memory_bytes, memory_settings


def test_a_quarter_of_the_memory_is_shared_but_never_more_than_a_gigabyte() -> None:
    assert memory_settings(2048 * MIB)["shared_buffers"] == "512MB"
    assert memory_settings(64 * 1024 * MIB)["shared_buffers"] == "1024MB"


def test_a_container_with_less_memory_than_its_machine_counts(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:       8000000 kB\nMemFree: 1 kB\n")
    (tmp_path / "limit").write_text(f"{512 * MIB}\n")
    (tmp_path / "none").write_text("max\n")

    assert memory_bytes(tmp_path / "meminfo", tmp_path / "limit") == 512 * MIB
    assert memory_bytes(tmp_path / "meminfo", tmp_path / "none") == 8000000 * 1024


def test_a_quote_in_a_value_stays_inside_its_quotes() -> None:
    assert "log_directory = '/it''s/日志'" in configuration({"log_directory": "/it's/日志"})
