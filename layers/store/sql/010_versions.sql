-- Versions of tiles. Edits append to onemap.tile_edit how often each cell of zoom 14 was touched; the version of a tile is
-- the sum over its cells, so that it changes with every edit and no two edits wait for each other.

-- Half the side of Web Mercator's square, metres: pi times the equator's radius, 6378137 m.
CREATE OR REPLACE FUNCTION onemap.web_mercator_half() RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 20037508.342789244;

-- The column or row of zoom 14 in which a coordinate lies, in metres from the square's western or northern edge.
CREATE OR REPLACE FUNCTION onemap.cell14(metres double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(16383, greatest(0, floor(metres / (2 * onemap.web_mercator_half()) * 16384)))::integer;

-- Append tile edits for the cells that the boxes of these geometries touch, with the margin that tiles are cut with
-- (64 of 4096 units, hence 1/64 of a cell). Many cells become one edit of the whole layer. In plpgsql, whose plans are
-- kept: as an SQL function it was planned anew at each edit, which took longer than all else.
CREATE OR REPLACE FUNCTION onemap.record_tile_edits(layer_name text, geoms geometry[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    h CONSTANT double precision := onemap.web_mercator_half();
    margin CONSTANT double precision := 2 * h / 16384 / 64;
BEGIN
    INSERT INTO onemap.tile_edit (layer, x, y, n)
    WITH box AS (
        SELECT DISTINCT onemap.cell14(ST_XMin(g) - margin + h) AS x0, onemap.cell14(ST_XMax(g) + margin + h) AS x1,
                        onemap.cell14(h - ST_YMax(g) - margin) AS y0, onemap.cell14(h - ST_YMin(g) + margin) AS y1
        FROM unnest(geoms) AS g
        WHERE g IS NOT NULL AND NOT ST_IsEmpty(g)
    ), size AS (
        SELECT sum((x1 - x0 + 1)::bigint * (y1 - y0 + 1)) > 20000 AS many FROM box
    )
    SELECT DISTINCT layer_name, x, y, 1 FROM box, generate_series(x0, x1) AS x, generate_series(y0, y1) AS y
    WHERE NOT (SELECT many FROM size)
    UNION ALL
    SELECT layer_name, -1, -1, 1 FROM size WHERE many;
END $$;

-- The version of one tile: edits of its cells, and instants passed at which rows began or ended to be valid.
-- At zoom 14 and beyond the tile lies in one cell; before, it covers 2^(14-z) cells a side and its margin reaches a 64th
-- of that further. In plpgsql, whose plans are kept: as an SQL function it was planned anew in every statement, which
-- took six times as long. An instant passed weighs 2^40 edits, so that no number of edits ever makes up for one: two
-- states of a tile never share a version, even where clocks disagree on which instants have passed.
CREATE OR REPLACE FUNCTION onemap.tile_version(layer_name text, z integer, tile_x integer, tile_y integer, at timestamptz)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    up integer := greatest(14 - z, 0);
    down integer := greatest(z - 14, 0);
    margin integer := CASE WHEN z >= 14 THEN 0 ELSE ceil((1 << up) / 64.0) END;
    -- Not below zero: -1 stands for the whole layer.
    west integer := greatest(((tile_x >> down) << up) - margin, 0);
    north integer := greatest(((tile_y >> down) << up) - margin, 0);
    span integer := (1 << up) - 1 + 2 * margin;
BEGIN
    RETURN (
        SELECT coalesce(sum(b.n), 0) FROM onemap.tile_edit AS b
        WHERE b.layer = layer_name AND b.x BETWEEN west AND west + span AND b.y BETWEEN north AND north + span
    ) + (
        SELECT coalesce(sum(b.n), 0) FROM onemap.tile_edit AS b WHERE b.layer = layer_name AND b.x = -1 AND b.y = -1
    ) + (
        SELECT count(*) << 40 FROM onemap.validity_boundary AS b WHERE b.layer = layer_name AND b.at <= tile_version.at
    );
END $$;

-- Fold the edits of each cell into one row, and instants that have passed into an edit of their layer. Sums stay as
-- they are, so this may run at any time.
CREATE OR REPLACE FUNCTION onemap.compact_versions() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    WITH passed AS (
        DELETE FROM onemap.validity_boundary WHERE at < clock_timestamp() - interval '1 hour' RETURNING layer
    ), crowded AS (
        SELECT layer, x, y FROM onemap.tile_edit GROUP BY layer, x, y HAVING count(*) > 1
    ), gone AS (
        DELETE FROM onemap.tile_edit AS b USING crowded AS c
        WHERE (b.layer, b.x, b.y) = (c.layer, c.x, c.y) RETURNING b.layer, b.x, b.y, b.n
    ), folded AS (
        SELECT layer, x, y, n FROM gone UNION ALL SELECT layer, -1, -1, 1::bigint << 40 FROM passed
    )
    INSERT INTO onemap.tile_edit (layer, x, y, n) SELECT layer, x, y, sum(n) FROM folded GROUP BY layer, x, y;
END;

-- Set the tile versions of this database apart from all that clients may have cached, as after a restore.
CREATE OR REPLACE FUNCTION onemap.new_epoch() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    DELETE FROM onemap.epoch;
    INSERT INTO onemap.epoch DEFAULT VALUES;
END;
