-- How many things and datastreams there are, by grade, without looking at each of them. A slice that is shown from one
-- instant until another counts one more from the first on, and one less from the second on; what has begun already counts
-- from ever. How many there are at an instant is then the sum of what counts until then. Edits append, and wait for
-- nobody; sums are folded now and then. A table that takes the place of another one is counted once.

-- What slices add to the counts, n of each: their grade and, from clock on, the instants from which they count.
CREATE OR REPLACE FUNCTION onemap.slice_events(
    grade smallint, valid tstzrange, hidden_by text, hidden_from timestamptz, n bigint
) RETURNS TABLE (slice_grade smallint, at timestamptz, change bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH shown AS (
        SELECT lower(valid) AS begins,
               least(coalesce(upper(valid), 'infinity'), CASE WHEN hidden_by IS NULL THEN 'infinity' ELSE hidden_from END)
                   AS ends
        WHERE hidden_by IS NULL OR hidden_from > lower(valid)
    ), running AS (
        SELECT * FROM shown WHERE ends > begins AND ends > now()
    )
    SELECT grade, CASE WHEN begins > now() THEN begins ELSE '-infinity'::timestamptz END, n FROM running
    UNION ALL
    SELECT grade, ends, -n FROM running WHERE ends < 'infinity';
END;

CREATE OR REPLACE FUNCTION onemap.count_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO slice_count (relation, grade, at, n)
    SELECT TG_RELID, e.slice_grade, e.at, sum(e.change) FROM new_rows AS r,
        LATERAL slice_events(r.grade, r.valid, r.hidden_by, r.hidden_from, 1) AS e
    GROUP BY 2, 3;
    PERFORM fold_counts(TG_RELID) WHERE random() < 0.02;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.count_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO slice_count (relation, grade, at, n)
    SELECT TG_RELID, e.slice_grade, e.at, sum(e.change)
    FROM (
        SELECT grade, valid, hidden_by, hidden_from, 1 AS n FROM new_rows
        UNION ALL SELECT grade, valid, hidden_by, hidden_from, -1 FROM old_rows
    ) AS r, LATERAL slice_events(r.grade, r.valid, r.hidden_by, r.hidden_from, r.n) AS e
    GROUP BY 2, 3 HAVING sum(e.change) <> 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.count_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO slice_count (relation, grade, at, n)
    SELECT TG_RELID, e.slice_grade, e.at, sum(e.change) FROM old_rows AS r,
        LATERAL slice_events(r.grade, r.valid, r.hidden_by, r.hidden_from, -1) AS e
    GROUP BY 2, 3;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.count_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    DELETE FROM slice_count WHERE relation = TG_RELID;
    INSERT INTO slice_count (relation, grade, at, n) VALUES (TG_RELID, 0, '-infinity', 0);
    RETURN NULL;
END $$;

-- Put together what counts from the same instant on. Rows that others fold meanwhile are left to them.
CREATE OR REPLACE FUNCTION onemap.fold_counts(counted oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM onemap.slice_count WHERE ctid = ANY (ARRAY(
            SELECT c.ctid FROM onemap.slice_count AS c WHERE c.relation = counted FOR UPDATE SKIP LOCKED
        )) RETURNING grade, at, n
    ), passed AS (
        SELECT grade, CASE WHEN at <= now() THEN '-infinity'::timestamptz ELSE at END AS at, n FROM gone
    )
    INSERT INTO onemap.slice_count (relation, grade, at, n)
    SELECT counted, grade, at, sum(n) FROM passed GROUP BY grade, at HAVING sum(n) <> 0 OR at = '-infinity';
$$;

-- Count a layer's table from now on. Its lock keeps writers away, so that nothing is counted twice or not at all.
CREATE OR REPLACE FUNCTION onemap.count_slices(layer_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    counted oid := format('onemap.%I', layer_name)::regclass;
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY[
        'zz_count_new AFTER INSERT ON onemap.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.count_inserted()',
        'zz_count_changed AFTER UPDATE ON onemap.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.count_updated()',
        'zz_count_gone AFTER DELETE ON onemap.%I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.count_deleted()',
        'zz_count_none AFTER TRUNCATE ON onemap.%I EXECUTE FUNCTION onemap.count_truncated()'
    ] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER ' || made, layer_name);
    END LOOP;
    IF NOT EXISTS (SELECT FROM onemap.slice_count AS c WHERE c.relation = counted) THEN
        -- What was counted of tables that are gone.
        DELETE FROM onemap.slice_count AS c WHERE NOT EXISTS (SELECT FROM pg_class AS p WHERE p.oid = c.relation);
        INSERT INTO onemap.slice_count (relation, grade, at, n) VALUES (counted, 0, '-infinity', 0);
        EXECUTE format(
            'INSERT INTO onemap.slice_count (relation, grade, at, n) '
            'SELECT $1, e.slice_grade, e.at, sum(e.change) FROM onemap.%I AS r, '
            'LATERAL onemap.slice_events(r.grade, r.valid, r.hidden_by, r.hidden_from, 1) AS e GROUP BY 2, 3', layer_name
        ) USING counted;
    END IF;
END $$;
