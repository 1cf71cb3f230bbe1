#!/bin/sh
# trimesh 5.2.0 reads a face of an OBJ file with more than four corners as a fan about its first corner. That is right
# for convex faces alone: an L of 7 m² has 7 m² or 16 m², by which corner the file begins with. There is no warning.
# The triangles beyond the outline overlap others, so that areas, rays and footprints are wrong.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'trimesh==5.2.0' 'numpy==2.4.6' || {
    echo "could not install the pinned packages" >&2
    exit 2
}
"$folder/venv/bin/python" -W error - <<'PYTHON'
import io
import sys

import trimesh

print(f"trimesh {trimesh.__version__}")
corners = [(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)]
vertices = "".join(f"v {x} {y} 0\n" for x, y in corners)
areas = []
for first in range(len(corners)):
    face = " ".join(str((first + step) % len(corners) + 1) for step in range(len(corners)))
    mesh = trimesh.load(io.BytesIO(f"{vertices}f {face}\n".encode()), file_type="obj", force="mesh")
    areas.append(float(mesh.area))
print(areas)
if areas != [7.0, 16.0, 16.0, 7.0, 16.0, 16.0]:
    sys.exit("it behaves in another way now")
PYTHON
