"""Things (sensors) in the spaces and elements of buildings: bindings with both times, reviewed as tables."""

from bim.bindings.binding import Binding, Span, is_thing
from bim.bindings.importing import ImportSummary, import_bindings, plan_import
from bim.bindings.listing import BindingQuery, BindingsPage, bindings_page, bound_elements, things_of
from bim.bindings.orphans import Candidate, candidates
from bim.bindings.proposal import propose_bindings
from bim.bindings.table import COLUMNS, Stated, read_bindings, write_bindings

__all__ = [
    "COLUMNS",
    "Binding",
    "BindingQuery",
    "BindingsPage",
    "Candidate",
    "ImportSummary",
    "Span",
    "Stated",
    "bindings_page",
    "bound_elements",
    "candidates",
    "import_bindings",
    "is_thing",
    "plan_import",
    "propose_bindings",
    "read_bindings",
    "things_of",
    "write_bindings",
]
