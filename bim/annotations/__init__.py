"""Annotations: what people say of places, buildings and their parts, with answers, both times and a grade."""

from bim.annotations.annotation import OPEN, RESOLVED, STATES, Annotation, Place, Subject
from bim.annotations.listing import AnnotationsPage, AnnotationsQuery, annotation_of, annotations_page, written_by
from bim.annotations.register import Changes, Draft, amend, answer, author_of, remove, settle, write
from bim.annotations.subject import Named, Sees

__all__ = [
    "OPEN",
    "RESOLVED",
    "STATES",
    "Annotation",
    "AnnotationsPage",
    "AnnotationsQuery",
    "Changes",
    "Draft",
    "Named",
    "Place",
    "Sees",
    "Subject",
    "amend",
    "annotation_of",
    "annotations_page",
    "answer",
    "author_of",
    "remove",
    "settle",
    "write",
    "written_by",
]
