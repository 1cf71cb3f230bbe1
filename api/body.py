"""The body of a request, read up to a size."""

from typing import Annotated, Any

from fastapi import Depends, Request

from layers.errors import InputError
from layers.json_document import parse_json

MOST_BYTES = 4 * 1024 * 1024


async def body_of(request: Request) -> bytes:
    """Return the body; a larger one is refused as soon as that shows."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise InputError(f"body: it is larger than {MOST_BYTES} bytes, the most that this address takes")
        pieces.append(piece)
    return b"".join(pieces)


TheBody = Annotated[bytes, Depends(body_of)]


def json_of(body: bytes) -> Any:
    """Return a JSON body; an empty one is an empty object."""
    if not body.strip():
        return {}
    try:
        return parse_json(body)
    except InputError as error:
        raise InputError(f"body: {error}") from error


def object_of(body: bytes) -> dict[str, Any]:
    """Return a JSON body that is an object; an empty one is an empty object."""
    document = json_of(body)
    if not isinstance(document, dict):
        raise InputError("body: this is not a JSON object")
    return document


def documented(*kinds: str, description: str) -> dict[str, Any]:
    """Return what OpenAPI says of a body that we read ourselves."""
    content = {kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}} for kind in kinds}
    return {"requestBody": {"description": description, "content": content}}
