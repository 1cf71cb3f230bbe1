"""Weather warnings 气象预警: the model, the formats they come in, and the scenarios they start.

``read_cap`` and ``write_cap`` for CAP 1.2; ``read_records``, ``read_record`` and ``read_text`` for the notices of the
meteorological office; ``decide`` for the scenario that a warning starts.
"""

from twin.warnings.bulletin import read_record, read_records, read_text
from twin.warnings.cap import read_cap, write_cap
from twin.warnings.rules import Decision, decide, scenario_of
from twin.warnings.warning import Status, Validity, WeatherWarning

__all__ = [
    "Decision",
    "Status",
    "Validity",
    "WeatherWarning",
    "decide",
    "read_cap",
    "read_record",
    "read_records",
    "read_text",
    "scenario_of",
    "write_cap",
]
