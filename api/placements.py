"""Where building models stand by hand, as a document: now, by their files, and all that was said before."""

from typing import Any

from sqlalchemy import Connection

from bim.corrections import Correction, history
from bim.georeference import Placement
from bim.models import ModelVersion
from bim.placing import handle, shift_between
from layers.access import Decision
from layers.temporal import OpenTime, rfc3339

Json = dict[str, Any]
_MOST = 100


def placement_document(
    connection: Connection, version: ModelVersion, seen: Decision, as_of: OpenTime, *, may_move: bool
) -> Json:
    """Return where a model stands, by the point that it is moved and turned by, and how that came to be.

    ``seen`` is the decision to read placements by hand: who moved a model, and why, is not for everybody.
    """
    said = history(connection, version.id, as_of)
    held = handle(version.placement, version.box)
    stated = Placement.from_json(version.stated["placement"])
    return {
        "model": version.id,
        "version": version.correction,
        "by_hand": version.georeference is not version.stated,
        "placement": held.json() | {"heading_deg": held.heading_deg % 360.0},
        "stated": version.stated,
        "shift": shift_between(stated, held),
        "may_move": may_move,
        "history": [_told(one, seen) for one in said[:_MOST]],
    }


def _told(one: Correction, seen: Decision) -> Json:
    told = {
        "id": one.id,
        "load": one.load,
        "when": rfc3339(one.stated),
        "since": rfc3339(one.since),
        "until": None if one.until is None else rfc3339(one.until),
        "placement": None if one.placement is None else one.placement.json(),
        "who": one.who,
        "why": one.why,
    }
    # A reason names people as often as not: it is for those who may know who gave it.
    return told | ({"who": None, "why": None} if "who" in seen.masked else {})
