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

-- Add an extent to where a dataset claims to know all of a layer, from an instant on. Each row of onemap.coverage has
-- all that is claimed from its instant on, so that the earliest row with a place in it tells since when that is covered.
-- Where a younger load was first, an older one changes nothing, since it does not change its rows either (decision 0006).
CREATE OR REPLACE FUNCTION onemap.extend_coverage(dataset_name text, layer_name text, claimed geometry, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    -- Overlays of mixed dimensions fail, so that a point or a line claims a decimetre around it (1e-6 degrees).
    fresh geometry := CASE WHEN ST_Dimension(claimed) = 2 THEN claimed ELSE ST_Buffer(claimed, 1e-6) END;
    known geometry := (
        SELECT c.extent FROM onemap.coverage AS c
        WHERE c.dataset = dataset_name AND c.layer = layer_name ORDER BY c.since DESC LIMIT 1
    );
BEGIN
    fresh := coalesce(ST_CollectionExtract(ST_Difference(fresh, known), 3), fresh);
    -- A hundredth of a square metre is what rounding leaves of an extent that is there already.
    IF ST_Area(fresh) < 1e-12 THEN
        RETURN;
    END IF;
    INSERT INTO onemap.coverage (dataset, layer, since, extent)
    SELECT dataset_name, layer_name, at, coalesce((
        SELECT c.extent FROM onemap.coverage AS c
        WHERE c.dataset = dataset_name AND c.layer = layer_name AND c.since <= at ORDER BY c.since DESC LIMIT 1
    ), fresh)
    ON CONFLICT DO NOTHING;
    UPDATE onemap.coverage AS c SET extent = ST_Union(c.extent, fresh)
    WHERE c.dataset = dataset_name AND c.layer = layer_name AND c.since >= at;
END $$;

-- Precedence of datasets: inside the coverage of a dataset with a higher precedence, rows of lower ones are hidden,
-- from where that dataset began to cover the place. A row counts as inside when half of it is. Hiding is an edit like
-- any other: it is kept in history and renews the tiles, and it is taken back when the coverage goes. Matches have a say
-- in it (080_matches.sql of entities).
CREATE OR REPLACE FUNCTION onemap.apply_precedence(layer_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    RETURN onemap.refresh_visibility(layer_name, NULL);
END $$;
