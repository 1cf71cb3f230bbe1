"""Bindings that a model itself suggests: its sensors and controls, in the rooms that its file puts them in."""

from sqlalchemy import Connection, func, select

from bim.bindings.binding import Binding, Span, is_thing
from bim.models import model_version
from bim.store import record
from bim.tileset.statement import View

# Of IFC 4 and 4X3; IFC 2X3 has one class for all of them.
_CLASSES = (
    "IfcActuator", "IfcAlarm", "IfcController", "IfcDistributionControlElement", "IfcFlowInstrument",
    "IfcProtectiveDeviceTrippingUnit", "IfcSensor", "IfcUnitaryControlElement",
)  # fmt: skip
_MOST = 10_000


def propose_bindings(connection: Connection, view: View, model: str) -> list[tuple[Binding, str]]:
    """Return a binding, to be reviewed, for each sensor or control that stands in another element, with its name.

    The thing is its tag, where the file has one that names nothing else, or else its GlobalId; it is there from the
    date of the model on.
    """
    date, rows = model_version(connection, view, model).date, view.rows(model)
    tag = record.c.facts["tag"].astext
    statement = (
        select(rows.c.source_key, rows.c.parent, rows.c["class"], func.coalesce(rows.c.name, ""), tag)
        .select_from(rows.outerjoin(record, record.c.id == rows.c.record))
        .where(rows.c["class"] == func.any(list(_CLASSES)), rows.c.parent.is_not(None))
        .order_by(rows.c.fid)
    )
    found = connection.execute(statement.limit(_MOST)).all()
    tags = [row[4] for row in found]
    return [
        (
            Binding(
                tag if tag and is_thing(tag) and tags.count(tag) == 1 else key, model, parent, Span(date), ifc_class
            ),
            name,
        )
        for key, parent, ifc_class, name, tag in found
    ]
