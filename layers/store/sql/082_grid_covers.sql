-- Children, covers and crosswalks of the grids of the lattice (060_grids.sql), with the answers of layers/space/grids.

-- The code and the cell of a unit, by the name of a grid.
CREATE OR REPLACE FUNCTION onemap.grid_code(grid text, x bigint, y bigint, level integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF grid = 'beidou' THEN
        RETURN onemap.beidou_code(x, y, level);
    ELSIF grid = 'geosot' THEN
        RETURN onemap.geosot_code(x, y, level);
    END IF;
    RAISE EXCEPTION 'grid: ''%'' is none of beidou, geosot', grid USING ERRCODE = 'invalid_parameter_value';
END $$;

CREATE OR REPLACE FUNCTION onemap.grid_cell(grid text, code text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE grid WHEN 'beidou' THEN onemap.beidou_cell(code) ELSE onemap.geosot_cell(code) END;

-- All cells of a level that have a unit in a box of lines, by going from cell to cell along its south and its west.
CREATE OR REPLACE FUNCTION onemap.grid_between(grid text, box bigint[], level integer, most integer) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    columns bigint[] := '{}';
    rows bigint[] := '{}';
    at bigint;
BEGIN
    at := box[1];
    WHILE at < box[3] LOOP
        columns := columns || at;
        IF cardinality(columns) > most THEN
            RAISE EXCEPTION 'level: more than % cells', most USING ERRCODE = 'invalid_parameter_value';
        END IF;
        at := (onemap.grid_cell(grid, onemap.grid_code(grid, at, box[2], level)))[3];
    END LOOP;
    at := box[2];
    WHILE at < box[4] LOOP
        rows := rows || at;
        IF cardinality(rows)::bigint * cardinality(columns) > most THEN
            RAISE EXCEPTION 'level: more than % cells', most USING ERRCODE = 'invalid_parameter_value';
        END IF;
        at := (onemap.grid_cell(grid, onemap.grid_code(grid, box[1], at, level)))[4];
    END LOOP;
    RETURN QUERY SELECT onemap.grid_code(grid, x, y, level) FROM unnest(columns) AS x, unnest(rows) AS y ORDER BY 1;
END $$;

-- The cells of the next finer level that belong to a cell, in order of their codes.
CREATE OR REPLACE FUNCTION onemap.beidou_children(code text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT onemap.grid_between('beidou', onemap.beidou_cell(code), onemap.beidou_level(code) + 1, 1000);
END;

CREATE OR REPLACE FUNCTION onemap.geosot_children(code text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT onemap.grid_between('geosot', onemap.geosot_cell(code), onemap.geosot_level(code) + 1, 1000);
END;

-- The cells of a level that an area (polygons in EPSG:4490) reaches into by 1e-9 degree, in order of their codes.
CREATE OR REPLACE FUNCTION onemap.grid_cover(grid text, area geometry, level integer, most integer DEFAULT 100000)
RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    limit_lat integer := CASE grid WHEN 'beidou' THEN 88 ELSE 90 END;
    box bigint[];
BEGIN
    IF ST_Dimension(area) <> 2 OR ST_IsEmpty(area) OR ST_SRID(area) <> 4490 THEN
        RAISE EXCEPTION 'area: polygons in EPSG:4490 are wanted' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    box := ARRAY[
        onemap.lattice_unit(ST_XMin(area), 180, 'lon'), onemap.lattice_unit(ST_YMin(area), limit_lat, 'lat'),
        onemap.lattice_unit(ST_XMax(area), 180, 'lon') + 1, onemap.lattice_unit(ST_YMax(area), limit_lat, 'lat') + 1
    ];
    RETURN QUERY
    SELECT c.code FROM onemap.grid_between(grid, box, level, most) AS c(code)
    WHERE ST_Intersects(area, ST_Expand(onemap.lattice_outline(onemap.grid_cell(grid, c.code)), -1e-9));
END $$;

-- Which cells of two grids share ground inside the cells that cover an area, with the area on the ellipsoid and its share
-- of the first cell.
CREATE OR REPLACE FUNCTION onemap.grid_crosswalk(
    from_grid text, from_level integer, to_grid text, to_level integer, area geometry, most integer DEFAULT 20000
) RETURNS TABLE (from_code text, to_code text, area_m2 double precision, share double precision)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH one AS (
        SELECT c.code, onemap.lattice_outline(onemap.grid_cell(from_grid, c.code)) AS geom
        FROM onemap.grid_cover(from_grid, area, from_level, most) AS c(code)
    ), other AS (
        SELECT c.code, onemap.lattice_outline(onemap.grid_cell(to_grid, c.code)) AS geom
        FROM onemap.grid_cover(to_grid, (SELECT ST_SetSRID(ST_Extent(one.geom)::geometry, 4490) FROM one), to_level, most)
            AS c(code)
    ), shared AS (
        SELECT one.code AS one, other.code AS other, one.geom,
               ST_Area(ST_Intersection(one.geom, other.geom)::geography) AS m2
        FROM one JOIN other ON one.geom && other.geom
    )
    SELECT s.one, s.other, s.m2, s.m2 / ST_Area(s.geom::geography) FROM shared AS s WHERE s.m2 > 1e-4 ORDER BY 1, 2;
END;
