-- An annotation has at least the grade of what it is about, whoever raises that and with whatever tool. Every edit of a
-- layer appends to onemap.tile_edit; from there this hears of it. Nothing is annotated of annotations, so this ends.

CREATE OR REPLACE FUNCTION onemap.annotated_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    layer_name text;
BEGIN
    -- Layers are edited before this one has a table, when a database is made.
    IF to_regclass('onemap.annotations') IS NULL THEN
        RETURN NULL;
    END IF;
    FOR layer_name IN
        SELECT n.layer FROM (SELECT DISTINCT layer FROM new_rows) AS n
        WHERE to_regclass(format('onemap.%I', n.layer)) IS NOT NULL
            AND EXISTS (SELECT FROM annotations AS a WHERE split_part(a.about, '/', 1) = n.layer)
        ORDER BY 1
    LOOP
        EXECUTE format(
            'UPDATE annotations AS a SET grade = t.grade FROM '
            '(SELECT fid, max(grade) AS grade FROM onemap.%I WHERE grade > 0 GROUP BY fid) AS t '
            'WHERE a.about = %L || ''/'' || t.fid AND a.grade < t.grade', layer_name, layer_name);
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER annotated_edited AFTER INSERT ON onemap.tile_edit REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.annotated_edited();
