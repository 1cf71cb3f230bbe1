"""Rules of alarms as documents, with what they watch of what the reader may see."""

from typing import Any

from api.links import JSON, link
from twin.sensing.alarms import AlarmRule, Watched

Json = dict[str, Any]


def rule_json(rule: AlarmRule, watched: Watched, base: str) -> Json:
    """Return a rule; ``of_other_units`` counts datastreams that it would judge if they were in its unit."""
    own = f"{base}/sensing/alarm-rules/{rule.id}"
    others = [{"unit": unit, "datastreams": number} for unit, number in sorted(watched.of_other_units.items())]
    return {
        **rule.json(),
        "judges": watched.judged,
        "of_other_units": others,
        "links": [
            link("self", own, JSON, rule.title.zh),
            link("alarms", f"{base}/collections/alarms/items?rule={rule.id}", "application/geo+json", "Alarms"),
        ],
    }
