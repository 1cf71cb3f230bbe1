"""Design schemes: named alternatives for a site, their indicators, verdicts, comparison; the base is never touched."""

from bim.schemes.amendment import Amendment, amend, may_have
from bim.schemes.buildings import buildings_near
from bim.schemes.corridors import CORRIDORS, CorridorVerdict, judge_corridors
from bim.schemes.design import design_of
from bim.schemes.figures import Figure
from bim.schemes.given import BY_HAND, Thing, limits_from, parse_things, read_limits, read_site, site_of, some_things
from bim.schemes.indicators import Massing, ellipsoidal_area
from bim.schemes.plots import site_of_plot
from bim.schemes.register import BASE, Scheme, grade_of, make, remove, scheme_of, schemes
from bim.schemes.review import BUILDINGS, Review, Sees, compare, replaced, review, review_base
from bim.schemes.rules import STATES, Limits, Verdict

__all__ = [
    "BASE",
    "BUILDINGS",
    "BY_HAND",
    "CORRIDORS",
    "STATES",
    "Amendment",
    "CorridorVerdict",
    "Figure",
    "Limits",
    "Massing",
    "Review",
    "Scheme",
    "Sees",
    "Thing",
    "Verdict",
    "amend",
    "buildings_near",
    "compare",
    "design_of",
    "ellipsoidal_area",
    "grade_of",
    "judge_corridors",
    "limits_from",
    "make",
    "may_have",
    "parse_things",
    "read_limits",
    "read_site",
    "remove",
    "replaced",
    "review",
    "review_base",
    "scheme_of",
    "schemes",
    "site_of",
    "site_of_plot",
    "some_things",
]
