"""The parts of a Chinese address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts, from the widest to the narrowest; a part that is not stated is empty.

    ``lane`` is the number before 弄, ``number`` the one before 号, with sub numbers as 12-1; ``building`` is what
    stands before 号楼, 幢, 栋 or 座; ``crossing`` is the other road at a junction; ``name`` is a compound, a house or
    a firm.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    community: str = ""
    road: str = ""
    crossing: str = ""
    lane: str = ""
    number: str = ""
    name: str = ""
    building: str = ""
    unit: str = ""
    storey: str = ""
    room: str = ""

    def __str__(self) -> str:
        """Return the address in its canonical writing."""
        return f"{self.divisions}{self.local}"

    @property
    def divisions(self) -> str:
        """Return the divisions: 上海市浦东新区陆家嘴街道."""
        return f"{self.province}{self.city}{self.district}{self.street}{self.community}"

    @property
    def local(self) -> str:
        """Return what is below the divisions: 世纪大道100号上海环球金融中心94层."""
        if self.crossing:
            return f"{self.road}/{self.crossing}路口{self.name}"
        lane = f"{self.lane}弄" if self.lane else ""
        number = f"{self.number}号" if self.number else ""
        inside = self._inside
        # Without a road the number belongs to the name: 竹台小区8号.
        if self.road or lane:
            return f"{self.road}{lane}{number}{_beside(self.name, inside)}"
        return _beside(self.name, f"{number}{inside}")

    @property
    def _inside(self) -> str:
        building = self.building.upper() + ("座" if self.building.isalpha() else "幢") if self.building else ""
        unit = f"{self.unit.upper()}单元" if self.unit else ""
        storey = f"{self.storey.upper()}层" if self.storey else ""
        room = f"{self.room.upper()}室" if self.room else ""
        return f"{building}{unit}{storey}{room}"


def _beside(left: str, right: str) -> str:
    """Join two texts, with a space between numbers or Latin letters."""
    both = left[-1:], right[:1]
    needs_space = all(glyph.isascii() and glyph.isalnum() for glyph in both)
    return f"{left} {right}" if needs_space else f"{left}{right}"
