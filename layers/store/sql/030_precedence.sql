-- Tell whether at least half of a geometry, by area, length or number of points, lies in an extent. A river that a
-- small extract touches is not inside it.
CREATE OR REPLACE FUNCTION onemap.mostly_inside(geom geometry, extent geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN NOT ST_Intersects(geom, extent) THEN false
    WHEN ST_CoveredBy(geom, extent) THEN true
    WHEN ST_Dimension(geom) = 2
        THEN ST_Area(ST_Intersection(ST_MakeValid(geom), extent)) >= ST_Area(geom) / 2
    WHEN ST_Dimension(geom) = 1 THEN ST_Length(ST_Intersection(geom, extent)) >= ST_Length(geom) / 2
    ELSE ST_NumGeometries(ST_Intersection(geom, extent)) >= ST_NumGeometries(geom) / 2.0
END;

-- Precedence of datasets: inside the coverage of a dataset with a higher precedence, rows of lower ones are hidden.
-- A row counts as inside when half of it is. Hiding is an edit like any other: it is kept in history and
-- bumps the tiles, and it is taken back when the coverage goes. Matches have a say in it (080_matches.sql).
CREATE OR REPLACE FUNCTION onemap.apply_precedence(layer_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    RETURN onemap.settle_hidden(layer_name, NULL);
END $$;
