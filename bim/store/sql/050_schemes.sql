-- What a design scheme is made of has at least the grade of the scheme, whoever raises it and with whatever tool.
-- Every edit of a layer appends to onemap.tile_edit; from there this hears of it, as runs of scenarios do.

CREATE OR REPLACE FUNCTION onemap.schemes_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE layer = 'design_schemes') THEN
        UPDATE scheme_elements AS e SET grade = s.grade
        FROM (SELECT source_key, max(grade) AS grade FROM design_schemes GROUP BY source_key) AS s
        WHERE e.scheme = s.source_key AND e.grade < s.grade;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER schemes_edited AFTER INSERT ON onemap.tile_edit REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.schemes_edited();
