"""``python -m api.serve.prepare``: migrate, make the administrator's token, load the sample into an empty database."""

import sys

from sqlalchemy import Connection, select

from api.console import err, out, read_settings
from api.layers import all_layers
from api.sample import load_sample
from api.schemas import all_schemas
from api.work import raster_files
from layers.access import LOCAL_OPERATOR, ensure_administrator
from layers.entities import ask_for_codes, coded_layers
from layers.errors import TwinError
from layers.ops import open_database
from layers.settings import Settings
from layers.store import code, load, migrate


def prepare(settings: Settings) -> None:
    """Migrate the database to this version, and load the sample into an empty one."""
    database = open_database(settings)
    registry = all_layers()
    try:
        for old, name in migrate(database, registry, all_schemas()).items():
            message = f"layer {old}, made from a file, is {name} now: this version has a layer {old} of its own"
            out().print(f"database: {message} (由文件建立的同名图层已改名)", markup=False)
        with database.owner.begin() as connection:
            ensure_administrator(connection, settings.home.expanduser().absolute())
            loads_sample = settings.sample and is_empty(connection)
            uncoded = not loads_sample and not has_codes(connection)
        if loads_sample:
            load_sample(database, registry, raster_files(settings))
        elif uncoded:
            ask_for_codes(database, coded_layers(registry), LOCAL_OPERATOR.name)
    finally:
        database.dispose()


def is_empty(connection: Connection) -> bool:
    """Tell whether nothing was ever loaded."""
    return connection.execute(select(load.c.id).limit(1)).first() is None


def has_codes(connection: Connection) -> bool:
    """Tell whether any object has a code; what an older version loaded has none."""
    return connection.execute(select(code.c.code).limit(1)).first() is not None


def main() -> int:
    """Prepare with the settings of this process; the exit status reports success."""
    try:
        prepare(read_settings())
    except TwinError as error:
        err().print(f"twin: {error}", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
