"""Observations out: rows of datastreams that the asker sees, page by page, in forms that other programs read."""

from twin.sensing.export.forms import forms
from twin.sensing.export.pages import MOST_STREAMS, Wanted, read_pages, refreshed, streams_of, streams_wanted

__all__ = ["MOST_STREAMS", "Wanted", "forms", "read_pages", "refreshed", "streams_of", "streams_wanted"]
