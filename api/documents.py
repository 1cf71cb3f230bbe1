"""Documents for programs, as JSON."""

from typing import Any

import orjson
from fastapi import Response

from api.links import JSON


def document(content: Any, kind: str = JSON) -> Response:
    """Return a JSON document; ``kind`` is its media type."""
    return Response(orjson.dumps(content), media_type=kind)
