"""Meshes as bytes, as they are kept in the database: little-endian, positions in single precision about their centre.

``M1``, then the numbers of vertices, triangles and colours (uint32 each), vertices (float32), triangles (uint32),
colours (float32), and which colour each triangle has (uint16).
"""

import struct

import numpy as np

from bim.model import Body, Mesh

_MAGIC = b"M1"
_HEAD = struct.Struct("<2sIII")
_MOST_COLORS = 2**16


def pack(mesh: Mesh) -> bytes:
    """Return a mesh as bytes; its positions are rounded to single precision."""
    if len(mesh.colors) > _MOST_COLORS:
        raise ValueError(f"a mesh of {len(mesh.colors)} colours; {_MOST_COLORS} is the most")
    head = _HEAD.pack(_MAGIC, len(mesh.vertices), len(mesh.triangles), len(mesh.colors))
    parts = (mesh.vertices.astype("<f4"), mesh.triangles.astype("<u4"), mesh.colors.astype("<f4"))
    return b"".join([head, *(part.tobytes() for part in parts), mesh.color_of.astype("<u2").tobytes()])


def unpack(content: bytes) -> Mesh:
    """Return the mesh of such bytes; raises ValueError for others."""
    magic, vertices, triangles, colors = _HEAD.unpack_from(content)
    if magic != _MAGIC or len(content) != _HEAD.size + 12 * vertices + 14 * triangles + 16 * colors:
        raise ValueError("these bytes are no mesh")
    at = _HEAD.size
    points = np.frombuffer(content, "<f4", 3 * vertices, at).reshape(-1, 3)
    at += 12 * vertices
    faces = np.frombuffer(content, "<u4", 3 * triangles, at).reshape(-1, 3)
    at += 12 * triangles
    paints = np.frombuffer(content, "<f4", 4 * colors, at).reshape(-1, 4)
    which = np.frombuffer(content, "<u2", triangles, at + 16 * colors)
    return Mesh(points.astype(np.float64), faces.astype(np.int32), paints.astype(np.float32), which.astype(np.int32))


def centred(body: Body) -> Body:
    """Return the same body with a mesh about the origin of its frame, so that single precision is enough for it."""
    vertices = body.mesh.vertices
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    mesh = Mesh(vertices - centre, body.mesh.triangles, body.mesh.colors, body.mesh.color_of)
    matrix = body.matrix.copy()
    matrix[:3, 3] += body.matrix[:3, :3] @ centre
    return Body(mesh, matrix)
