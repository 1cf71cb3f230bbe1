"""Processes that make shapes: a program that opens a file once and forks itself for each that is asked of it.

Native code that meets a shape it cannot stand ends its process, and the forked ones are there to be ended. The program
imports nothing of this product, so that it starts quickly, and has one thread, so that it can be forked. Standard input
is a socket on which it is asked for processes, with the two pipes of each, and for how one ended.

A line on the first pipe is a chunk: the numbers of its products. What comes on the second are frames: a header, then
arrays of native byte order, then a text; all lengths are in the header.
"""

import contextlib
import os
import signal
import socket
import struct
import sys
from array import array
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

# Kind, number of the product; then counts of vertices, triangles and materials, and bytes of the text.
HEADER = struct.Struct("=cqqqqq")
# What is asked of the program, and what it answers: a kind and a number.
ASKED = struct.Struct("=cq")
FORK, STATUS = b"+", b"?"
OPEN, BROKEN, ANSWER = b"O", b"B", b"A"
DONE = b"D"
SHAPE, AGAIN, TOO_LARGE, FAILED, COMPLAINT = b"S", b"A", b"L", b"F", b"C"
MATRIX_BYTES = 16 * 8
# Red, green, blue and opacity, and whether the file states the colour.
MATERIAL_NUMBERS = 5
KERNEL = "hybrid-cgal-simple-opencascade"
_OTHER_KERNELS = ("opencascade", "cgal")
# The first of the hybrid ones.
_QUICKEST_KERNEL = "cgal-simple"
_ERROR = 4
_NOT_CONVERTED = "GEO326"


def main(arguments: list[str]) -> None:
    """Open a file, and fork as often as asked; ``arguments`` are path, kernel, most triangles and patience, s."""
    path, kernel, most_triangles, patience = arguments
    _become_mortal()
    with socket.socket(fileno=0) as control:
        try:
            shapes = Shapes(path, kernel, int(most_triangles), float(patience))
        except Exception as error:  # whatever the library raises ends here, and is told
            _give_up(control, error)
            return
        control.sendall(ASKED.pack(OPEN, 0))
        children: set[int] = set()
        try:
            _serve(control, shapes, children)
        except OSError as error:  # no process can be forked, where memory is short
            _give_up(control, error)
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)
            for child in children:
                os.waitpid(child, 0)
            # The system frees the file faster than the library does.
            os._exit(0)


def _give_up(control: socket.socket, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}".encode(errors="replace")
    with contextlib.suppress(OSError):
        control.sendall(ASKED.pack(BROKEN, len(text)) + text)


def _serve(control: socket.socket, shapes: "Shapes", children: set[int]) -> None:
    """Answer one question after the other, until nobody asks any more."""
    while True:
        asked, pipes, *_ = socket.recv_fds(control, ASKED.size, 2)
        if not asked:
            return
        kind, number = ASKED.unpack(asked)
        if kind == FORK:
            number = os.fork()
            if number == 0:
                _work(control, shapes, *pipes)
            children.add(number)
            for pipe in pipes:
                os.close(pipe)
        else:
            _, status = os.waitpid(number, 0)
            children.discard(number)
            number = os.waitstatus_to_exitcode(status)
        control.sendall(ASKED.pack(ANSWER, number))


def _work(control: socket.socket, shapes: "Shapes", orders: int, answers: int) -> NoReturn:
    """Make the shapes of the chunks that come in, as the forked process, and end it."""
    control.close()
    status = 1
    try:
        with os.fdopen(orders, "rb") as lines, os.fdopen(answers, "wb") as out:
            shapes.out = out
            for line in lines:
                shapes.chunk([int(number) for number in line.split()])
        status = 0
    finally:
        # Nothing of the process that it was forked from is its own to clear away.
        os._exit(status)


class Shapes:
    """Makes shapes of one file; each step may take ``patience`` seconds before the system ends the process."""

    def __init__(self, path: str, kernel: str, most_triangles: int, patience: float) -> None:
        """Open the file."""
        # The library parses descriptions of views with it, which nobody asks for here, and does without.
        sys.modules["lark"] = None  # type: ignore[assignment]
        import ifcopenshell
        import ifcopenshell.geom

        self._geom = ifcopenshell.geom
        self._wrapper = ifcopenshell.ifcopenshell_wrapper
        self._logger = self._wrapper.logger()
        self._logger.output_format(self._logger.FMT_INMEMORY)
        self._file = ifcopenshell.open(path, format=".ifc", logger=self._logger)
        self._settings = ifcopenshell.geom.settings()
        # Normals are for those who draw, and ours are made for each face.
        self._settings.set("no-normals", True)
        # The same without openings.
        self._uncut = ifcopenshell.geom.settings()
        self._uncut.set("no-normals", True)
        self._uncut.set("disable-opening-subtractions", True)
        self._kernel, self._most, self._patience = kernel, most_triangles, patience
        self._sent = ""
        # Where frames go: the pipe of a forked process.
        self.out: BinaryIO = sys.stdout.buffer

    def chunk(self, numbers: list[int]) -> None:
        """Send a frame for each shape of these products, then one that says that they are done."""
        self._logger.clear()
        waiting = dict.fromkeys(numbers)
        # What an iterator raises is of one product; the next ones are not to suffer.
        with contextlib.suppress(RuntimeError):
            for shape in self._shapes(numbers):
                # A product whose own shape is that of its map, moved nowhere, comes twice; parts come with the whole.
                # One comes empty where the first of the kernels loses it in a boolean.
                if shape.id in waiting and shape.geometry.faces_buffer:
                    del waiting[shape.id]
                    self._tell(shape)
        self._complain(numbers)
        for number in waiting:
            self._alone(number)
            self._complain([number])
        _send(self.out, DONE)

    def _shapes(self, numbers: list[int]) -> Iterator[Any]:
        products = [self._file.by_id(number) for number in numbers]
        iterator = self._geom.iterator(
            self._settings, self._file, 1, include=products, geometry_library=self._kernel, logger=self._logger
        )
        with self._limited():
            more = iterator.initialize()
        while more:
            yield iterator.get()
            with self._limited():
                more = iterator.next()

    def _alone(self, number: int) -> None:
        """Try one product with one kernel after the other; send the first shape that has triangles."""
        empty, error = None, None
        product = self._file.by_id(number)
        uncut = self._uncut_by_its_openings(product)
        if uncut is not None:
            # The quickest kernel has lost it where it had nothing to cut, and the others take long over that.
            self._tell(uncut)
            return
        for kernel in (self._kernel, *_OTHER_KERNELS):
            try:
                shape = self._made(self._settings, product, kernel)
            except RuntimeError as raised:
                error = error or raised
                continue
            if shape.geometry.faces_buffer:
                self._tell(shape)
                return
            empty = empty or shape
        if empty is not None:
            self._tell(empty)
        else:
            _send(self.out, FAILED, number, text=self._reason() or str(error))

    def _made(self, settings: Any, product: Any, kernel: str) -> Any:
        with self._limited():
            return self._geom.create_shape(settings, product, geometry_library=kernel, logger=self._logger)

    def _uncut_by_its_openings(self, product: Any) -> Any:
        """Return the shape of a product that has openings, none of which is near enough to cut it, or None."""
        wholes = [part.RelatingObject for part in getattr(product, "Decomposes", None) or ()]
        openings = [voids.RelatedOpeningElement for voids in getattr(product, "HasOpenings", None) or ()]
        # Those of a whole cut its parts too.
        if not openings or any(getattr(whole, "HasOpenings", None) for whole in wholes):
            return None
        try:
            shape = self._made(self._uncut, product, _QUICKEST_KERNEL)
            own = _box(shape)
            is_apart = all(_are_apart(own, _box(self._made(self._uncut, one, _QUICKEST_KERNEL))) for one in openings)
        except (RuntimeError, ValueError):
            return None
        return shape if is_apart and shape.geometry.faces_buffer else None

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        """Let the system end this process when a step takes too long: native code hears no other voice."""
        signal.setitimer(signal.ITIMER_REAL, self._patience)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _tell(self, shape: Any) -> None:
        geometry = shape.geometry
        vertices, triangles = geometry.verts_buffer, geometry.faces_buffer
        count = len(triangles) // 12
        if count > self._most:
            _send(self.out, TOO_LARGE, shape.id, (0, count, 0))
        elif geometry.id == self._sent:
            _send(self.out, AGAIN, shape.id, arrays=(shape.transformation_buffer,))
        else:
            rows = [number for style in geometry.materials for number in self._material(style)]
            counts = len(vertices) // 24, count, len(rows) // MATERIAL_NUMBERS
            place, colours = shape.transformation_buffer, struct.pack(f"={len(rows)}f", *rows)
            _send(
                self.out, SHAPE, shape.id, counts, (place, vertices, triangles, geometry.material_ids_buffer, colours)
            )
            self._sent = geometry.id

    def _material(self, style: Any) -> tuple[float, ...]:
        """Return a colour, its opacity, and 1 if the file states it; 0 where the library has made it up."""
        number = style.instance_id()
        stated = number > 0 and not self._file.by_id(number).is_a("IfcMaterial")
        colour = style.get_color()
        opacity = 1.0 - style.transparency if style.has_transparency() else 1.0
        return colour.r(), colour.g(), colour.b(), opacity, float(stated)

    def _reason(self) -> str:
        """Return the first error that the library has noted."""
        errors = (message for message in self._logger.log_messages() if message.severity >= _ERROR)
        return next((f"{message.message} {message.instance}" for message in errors), "")

    def _complain(self, numbers: list[int]) -> None:
        """Send which of these products lack a part, and forget what the library has noted.

        An operand of a boolean that no kernel can make is left out, and only the operand is named.
        """
        for message in self._logger.log_messages():
            part = message.instance.partition("=")[0].lstrip("#")
            if message.code == _NOT_CONVERTED and part.isdigit():
                for number in self._products_with(int(part)) & set(numbers):
                    _send(self.out, COMPLAINT, number, text=f"{message.message} {message.instance}")
        self._logger.clear()

    def _products_with(self, part: int) -> set[int]:
        """Return the numbers of the products that a part of a shape is in, or cuts an opening into."""
        products, seen, waiting = set(), {part}, [self._file.by_id(part)]
        while waiting:
            entity = waiting.pop()
            if entity.is_a("IfcProduct"):
                products.add(entity.id())
                hosts = (voids.RelatingBuildingElement for voids in getattr(entity, "VoidsElements", None) or ())
                products.update(host.id() for host in hosts)
                continue
            above = [user for user in self._file.get_inverse(entity) if user.id() not in seen]
            seen.update(user.id() for user in above)
            waiting.extend(above)
        return products


def _box(shape: Any) -> list[tuple[float, float]]:
    """Return the least and greatest x, y and z of a shape where it stands; raises ValueError where it has no points."""
    points, matrix = array("d", shape.geometry.verts_buffer), array("d", shape.transformation_buffer)
    xyz = list(zip(points[0::3], points[1::3], points[2::3], strict=True))
    # The matrix stands column by column.
    rows = [(matrix[axis], matrix[axis + 4], matrix[axis + 8], matrix[axis + 12]) for axis in range(3)]
    moved = [[a * x + b * y + c * z + d for x, y, z in xyz] for a, b, c, d in rows]
    return [(min(along), max(along)) for along in moved]


def _are_apart(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    """Tell whether there is room between two boxes; not a number is near everything."""
    return any(high < low or there < here for (here, high), (low, there) in zip(one, other, strict=True))


def _send(
    out: BinaryIO,
    kind: bytes,
    product: int = 0,
    counts: tuple[int, int, int] = (0, 0, 0),
    arrays: tuple[bytes, ...] = (),
    text: str = "",
) -> None:
    encoded = text.encode(errors="replace")
    out.write(HEADER.pack(kind, product, *counts, len(encoded)))
    for part in (*arrays, encoded):
        out.write(part)
    out.flush()


def _become_mortal() -> None:
    """Let this process and those forked from it end when time or memory runs out."""
    # Whoever started this one may have turned a deaf ear to it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        # Where memory runs out, this process goes first and the server stays.
        score.write("1000")


if __name__ == "__main__":
    main(sys.argv[1:])
