-- Which cells there are in a rectangle, in a cell and under a geometry: covers and children of BeiDou and GeoSOT codes,
-- with the same answers as layers/space/grids.

-- How longitude and latitude are cut at a level: width and period of columns, height and period of rows, in units.
-- Cells are cut anew at each period, so that the last one of a period may be narrower.
CREATE OR REPLACE FUNCTION onemap.beidou_axes(level integer) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    widths CONSTANT bigint[] := ARRAY[44236800, 3686400, 1843200, 122880, 8192, 4096, 512, 64, 8, 1];
    heights CONSTANT bigint[] := ARRAY[29491200, 3686400, 1228800, 122880, 8192, 4096, 512, 64, 8, 1];
BEGIN
    IF level NOT BETWEEN 1 AND 10 THEN
        RAISE EXCEPTION 'level: beidou has levels 1 to 10, not %', level USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN ARRAY[widths[level], widths[level], heights[level], heights[level]];
END $$;

CREATE OR REPLACE FUNCTION onemap.geosot_axes(level integer) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    width bigint;
    period bigint;
BEGIN
    IF level NOT BETWEEN 1 AND 32 THEN
        RAISE EXCEPTION 'level: geosot has levels 1 to 32, not %', level USING ERRCODE = 'invalid_parameter_value';
    END IF;
    width := CASE WHEN level <= 9 THEN 7372800::bigint << 9 - level WHEN level <= 15 THEN 122880::bigint << 15 - level
                  WHEN level <= 21 THEN 2048::bigint << 21 - level ELSE 1::bigint << 32 - level END;
    period := CASE WHEN level <= 9 THEN width WHEN level <= 15 THEN 7372800 WHEN level <= 21 THEN 122880 ELSE width END;
    RETURN ARRAY[width, period, width, period];
END $$;

-- The intervals of cells on one axis that have a unit in [first, last): counted outwards from zero on either side.
CREATE OR REPLACE FUNCTION onemap.lattice_spans(first bigint, last bigint, width bigint, period bigint, most integer)
RETURNS TABLE (low bigint, high bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH side AS (
        SELECT s.sign, s.inner_line, least(s.outer_line, most * 7372800::bigint) AS outer_line
        FROM (VALUES (1, greatest(first, 0), last), (-1, greatest(-last, 0), -first)) AS s(sign, inner_line, outer_line)
    ), cut AS (
        SELECT s.sign, s.inner_line, s.outer_line, b.base * period + k.place * width AS near_line,
               least(b.base * period + least((k.place + 1) * width, period), most * 7372800::bigint) AS far_line
        FROM side AS s,
             LATERAL generate_series(s.inner_line / period, (s.outer_line - 1) / period) AS b(base),
             LATERAL generate_series(0::bigint, (period - 1) / width) AS k(place)
        WHERE s.outer_line > s.inner_line
    )
    SELECT CASE WHEN c.sign > 0 THEN c.near_line ELSE -c.far_line END,
           CASE WHEN c.sign > 0 THEN c.far_line ELSE -c.near_line END
    FROM cut AS c
    WHERE c.near_line < c.outer_line AND c.far_line > c.inner_line;
END;

-- The cells that have a unit in a rectangle of units (west, south, east, north), as unit lines; more than `most` are
-- refused before any is made.
CREATE OR REPLACE FUNCTION onemap.lattice_cells(
    box bigint[], axes bigint[], lat_limit integer, most integer, OUT west bigint, OUT south bigint, OUT east bigint,
    OUT north bigint
)
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- Periods hold one more cell than their width does where the last one is narrower.
    needed numeric := ceil((box[3] - box[1])::numeric / axes[1]) * ceil((box[4] - box[2])::numeric / axes[3]);
BEGIN
    IF needed > most THEN
        RAISE EXCEPTION 'level: the rectangle around it takes at least % cells of this level, and % are allowed; '
            'take a coarser level or a smaller area', needed, most USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
        SELECT x.low, y.low, x.high, y.high
        FROM onemap.lattice_spans(box[1], box[3], axes[1], axes[2], 180) AS x,
             onemap.lattice_spans(box[2], box[4], axes[3], axes[4], lat_limit) AS y;
END $$;

-- Where an interval of units begins and ends for shapes, in degrees. An area has to reach in by 1e-9 degree. A line
-- may miss the edge that is the nearer to zero by that, and has to stay off the farther one unless no cell follows.
CREATE OR REPLACE FUNCTION onemap.lattice_reach(low bigint, high bigint, most integer, has_area boolean)
RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN has_area THEN ARRAY[
    low / 7372800.0::double precision + 1e-9::double precision,
    high / 7372800.0::double precision - 1e-9::double precision
] ELSE ARRAY[
    CASE WHEN low <= most * -7372800::bigint THEN low / 7372800.0::double precision
         WHEN low >= 0 THEN low / 7372800.0::double precision - 1e-9::double precision
         ELSE low / 7372800.0::double precision + 1.01::double precision * 1e-9::double precision END,
    CASE WHEN high >= most * 7372800::bigint THEN high / 7372800.0::double precision
         WHEN high < 0 THEN high / 7372800.0::double precision + 1e-9::double precision
         ELSE high / 7372800.0::double precision - 1.01::double precision * 1e-9::double precision END
] END;

-- One unit of each cell that a geometry (EPSG:4490, longitude first) shares points with. Up to `most` cells of the
-- rectangle around each of its parts are looked at.
CREATE OR REPLACE FUNCTION onemap.lattice_cover(geom geometry, axes bigint[], lat_limit integer, most integer)
RETURNS TABLE (x bigint, y bigint)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    part geometry;
    has_area boolean;
    inner_point geometry;
BEGIN
    IF ST_IsEmpty(geom) OR NOT ST_IsValid(geom) THEN
        RAISE EXCEPTION 'geometry: %', CASE WHEN ST_IsEmpty(geom) THEN 'is empty, so no cell covers it'
            ELSE 'is not valid: ' || ST_IsValidReason(geom) END USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR part IN SELECT d.geom FROM ST_Dump(geom) AS d WHERE NOT ST_IsEmpty(d.geom) LOOP
        has_area := ST_Dimension(part) = 2;
        IF ST_Dimension(part) > 0 THEN
            RETURN QUERY
                SELECT c.west, c.south
                FROM onemap.lattice_cells(ARRAY[
                         onemap.lattice_unit(ST_XMin(part), 180, 'lon'), onemap.lattice_unit(ST_YMin(part), lat_limit, 'lat'),
                         onemap.lattice_unit(ST_XMax(part), 180, 'lon') + 1,
                         onemap.lattice_unit(ST_YMax(part), lat_limit, 'lat') + 1
                     ], axes, lat_limit, most) AS c,
                     onemap.lattice_reach(c.west, c.east, 180, has_area) AS across,
                     onemap.lattice_reach(c.south, c.north, lat_limit, has_area) AS up
                WHERE ST_Intersects(part, ST_MakeEnvelope(across[1], up[1], across[2], up[2], ST_SRID(part)));
            CONTINUE WHEN FOUND;
        END IF;
        -- A point, or a sliver along a line, which reaches into no cell.
        inner_point := ST_PointOnSurface(part);
        x := onemap.lattice_unit(ST_X(inner_point), 180, 'lon');
        y := onemap.lattice_unit(ST_Y(inner_point), lat_limit, 'lat');
        RETURN NEXT;
    END LOOP;
END $$;

-- The codes of the cells of a level that a geometry shares points with, in order; more than `most` are refused.
CREATE OR REPLACE FUNCTION onemap.beidou_cover(geom geometry, level integer, most integer DEFAULT 100000)
RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT found.code FROM (
        SELECT DISTINCT onemap.beidou_code(c.x, c.y, level) AS code
        FROM onemap.lattice_cover(geom, onemap.beidou_axes(level), 88, most) AS c
    ) AS found ORDER BY found.code COLLATE "C";
END;

CREATE OR REPLACE FUNCTION onemap.geosot_cover(geom geometry, level integer, most integer DEFAULT 100000)
RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT found.code FROM (
        SELECT DISTINCT onemap.geosot_code(c.x, c.y, level) AS code
        FROM onemap.lattice_cover(geom, onemap.geosot_axes(level), 90, most) AS c
    ) AS found ORDER BY found.code COLLATE "C";
END;

-- The codes of the next finer cells that belong to a cell, in order.
CREATE OR REPLACE FUNCTION onemap.beidou_children(code text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(found.child ORDER BY found.child COLLATE "C") FROM (
        SELECT onemap.beidou_code(c.west, c.south, onemap.beidou_level(code) + 1) AS child
        FROM onemap.lattice_cells(
            onemap.beidou_cell(code), onemap.beidou_axes(onemap.beidou_level(code) + 1), 88, 1000
        ) AS c
    ) AS found;
END;

CREATE OR REPLACE FUNCTION onemap.geosot_children(code text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(found.child ORDER BY found.child COLLATE "C") FROM (
        SELECT onemap.geosot_code(c.west, c.south, onemap.geosot_level(code) + 1) AS child
        FROM onemap.lattice_cells(
            onemap.geosot_cell(code), onemap.geosot_axes(onemap.geosot_level(code) + 1), 90, 1000
        ) AS c
    ) AS found;
END;

-- The cells of a grid's level in a rectangle of degrees, as (code, outline): what tiles of grids are made of.
CREATE OR REPLACE FUNCTION onemap.grid_cells(grid text, level integer, box geometry, most integer)
RETURNS TABLE (code text, outline geometry)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH edges AS (
        SELECT g.lat_limit, ARRAY[
            onemap.lattice_unit(greatest(ST_XMin(box), -180), 180, 'lon'),
            onemap.lattice_unit(greatest(ST_YMin(box), -g.lat_limit), g.lat_limit, 'lat'),
            onemap.lattice_unit(least(ST_XMax(box), 180), 180, 'lon') + 1,
            onemap.lattice_unit(least(ST_YMax(box), g.lat_limit), g.lat_limit, 'lat') + 1
        ] AS units
        FROM (SELECT CASE grid WHEN 'beidou' THEN 88 ELSE 90 END AS lat_limit) AS g
    )
    SELECT CASE grid WHEN 'beidou' THEN onemap.beidou_code(c.west, c.south, level)
                     ELSE onemap.geosot_code(c.west, c.south, level) END,
           onemap.lattice_outline(ARRAY[c.west, c.south, c.east, c.north])
    FROM edges AS e, onemap.lattice_cells(
        e.units, CASE grid WHEN 'beidou' THEN onemap.beidou_axes(level) ELSE onemap.geosot_axes(level) END,
        e.lat_limit, most
    ) AS c;
END;
