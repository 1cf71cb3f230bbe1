-- Precedence of datasets: inside the coverage of a dataset with a higher precedence, rows of lower ones are hidden.
-- A row counts as inside when a point on its surface is. Hiding is an edit like any other: it is kept in history and
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
                  AND ST_Intersects(c.extent, ST_PointOnSurface(t.geom))
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
