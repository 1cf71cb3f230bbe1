"""The intake of a load: every row that a source offers is either staged or quarantined, and both are counted."""

from collections import Counter
from dataclasses import replace

from psycopg import sql

from layers.base import Layer
from layers.errors import SourceError
from layers.ingest.aside import Found, doubles, set_aside
from layers.ingest.progress import Progress
from layers.ingest.quarantine import Provenance, Quarantine, Tolerance
from layers.ingest.stage import Cursor, Stage, stage_table
from layers.ingest.summary import LayerSummary
from layers.quality.examine import Examination, examine, kind_of, refused_by
from layers.quality.rows import staged_rows
from layers.quality.rules import RuleBook
from layers.registry import Registry
from layers.source import Reading


class Intake:
    """What one load takes in."""

    def __init__(
        self, cursor: Cursor, reading: Reading, whence: Provenance, tolerance: Tolerance, stage: Stage
    ) -> None:
        """Take in by way of that stage."""
        self._cursor = cursor
        self._reading = reading
        self._tolerance = tolerance
        self._stage = stage
        self._quarantine = Quarantine(cursor, whence, reading.layers)
        self._staged: Counter[str] = Counter()
        self._joined: Counter[str] = Counter()
        self.examined: list[Examination] = []

    def take_in(self, progress: Progress) -> None:
        """Read everything; raises SourceError where too little of it is right."""
        self._stage.fill(self._reading, progress, self._quarantine.keep)
        if self._stage.may_have_doubles():
            self._set_aside(doubles(self._cursor, self._reading.layers))
        self._staged = self._stage.counted()
        self._require_whole(self._staged)

    def keep_rules(self, book: RuleBook, registry: Registry) -> None:
        """Hold the staged rows against the rules of their layers."""
        # What is derived may join rows, as the stops of one station.
        self._joined = self._staged - self._stage.counted()
        stages = {layer.id: stage_table(layer) for layer in self._reading.layers}
        found: Found = {}
        for layer in self._reading.layers:
            rows, rules = staged_rows(layer, registry, stages), book.of(layer.id)
            if any(rule.severity == "refuse" and kind_of(rule).costly for rule in rules):
                self._cursor.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(stages[layer.id]))
            self.examined.append(examine(self._cursor, rows, rules, costly=False))
            if refused := refused_by(self._cursor, rows, rules):
                found[layer.id] = refused
        self._set_aside(found)
        self._quarantine.mark_standing(self._reading.layers)

    def knows_all_keys(self, layer: Layer) -> bool:
        """Tell whether what is missing of a layer is known to be; a row without a key could be any object."""
        if layer.id not in self._quarantine.tally.keyless:
            return True
        self._reading.notes.append(
            f"rows of {layer.id} without a readable key were quarantined, and each may be any object, so that none was "
            "taken as gone (有行缺少标识，未将任何对象判为消失)"
        )
        return False

    def settle(self, layers: tuple[LayerSummary, ...]) -> tuple[LayerSummary, ...]:
        """Return the summaries with what was quarantined; raises SourceError where a row is unaccounted for."""
        standing, kept = self._quarantine.take_standing(), self._quarantine.counted()
        if number := standing.total():
            self._reading.notes.append(
                f"{number} rows that were released from quarantine are as they were then, so what was mended stands "
                "(已放行的行未变，沿用修复后的值)"
            )
        settled = tuple(_with_rest(layer, standing[layer.layer], kept[layer.layer]) for layer in layers)
        self._require_whole(Counter({layer.layer: layer.accepted for layer in settled}) + self._joined)
        return settled

    def _require_whole(self, accounted: Counter[str]) -> None:
        """Raise SourceError unless, by layer, what is accounted for and what is quarantined are what was read."""
        kept = self._quarantine.counted()
        for layer in self._reading.layers:
            read, found = self._reading.read[layer.id], accounted[layer.id] + kept[layer.id]
            if read != found:
                raise SourceError(
                    str(self._reading.path),
                    f"{read} rows were read and {found} are accounted for, so nothing was loaded; report this",
                    f"layer {layer.id}",
                )

    def _set_aside(self, found: Found) -> None:
        if found:
            self._quarantine.keep(set_aside(self._stage.writer, self._reading, found))
            self._stage.settle()
        tally = self._quarantine.tally
        tally.require_tolerable(self._reading.path, self._reading.read.total(), self._tolerance)


def _with_rest(layer: LayerSummary, standing: int, kept: int) -> LayerSummary:
    """Return a summary with rows whose release stands, which change nothing, and those that were quarantined."""
    whole = replace(layer, unchanged=layer.unchanged + standing, quarantined=kept)
    return replace(whole, read=whole.accepted + kept)
