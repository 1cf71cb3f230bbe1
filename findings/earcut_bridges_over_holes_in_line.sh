#!/bin/sh
# mapbox_earcut 2.1.0 joins two holes whose sides are in line by edges that run over corners of the other hole. The area
# of the triangles is right, but an edge of one triangle has two more corners of the polygon on it, which are ends of
# other triangles: a prism of such a roof and of walls from corner to corner is open, and "watertight" checks fail.
# The same polygon moved by a hundredth is cut without such edges. Buildings with two courts in line are common.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'mapbox_earcut==2.1.0' 'numpy==2.4.6' || {
    echo "could not install the pinned packages" >&2
    exit 2
}
"$folder/venv/bin/python" -W error - <<'PYTHON'
import sys
from collections import Counter
from importlib.metadata import version

import mapbox_earcut
import numpy as np

print(f"mapbox_earcut {version('mapbox_earcut')}")
OUTER = [(20, 0), (-10, 17), (-10, -17)]


def hole(x, y):
    return [(x, y), (x + 4, y), (x + 4, y + 4), (x, y + 4)]


def edges_over_corners(lower):
    """Return the edges of triangles that have other corners of the polygon between their ends."""
    rings = [OUTER, hole(-6, -2), hole(2, lower)]
    points = np.array([corner for ring in rings for corner in ring], float)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    triangles = mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3)
    one, two, three = (points[triangles[:, i]] for i in range(3))
    area = abs((two - one)[:, 0] * (three - one)[:, 1] - (two - one)[:, 1] * (three - one)[:, 0]).sum() / 2
    edges = Counter(tuple(sorted(map(int, pair))) for t in triangles for pair in zip(t, np.roll(t, -1)))
    over = []
    for start, end in edges:
        way, others = points[end] - points[start], points - points[start]
        aside = others[:, 0] * way[1] - others[:, 1] * way[0]
        along = others @ way
        if ((aside == 0) & (along > 0) & (along < way @ way)).any():
            over.append((tuple(points[start].tolist()), tuple(points[end].tolist())))
    return sorted(over), float(area)


in_line, area = edges_over_corners(-2)
moved, area_moved = edges_over_corners(-2.01)
print("in line:", in_line, area)
print("moved:", moved, area_moved)
if not in_line or moved or abs(area - 478) > 1e-9:
    sys.exit("it behaves in another way now")
PYTHON
