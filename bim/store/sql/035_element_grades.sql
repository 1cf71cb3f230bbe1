-- Grades of the parts of buildings: the highest of a part's own and of all that contain it (decision 0032). The own grade
-- of an element is the one that somebody gave it by hand, whoever edits and with whatever tool, else that of the load
-- which brought it. It is the newest slice that inherits: whoever may not see that may not see the past either.

-- Before INSERT, and before UPDATE of the grade, for each row: what is stated by hand is kept, also where it is no more
-- than what the element has inherited already. Loads come with a number of their own.
CREATE OR REPLACE FUNCTION onemap.keep_own_grade() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF NEW.source_key IS NULL OR current_setting('onemap.inheriting', true) = 'on' OR EXISTS (
        SELECT FROM building_elements AS later WHERE later.fid = NEW.fid AND lower(later.valid) > lower(NEW.valid)
            AND NOT NEW.valid @> clock_timestamp()
    ) THEN
        RETURN NEW;
    END IF;
    INSERT INTO bim_own_grade AS own (model, element, grade) VALUES (NEW.dataset, NEW.source_key, NEW.grade)
    ON CONFLICT (model, element) DO UPDATE SET grade = excluded.grade WHERE own.grade <> excluded.grade;
    RETURN NEW;
END $$;

-- Give the elements of a model the grades that follow from their own and those of what contains them.
CREATE OR REPLACE FUNCTION onemap.inherit_grades(model_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM set_config('onemap.inheriting', 'on', true);
    WITH RECURSIVE slice AS MATERIALIZED (
        SELECT t.fid, t.valid, t.source_key, t.parent, coalesce(o.grade, m.grade, t.grade) AS own
        FROM building_elements AS t
        LEFT JOIN bim_own_grade AS o ON o.model = t.dataset AND o.element = t.source_key
        LEFT JOIN bim_model AS m ON m.load = t.load_id
        WHERE t.dataset = model_name AND t.source_key IS NOT NULL AND (
            t.valid @> clock_timestamp() OR NOT EXISTS (
                SELECT FROM building_elements AS later WHERE later.fid = t.fid AND lower(later.valid) > lower(t.valid)
            )
        )
    ), down (element, grade) AS (
        SELECT stated.element, stated.grade FROM (
            SELECT s.source_key AS element, s.own AS grade FROM slice AS s
            UNION
            -- What was deleted hides what is still said to be in it.
            SELECT o.element, o.grade FROM bim_own_grade AS o WHERE o.model = model_name
        ) AS stated WHERE stated.grade > 0
        UNION
        -- Each element and grade once: a circle of parents ends where it began.
        SELECT s.source_key, d.grade FROM down AS d JOIN slice AS s ON s.parent = d.element
    ), inherited AS (
        SELECT d.element, max(d.grade) AS grade FROM down AS d GROUP BY d.element
    )
    UPDATE building_elements AS t SET grade = greatest(s.own, i.grade)
    FROM slice AS s LEFT JOIN inherited AS i ON i.element = s.source_key
    WHERE t.fid = s.fid AND t.valid = s.valid AND t.grade <> greatest(s.own, i.grade);
    PERFORM set_config('onemap.inheriting', '', true);
END $$;

-- After UPDATE: a change of a grade, or of what contains an element, changes the grades below it.
CREATE OR REPLACE FUNCTION onemap.grades_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    model_name text;
BEGIN
    IF current_setting('onemap.inheriting', true) = 'on' THEN
        RETURN NULL;
    END IF;
    FOR model_name IN
        SELECT DISTINCT n.dataset FROM new_rows AS n JOIN old_rows AS o ON o.fid = n.fid
        WHERE o.grade <> n.grade OR o.parent IS DISTINCT FROM n.parent ORDER BY 1
    LOOP
        PERFORM inherit_grades(model_name);
    END LOOP;
    RETURN NULL;
END $$;

-- After INSERT: a new part of what is graded is graded as well.
CREATE OR REPLACE FUNCTION onemap.parts_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    model_name text;
BEGIN
    FOR model_name IN SELECT DISTINCT n.dataset FROM new_rows AS n ORDER BY 1 LOOP
        IF EXISTS (SELECT FROM building_elements AS t WHERE t.dataset = model_name AND t.grade > 0)
            OR EXISTS (SELECT FROM bim_own_grade AS o WHERE o.model = model_name AND o.grade > 0) THEN
            PERFORM inherit_grades(model_name);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- attach_triggers (020_history.sql) calls this for the layer of that name. Names before stamp_changed go before it, so
-- that a statement that changes nothing is heard as well.
CREATE OR REPLACE FUNCTION onemap.attach_to_building_elements() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE OR REPLACE TRIGGER keep_new_grade BEFORE INSERT ON onemap.building_elements
        FOR EACH ROW WHEN (NEW.load_id IS NULL) EXECUTE FUNCTION onemap.keep_own_grade();
    CREATE OR REPLACE TRIGGER keep_own_grade BEFORE UPDATE OF grade ON onemap.building_elements
        FOR EACH ROW WHEN (NEW.load_id IS NOT DISTINCT FROM OLD.load_id) EXECUTE FUNCTION onemap.keep_own_grade();
    CREATE OR REPLACE TRIGGER zz_grades_edited AFTER UPDATE ON onemap.building_elements
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.grades_edited();
    CREATE OR REPLACE TRIGGER zz_parts_inserted AFTER INSERT ON onemap.building_elements
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION onemap.parts_inserted();
END $$;
