"""Alarms by rule: rules, what they watch, and the judge that raises and clears alarms."""

from twin.sensing.alarms.judge import Changes, judge, judge_by_clock
from twin.sensing.alarms.register import Watched, change, forget, rule_of, rules, set_rule, watched
from twin.sensing.alarms.rows import acknowledge, require_visible
from twin.sensing.alarms.rule import SAMPLE_RULES, AlarmRule, Watch, read_rule, rules_in
from twin.sensing.alarms.watching import Judge

__all__ = [
    "SAMPLE_RULES",
    "AlarmRule",
    "Changes",
    "Judge",
    "Watch",
    "Watched",
    "acknowledge",
    "change",
    "forget",
    "judge",
    "judge_by_clock",
    "read_rule",
    "require_visible",
    "rule_of",
    "rules",
    "rules_in",
    "set_rule",
    "watched",
]
