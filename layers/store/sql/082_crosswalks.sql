-- Crosswalks between the grids of the lattice (060_grids.sql, 065_grid_covers.sql), with the answers of
-- layers/space/crosswalk.py.

-- The cell of a code, and the cells that cover an area (EPSG:4490), by the name of a grid.
CREATE OR REPLACE FUNCTION onemap.grid_cell(grid text, code text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE grid WHEN 'beidou' THEN onemap.beidou_cell(code) ELSE onemap.geosot_cell(code) END;

CREATE OR REPLACE FUNCTION onemap.grid_cover(grid text, area geometry, level integer, most integer DEFAULT 100000)
RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF grid = 'beidou' THEN
        RETURN QUERY SELECT onemap.beidou_cover(area, level, most);
    ELSIF grid = 'geosot' THEN
        RETURN QUERY SELECT onemap.geosot_cover(area, level, most);
    ELSE
        RAISE EXCEPTION 'grid: ''%'' is none of beidou, geosot', grid USING ERRCODE = 'invalid_parameter_value';
    END IF;
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
