"""Titles in Chinese and English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Title:
    """What people call a thing, Chinese first."""

    zh: str
    en: str

    def json(self) -> dict[str, str]:
        """Return both languages by their codes."""
        return {"zh": self.zh, "en": self.en}
