-- Grades of what runs found: the highest of the things that it is made of, when it was made (own_grade) and now.
-- Every edit of a layer appends to onemap.tile_edit, whoever edits and with whatever tool; from there this hears of it.

-- The things of a layer that are graded above open now, by their keys; of one that was removed, its last belief counts, as
-- for its own past (layers/access/newest_grades.py). A name that is no layer with rows has none.
CREATE OR REPLACE FUNCTION onemap.graded_things(layer_name text) RETURNS TABLE (thing text, grade smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(format('onemap.%I', layer_name))
        AND attname IN ('fid', 'grade', 'recorded') AND NOT attisdropped) = 3 THEN
        RETURN QUERY EXECUTE format(
            'SELECT %1$L || ''/'' || t.fid, max(t.grade) FROM onemap.%1$I AS t WHERE t.grade > 0 GROUP BY t.fid '
            'UNION ALL SELECT %1$L || ''/'' || p.fid, p.grade FROM onemap.%2$I AS p WHERE p.grade > 0 '
            'AND NOT EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = p.fid) '
            'AND NOT EXISTS (SELECT FROM onemap.%2$I AS l WHERE l.fid = p.fid '
            'AND (coalesce(l.superseded_tx, 0), lower(l.valid), upper(l.recorded)) '
            '> (coalesce(p.superseded_tx, 0), lower(p.valid), upper(p.recorded)))',
            layer_name, layer_name || '_history');
    END IF;
END $$;

-- Give what runs found the grades that the things of a layer have now; the next tile shows it, and who may see it.
CREATE OR REPLACE FUNCTION onemap.regrade_runs(layer_names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    graded text[];
BEGIN
    graded := ARRAY(SELECT g.thing FROM unnest(layer_names) AS name, graded_things(name) AS g);
    WITH touched AS (
        SELECT f.fid, f.things, f.own_grade FROM run_feature AS f WHERE f.things && graded
        UNION
        -- Those that some thing had raised, and perhaps raises no more.
        SELECT f.fid, f.things, f.own_grade FROM run_feature AS f WHERE f.grade > f.own_grade
    ), layer AS (
        SELECT DISTINCT split_part(part, '/', 1) AS name FROM touched AS t, unnest(t.things) AS part
    ), now AS MATERIALIZED (
        SELECT g.thing, g.grade FROM layer, graded_things(layer.name) AS g
    ), fresh AS (
        SELECT t.fid, greatest(t.own_grade, max(now.grade)) AS grade
        FROM touched AS t CROSS JOIN LATERAL unnest(t.things) AS part LEFT JOIN now ON now.thing = part
        GROUP BY t.fid, t.own_grade
    )
    UPDATE run_feature AS f SET grade = fresh.grade FROM fresh WHERE f.fid = fresh.fid AND f.grade <> fresh.grade;
    WITH fresh AS (
        SELECT t.id, greatest(t.own_grade, max(f.grade)) AS grade
        FROM task AS t LEFT JOIN run_feature AS f ON f.run = t.run AND f.things && t.objects
        WHERE t.objects && graded OR t.grade > t.own_grade GROUP BY t.id, t.own_grade
    )
    UPDATE task AS t SET grade = fresh.grade FROM fresh WHERE t.id = fresh.id AND t.grade <> fresh.grade;
END $$;

CREATE OR REPLACE FUNCTION onemap.things_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    edited text[];
BEGIN
    edited := ARRAY(SELECT DISTINCT layer FROM new_rows);
    IF EXISTS (SELECT FROM run AS r WHERE r.things && edited) THEN
        PERFORM regrade_runs(edited);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER things_edited AFTER INSERT ON onemap.tile_edit REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.things_edited();
