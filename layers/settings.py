"""Settings: one class, prefix ``TWIN_``, read once at the start and passed down."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from layers.space.local_grid import LocalGrid

MIB = 1024 * 1024
# The Cybersecurity Law (article 21) has logs of networks kept for six months at least.
LEAST_AUDIT_DAYS = 180


def default_home() -> Path:
    """The default of ``TWIN_HOME``, the folder of the cluster and secrets."""
    if os.geteuid() == 0:
        return Path("/var/lib/onemap-twin")
    return Path.home() / ".local" / "share" / "onemap-twin"


class Settings(BaseSettings):
    """All that an operator may choose; every field is an environment variable with the prefix ``TWIN_``."""

    model_config = SettingsConfigDict(env_prefix="TWIN_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default_factory=default_home, description="Folder of the private cluster, logs and secrets.")
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL server to use instead of the private cluster: postgresql://user:pw@host/db.",
    )
    database_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Let the private cluster listen on this loopback port besides its socket.",
    )
    postgres_bin: Path | None = Field(
        default=None, description="Folder of initdb and postgres; the newest installed one that has PostGIS if not set."
    )
    run_as: str = Field(
        default="postgres",
        description="System user that runs the private cluster and our own processes when we are root.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the web server listens on.")
    mqtt_port: int = Field(
        default=1883, ge=0, le=65535, description="Loopback port on which devices publish by MQTT; 0: no broker is run."
    )
    mqtt_read_port: int = Field(
        default=1884, ge=1, le=65535, description="Loopback port on which readings are followed by MQTT."
    )
    web_workers: int = Field(default=2, ge=1, le=64, description="Web processes.")
    public_url: str | None = Field(default=None, description="Base address in links, when behind a proxy.")
    pool_size: int = Field(
        default=4, ge=1, le=100, description="Database connections per web process, tiles and queries apart."
    )
    statement_timeout_s: float = Field(
        default=15.0, gt=0, description="Longest time that one query of a request may take, seconds."
    )
    swap_limit_s: float = Field(
        default=600.0,
        gt=0,
        description="Longest time that a large load waits for sessions that use a layer's table, seconds.",
    )
    tile_cache_bytes: int = Field(
        default=128 * MIB, ge=0, description="Memory for tiles per web process; 0 turns the cache off."
    )
    tile_features: int = Field(
        default=20_000, ge=1, description="Most features of one layer in one tile; a cut is signalled."
    )
    tile_triangles: int = Field(
        default=4_000_000, ge=1, description="Most triangles of one content of a 3-D tileset; more are refused."
    )
    tile_layers: int = Field(default=24, ge=1, description="Most layers that one tile request may name.")
    streams: int = Field(default=200, ge=0, description="Most streams of changes that one web process keeps open.")
    streams_each: int = Field(
        default=20, ge=1, description="Most streams of changes of one person, or of one address of visitors, in each."
    )
    items_limit: int = Field(default=1_000, ge=1, description="Largest page of items; larger values are clamped to it.")
    local_grids: tuple[LocalGrid, ...] = Field(
        default=(),
        description="Local city grids that --crs may name, as JSON: a list of name, pipeline (PROJ) and accuracy_m.",
    )
    review_rules: Path | None = Field(
        default=None, description="A folder of rules of sunlight, one TOML file each, that add to ours or replace them."
    )
    upload_bytes: int = Field(default=2048 * MIB, ge=1, description="Largest file that may be uploaded.")
    overpass_url: str = Field(
        default="https://overpass-api.de/api/interpreter",
        pattern="^https?://",
        description="The Overpass server that twin fetch osm asks.",
    )
    geofabrik_url: str = Field(
        default="https://download.geofabrik.de/asia/china/shanghai-latest.osm.pbf",
        pattern="^https?://",
        description="The extract that twin fetch geofabrik takes.",
    )
    nominatim_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="A Nominatim to ask for places that the layer boundaries lacks; nobody is asked if not set.",
    )
    download_bytes: int = Field(default=4096 * MIB, ge=1, description="Largest file that is fetched from elsewhere.")
    download_timeout_s: float = Field(
        default=120.0, gt=0, description="Longest silence of a server that a file is fetched from, seconds."
    )
    retention_uploads_days: int = Field(
        default=30, ge=0, description="How long uploaded files are kept; 0 keeps them for ever."
    )
    retention_audit_days: int = Field(
        default=1095, ge=0, description="How long the audit is kept, 180 at least; 0 keeps it for ever."
    )
    retention_jobs_days: int = Field(
        default=90, ge=0, description="How long jobs that are over are listed; 0 keeps them for ever."
    )
    retention_quarantine_days: int = Field(
        default=730, ge=0, description="How long decided rows of the quarantine are kept; 0 keeps them for ever."
    )
    simulate: bool = Field(default=False, description="Let the sample's simulated sensors speak with the clock.")
    sample: bool = Field(default=True, description="Load the bundled sample district when the database is empty.")

    @field_validator("retention_audit_days")
    @classmethod
    def _keep_the_audit(cls, days: int) -> int:
        if 0 < days < LEAST_AUDIT_DAYS:
            raise ValueError(f"the audit is kept for {LEAST_AUDIT_DAYS} days at least, or for ever (0)")
        return days
