"""Alarms by rule: rules, what they watch, and the judge that raises and clears alarms."""

from twin.sensing.alarms.judge import Changes, judge
from twin.sensing.alarms.register import Watched, change, forget, rule_of, rules, set_rule, watched
from twin.sensing.alarms.rows import acknowledge, require_visible
from twin.sensing.alarms.rule import AlarmRule, Watch, read_rule
from twin.sensing.alarms.watching import Judge

__all__ = [
    "AlarmRule",
    "Changes",
    "Judge",
    "Watch",
    "Watched",
    "acknowledge",
    "change",
    "forget",
    "judge",
    "read_rule",
    "require_visible",
    "rule_of",
    "rules",
    "set_rule",
    "watched",
]
