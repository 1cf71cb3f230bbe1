"""Documents for programs, as JSON."""

from typing import Any

import orjson
from fastapi import Response

from api.links import JSON

# Marks the scope of a HEAD request, which the route of GET answers without its body.
HEADLESS = "twin.headless"


def document(content: Any, kind: str = JSON) -> Response:
    """Return a JSON document; ``kind`` is its media type."""
    return Response(orjson.dumps(content), media_type=kind)
