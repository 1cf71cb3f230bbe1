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
-- bumps the tiles, and it is taken back when the coverage goes.
CREATE OR REPLACE FUNCTION onemap.apply_precedence(layer_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    EXECUTE format($q$
        WITH wanted AS (
            SELECT t.fid, t.valid, (
                SELECT c.dataset
                FROM onemap.coverage AS c JOIN onemap.dataset AS d ON d.id = c.dataset
                WHERE c.layer = $1
                  AND d.precedence > coalesce((SELECT o.precedence FROM onemap.dataset AS o WHERE o.id = t.dataset), 100)
                  AND onemap.mostly_inside(t.geom, c.extent)
                ORDER BY d.precedence DESC, d.id LIMIT 1
            ) AS hidden_by
            FROM onemap.%1$I AS t
            WHERE t.hidden_by IS NOT NULL
               OR coalesce((SELECT o.precedence FROM onemap.dataset AS o WHERE o.id = t.dataset), 100)
                  < (SELECT max(d.precedence) FROM onemap.coverage AS c JOIN onemap.dataset AS d ON d.id = c.dataset
                     WHERE c.layer = $1)
        )
        UPDATE onemap.%1$I AS t SET hidden_by = w.hidden_by
        FROM wanted AS w
        WHERE t.fid = w.fid AND t.valid = w.valid AND t.hidden_by IS DISTINCT FROM w.hidden_by
    $q$, layer_name) USING layer_name;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
