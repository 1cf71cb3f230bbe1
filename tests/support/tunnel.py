"""A small measured configuration made up for tests: two blocks in a wind tunnel, measured in two directions."""

from pathlib import Path

INFLOW = """z_m,U_ms,sigmaU_ms
0.02,2.4,0.55
0.10,3.2,0.62
0.20,3.7,0.60
0.40,4.4,0.55
"""
GEOMETRY = """block,cx_m,cy_m,width_m,length_m,height_low,height_high
a,0,0,0.2,0.2,0.2,0.2
b,0.4,0,0.2,0.2,0,0.4
"""
HEAD = "variant,wind_from_deg,x_m,y_m,z_m,speed_over_uref,uref_ms\n"


def points() -> list[tuple[float, float]]:
    """Return 25 points around the blocks."""
    return [(x / 10, y / 10) for x in (-3, -2, 2, 6, 8) for y in (-3, -2, 0, 2, 3)]


def measurements() -> str:
    """Return made-up speeds over the reference: slow on the lee side of the first block, else about one."""
    rows = [
        f"{variant},{from_deg},{x},{y},0.02,{0.5 if (x > 0 and abs(y) < 0.1) else 1.0 + 0.1 * y:.3f},2.4\n"
        for variant in ("low", "high")
        for from_deg in (270, 315)
        for x, y in points()
    ]
    return HEAD + "".join(rows)


def write_tunnel(folder: Path, **files: str) -> Path:
    """Write the configuration into a folder; ``files`` replace ``inflow``, ``measurements`` or ``geometry``."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"inflow": INFLOW, "measurements": measurements(), "geometry": GEOMETRY, **files}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder
