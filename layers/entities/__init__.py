"""Entities: matching objects of several sources, and the unified codes of objects."""

from layers.entities.codebook.assign import assign_codes, codable
from layers.entities.codebook.jobs import (
    ask_after,
    ask_for_codes,
    ask_within,
    coded_layers,
    codes_kind,
    codes_message,
    give_after,
)
from layers.entities.codebook.keys import codes_of_key
from layers.entities.codebook.object import object_of, parts_of
from layers.entities.matching.decisions import Decider, accept, accept_above, refuse, undo
from layers.entities.matching.jobs import match_kind, submit_proposals
from layers.entities.matching.matches import (
    Counts,
    MatchQuery,
    Sight,
    counts_of_matches,
    layer_of_match,
    no_match,
    one_match,
    page_of_matches,
    parse_relation,
    parse_state,
)
from layers.entities.matching.propose import dataset_layer, parse_options, propose

__all__ = [
    "Counts",
    "Decider",
    "MatchQuery",
    "Sight",
    "accept",
    "accept_above",
    "ask_after",
    "ask_for_codes",
    "ask_within",
    "assign_codes",
    "codable",
    "coded_layers",
    "codes_kind",
    "codes_message",
    "codes_of_key",
    "counts_of_matches",
    "dataset_layer",
    "give_after",
    "layer_of_match",
    "match_kind",
    "no_match",
    "object_of",
    "one_match",
    "page_of_matches",
    "parse_options",
    "parse_relation",
    "parse_state",
    "parts_of",
    "propose",
    "refuse",
    "submit_proposals",
    "undo",
]
