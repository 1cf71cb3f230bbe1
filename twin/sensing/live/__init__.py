"""What has changed of the latest readings: of what somebody watches, and may see."""

from twin.sensing.live.changes import changed_statement, shown_statement, standing_statement
from twin.sensing.live.watch import MOST_WATCHED, Watch, watched_statement

__all__ = [
    "MOST_WATCHED",
    "Watch",
    "changed_statement",
    "shown_statement",
    "standing_statement",
    "watched_statement",
]
