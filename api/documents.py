"""Documents for programs, as JSON."""

from typing import Any

import orjson
from fastapi import Response

from api.links import JSON

# Stands in the scope of a request that asks for HEAD, and is answered by the route of GET without its body.
HEADLESS = "twin.headless"


def document(content: Any, kind: str = JSON) -> Response:
    """Return a JSON document; ``kind`` is its media type."""
    return Response(orjson.dumps(content), media_type=kind)
