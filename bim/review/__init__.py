"""Review of schemes 规划方案辅助分析: the sun, its shadows, and what can be seen from where."""

from bim.review.rule import SunlightRule, read_rules, rule_named
from bim.review.sun import Sun, from_true_solar, sun_at, term_day, true_solar

__all__ = [
    "Sun",
    "SunlightRule",
    "from_true_solar",
    "read_rules",
    "rule_named",
    "sun_at",
    "term_day",
    "true_solar",
]
