"""The validation of a load: every row that a source offers is either staged or quarantined, and both are counted."""

from collections import Counter
from dataclasses import replace

from psycopg import sql

from layers.base import Layer
from layers.errors import SourceError
from layers.intake.ingest.quarantine import Provenance, Quarantine, Tolerance
from layers.intake.ingest.reject import Rejections, duplicates, reject_staged
from layers.intake.ingest.stage import Cursor, Stage, stage_table
from layers.intake.ingest.summary import LayerSummary
from layers.intake.quality.examine import Examination, examine, kind_of, refused_by
from layers.intake.quality.rows import staged_rows
from layers.intake.quality.rules import RuleBook
from layers.intake.source import Reading
from layers.ops.jobs.progress import Progress
from layers.registry import Registry


class LoadValidation:
    """The validation of one load."""

    def __init__(
        self, cursor: Cursor, reading: Reading, provenance: Provenance, tolerance: Tolerance, stage: Stage
    ) -> None:
        """Prepare to read into that stage."""
        self._cursor = cursor
        self._reading = reading
        self._tolerance = tolerance
        self._stage = stage
        self._quarantine = Quarantine(cursor, provenance, reading.layers)
        self._staged: Counter[str] = Counter()
        self._joined: Counter[str] = Counter()
        self.examined: list[Examination] = []

    def read_rows(self, progress: Progress) -> None:
        """Stage all rows; raises SourceError when too many are refused."""
        self._stage.fill(self._reading, progress, self._quarantine.keep)
        if self._stage.may_have_duplicates():
            self._reject(duplicates(self._cursor, self._reading.layers))
        self._staged = self._stage.counted()
        self._require_complete(self._staged)

    def apply_rules(self, book: RuleBook, registry: Registry) -> None:
        """Check the staged rows against the rules of their layers."""
        # Derivation may merge rows, such as the stops of one station.
        self._joined = self._staged - self._stage.counted()
        stages = {layer.id: stage_table(layer) for layer in self._reading.layers}
        rejections: Rejections = {}
        for layer in self._reading.layers:
            rows, rules = staged_rows(layer, registry, stages), book.of(layer.id)
            if any(rule.severity == "refuse" and kind_of(rule).costly for rule in rules):
                self._cursor.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(stages[layer.id]))
            self.examined.append(examine(self._cursor, rows, rules, costly=False))
            if refused := refused_by(self._cursor, rows, rules):
                rejections[layer.id] = refused
        self._reject(rejections)
        self._quarantine.mark_released(self._reading.layers)

    def has_all_keys(self, layer: Layer) -> bool:
        """Tell whether all rows of a layer have keys; a row without one could be any object that seems missing."""
        if layer.id not in self._quarantine.tally.keyless:
            return True
        self._reading.notes.append(
            f"rows of {layer.id} without a readable key were quarantined; as each may be any object, none "
            "was taken as gone (有行缺少标识，未将任何对象判为消失)"
        )
        return False

    def settle(self, layers: tuple[LayerSummary, ...]) -> tuple[LayerSummary, ...]:
        """Return the summaries with quarantined rows; raises SourceError where a row is unaccounted for."""
        released, quarantined = self._quarantine.remove_released(), self._quarantine.counted()
        if number := released.total():
            self._reading.notes.append(
                f"{number} rows that were released from quarantine are unchanged, so their repaired values are kept "
                "(已放行的行未变，沿用修复后的值)"
            )
        settled = tuple(_with_quarantine(layer, released[layer.layer], quarantined[layer.layer]) for layer in layers)
        self._require_complete(Counter({layer.layer: layer.accepted for layer in settled}) + self._joined)
        return settled

    def _require_complete(self, accounted: Counter[str]) -> None:
        """Raise SourceError unless, by layer, accounted and quarantined rows add up to those read."""
        quarantined = self._quarantine.counted()
        for layer in self._reading.layers:
            read, total = self._reading.read[layer.id], accounted[layer.id] + quarantined[layer.id]
            if read != total:
                raise SourceError(
                    str(self._reading.path),
                    f"{read} rows were read and {total} are accounted for, so nothing was loaded; report this",
                    f"layer {layer.id}",
                )

    def _reject(self, rejections: Rejections) -> None:
        if rejections:
            self._quarantine.keep(reject_staged(self._stage.writer, self._reading, rejections))
            self._stage.settle()
        tally = self._quarantine.tally
        tally.require_tolerable(self._reading.path, self._reading.read.total(), self._tolerance)


def _with_quarantine(layer: LayerSummary, released: int, quarantined: int) -> LayerSummary:
    """Return a summary with released rows, which count as unchanged, and quarantined ones."""
    summary = replace(layer, unchanged=layer.unchanged + released, quarantined=quarantined)
    return replace(summary, read=summary.accepted + quarantined)
