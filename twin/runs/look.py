"""How levels look in every layer of a run: the four colours of warnings 四色."""

from layers.style import Entry
from layers.title import Title
from twin.hazard import Level

_RESPONSES = {level: f"（{level.response}级）" for level in Level if level.response}
LEVELS = tuple(
    Entry(
        str(int(level)),
        level.color,
        Title(
            f"{level.title.zh}{_RESPONSES.get(level, '')}",
            f"{level.title.en}{f' ({level.response})' if level.response else ''}",
        ),
    )
    for level in sorted(Level, reverse=True)
)
