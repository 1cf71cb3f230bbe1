"""The process that makes shapes, made to misbehave at some products: a file beside the model says how.

``MODEL.unruly.json`` has lists of numbers of products: at those under ``crash`` it dies of a segmentation fault, at
those under ``hang`` it goes on for ever, those under ``nan`` come with coordinates that are no numbers, those under
``silent`` do not come. With ``start`` it dies before it has opened the file.
"""

import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any


def _worker() -> ModuleType:
    path = Path(__file__).parents[2] / "bim" / "formats" / "ifc" / "worker.py"
    spec = importlib.util.spec_from_file_location("worker", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


worker = _worker()
orders = json.loads(Path(sys.argv[1] + ".unruly.json").read_text())


class Unruly(worker.Shapes):  # type: ignore[name-defined,misc]
    """Makes shapes until it meets one of its products."""

    def _shapes(self, numbers: list[int]) -> Iterator[Any]:
        for shape in super()._shapes(numbers):
            self._meet(shape.id)
            if shape.id not in orders.get("silent", ()):
                yield shape

    def _alone(self, number: int) -> None:
        self._meet(number)
        if number not in orders.get("silent", ()):
            super()._alone(number)

    def _meet(self, number: int) -> None:
        if number in orders.get("crash", ()):
            os.kill(os.getpid(), signal.SIGSEGV)
        if number in orders.get("hang", ()):
            with self._limited():
                time.sleep(600)

    def _tell(self, shape: Any) -> None:
        if shape.id in orders.get("nan", ()):
            vertices = b"\xff" * len(shape.geometry.verts_buffer)
            counts = len(vertices) // 24, len(shape.geometry.faces_buffer) // 12, 0
            arrays = shape.transformation_buffer, vertices, shape.geometry.faces_buffer
            material_of = shape.geometry.material_ids_buffer
            worker._send(self.out, worker.SHAPE, shape.id, counts, (*arrays, material_of))
        else:
            super()._tell(shape)


if __name__ == "__main__":
    if orders.get("start"):
        os.kill(os.getpid(), signal.SIGKILL)
    worker.Shapes = Unruly  # type: ignore[attr-defined]
    worker.main(sys.argv[1:])
