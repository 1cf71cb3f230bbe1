"""A form in which observations are written."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from twin.sensing.export.pages import Page, Wanted


@dataclass(frozen=True)
class Form(ABC):
    """Writes pages as bytes; ``suffix`` is that of files of this form, ``places`` whether it says where."""

    id: str
    media_type: str
    suffix: str
    places: bool = False

    @abstractmethod
    def write(self, pages: Iterator[Page], wanted: Wanted) -> Iterator[bytes]:
        """Yield the bytes of all pages, at most one page in memory."""
