-- Merges of objects that are one. The row that gives way is hidden by "match/<id>", as others are by a dataset.

-- Hide and show rows of a layer (all of them, or those of some objects) by what is believed now: accepted merges, and the
-- precedence of datasets. A merged row is hidden while the object that stays is there; the object that stays is not
-- hidden by the dataset whose object gave way to it. Returns how many rows changed.
-- hidden_from is the earliest instant, in the time of the world, from which anything hides the row; NULL beside a
-- hidden_by stands for all time. What ends before that is not hidden. hidden_by names the merge, if there is one; else of
-- the datasets that of which this is the instant, of several that begin at once the one of the highest precedence.
CREATE OR REPLACE FUNCTION onemap.settle_hidden(layer_name text, fids bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
    nested text := current_setting('enable_nestloop');
    lesser text[];
    strangers boolean;
BEGIN
    -- Which rows a dataset could hide is told by their own dataset: of most layers none, which one scan tells.
    SELECT coalesce(array_agg(d.id) FILTER (WHERE d.precedence < h.precedence), '{}'), coalesce(100 < h.precedence, false)
    INTO lesser, strangers
    FROM (
        SELECT max(d.precedence) AS precedence
        FROM onemap.coverage AS c JOIN onemap.dataset AS d ON d.id = c.dataset WHERE c.layer = layer_name
    ) AS h LEFT JOIN onemap.dataset AS d ON true
    GROUP BY h.precedence;
    -- Nobody tells the planner how many merges there are; taken for few, each would be looked for in each row.
    PERFORM set_config('enable_nestloop', CASE WHEN fids IS NULL THEN 'off' ELSE nested END, true);
    EXECUTE format($q$
        WITH merged AS (
            SELECT m.id, m.survivor, m.a + m.b - m.survivor AS lesser, o.dataset AS lesser_dataset, s.began
            FROM onemap.match AS m
            JOIN LATERAL (
                SELECT l.dataset FROM onemap.%1$I AS l WHERE l.fid = m.a + m.b - m.survivor LIMIT 1
            ) AS o ON true
            JOIN LATERAL (
                SELECT min(lower(l.valid)) AS began FROM onemap.%1$I AS l
                WHERE l.fid = m.survivor HAVING bool_or(upper_inf(l.valid))
            ) AS s ON true
            WHERE m.layer = $1 AND m.state = 'accepted' AND m.relation = 'same' AND %2$s
        ), covering AS MATERIALIZED (
            SELECT c.dataset, d.precedence, c.since, c.extent
            FROM onemap.coverage AS c JOIN onemap.dataset AS d ON d.id = c.dataset WHERE c.layer = $1
        ), kept AS (
            SELECT survivor, array_agg(lesser_dataset) AS beside FROM merged GROUP BY survivor
        ), candidate AS (
            SELECT t.fid, t.valid, t.dataset, t.geom FROM onemap.%1$I AS t
            WHERE %3$s AND (
                t.hidden_by IS NOT NULL OR t.dataset = ANY ($3) OR t.fid IN (SELECT m.lesser FROM merged AS m)
                %4$s
            )
        ), found AS (
            SELECT t.fid, t.valid, coalesce('match/' || m.id, c.dataset) AS by, least(m.began, c.since) AS since
            FROM candidate AS t
            LEFT JOIN merged AS m ON m.lesser = t.fid
            LEFT JOIN kept AS k ON k.survivor = t.fid
            LEFT JOIN LATERAL (
                SELECT c.dataset, c.since FROM covering AS c
                WHERE c.precedence > coalesce((SELECT o.precedence FROM onemap.dataset AS o WHERE o.id = t.dataset), 100)
                  AND c.dataset <> ALL (coalesce(k.beside, '{}'))
                  AND onemap.mostly_inside(t.geom, c.extent)
                ORDER BY c.since, c.precedence DESC, c.dataset LIMIT 1
            ) AS c ON true
        ), wanted AS (
            SELECT f.fid, f.valid, CASE WHEN h.hides THEN f.by END AS hidden_by,
                   CASE WHEN h.hides THEN nullif(f.since, '-infinity') END AS hidden_from
            FROM found AS f, LATERAL (SELECT f.since < coalesce(upper(f.valid), 'infinity') AS hides) AS h
        )
        UPDATE onemap.%1$I AS t SET hidden_by = w.hidden_by, hidden_from = w.hidden_from
        FROM wanted AS w
        WHERE t.fid = w.fid AND t.valid = w.valid
          AND (t.hidden_by, t.hidden_from) IS DISTINCT FROM (w.hidden_by, w.hidden_from)
    $q$, layer_name, CASE WHEN fids IS NULL THEN 'true' ELSE '(m.a = ANY ($2) OR m.b = ANY ($2))' END,
        -- Told apart here, since "all, or those" would keep the planner from the index.
        CASE WHEN fids IS NULL THEN 'true' ELSE 't.fid = ANY ($2)' END,
        CASE WHEN strangers THEN 'OR t.dataset <> ALL (SELECT o.id FROM onemap.dataset AS o)' ELSE '' END
    ) USING layer_name, fids, lesser;
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM set_config('enable_nestloop', nested, true);
    RETURN changed;
END $$;

-- What the object that stays may take over from the one that gives way: columns of these that it has no value of, and
-- a height that is only estimated where the other's is not. As {"column": {"value": …, "was": …, "from": dataset}}.
CREATE OR REPLACE FUNCTION onemap.missing_of(stays jsonb, gives jsonb, columns text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT coalesce(jsonb_object_agg(name, jsonb_build_object(
        'value', gives -> name, 'was', stays -> name, 'from', gives ->> 'dataset'
    )), '{}')
    FROM unnest(columns) AS name
    WHERE jsonb_typeof(gives -> name) <> 'null' AND (
        jsonb_typeof(stays -> name) = 'null' AND name <> 'height_source'
        OR name IN ('height_m', 'height_source') AND coalesce(stays ->> 'height_source', 'estimated') = 'estimated'
           AND gives ->> 'height_source' <> 'estimated'
    )
);

-- Write what merges fill, or what was there before, into the slices of the objects that stay, from those on that they
-- filled, where these still hold what is expected. ``put`` and ``expected`` are keys of what is filled: value, was.
CREATE OR REPLACE FUNCTION onemap.put_filled(layer_name text, ids bigint[], put text, expected text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    assignments text;
BEGIN
    SELECT string_agg(format(
        '%1$I = CASE WHEN f.filled ? %1$L AND t.%1$I IS NOT DISTINCT FROM (f.old).%1$I THEN (f.new).%1$I ELSE t.%1$I END',
        name
    ), ', ') INTO assignments
    FROM (SELECT DISTINCT jsonb_object_keys(m.filled) AS name FROM onemap.match AS m WHERE m.id = ANY (ids)) AS names;
    IF assignments IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format($q$
        WITH filled AS MATERIALIZED (
            SELECT m.survivor, m.since, m.filled,
                jsonb_populate_record(NULL::onemap.%1$I, (SELECT jsonb_object_agg(key, value -> $2) FROM jsonb_each(m.filled))) AS new,
                jsonb_populate_record(NULL::onemap.%1$I, (SELECT jsonb_object_agg(key, value -> $3) FROM jsonb_each(m.filled))) AS old
            FROM onemap.match AS m WHERE m.id = ANY ($1) AND m.filled <> '{}'
        )
        UPDATE onemap.%1$I AS t SET %2$s
        FROM filled AS f WHERE t.fid = f.survivor AND lower(t.valid) >= f.since
    $q$, layer_name, assignments) USING ids, put, expected;
END $$;

-- Merge the objects of matches, of which no two share an object: those that stay take over what they lack, the others
-- are hidden, their codes retired. ``stay`` are the fids that stay, in the order of the matches.
CREATE OR REPLACE FUNCTION onemap.merge_matches(layer_name text, ids bigint[], stay bigint[], columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    merged bigint;
BEGIN
    EXECUTE format($q$
        UPDATE onemap.match AS m SET state = 'accepted', survivor = s.fid, since = lower(s.valid),
            filled = onemap.missing_of(to_jsonb(s), to_jsonb(l), $3)
        FROM unnest($1, $2) AS w (id, stays), onemap.%1$I AS s, onemap.%1$I AS l
        WHERE m.id = w.id AND s.fid = w.stays AND upper_inf(s.valid)
          AND l.fid = m.a + m.b - w.stays AND upper_inf(l.valid)
    $q$, layer_name) USING ids, stay, columns;
    GET DIAGNOSTICS merged = ROW_COUNT;
    IF merged <> cardinality(ids) THEN
        RAISE EXCEPTION 'only % of % matches of layer % could be merged; an object is gone', merged, cardinality(ids), layer_name;
    END IF;
    PERFORM onemap.put_filled(layer_name, ids, 'value', 'was');
    PERFORM onemap.settle_hidden(layer_name, array_agg(fid))
    FROM onemap.match AS m, LATERAL unnest(ARRAY[m.a, m.b]) AS fid WHERE m.id = ANY (ids);
    PERFORM onemap.retire_merged(layer_name, m.id)
    FROM onemap.match AS m
    JOIN onemap.code AS c ON c.layer = m.layer AND c.fid = m.a + m.b - m.survivor AND c.retired IS NULL
    WHERE m.id = ANY (ids);
END $$;

-- Take a merge back: both objects are as they were, except for what their sources have said since.
CREATE OR REPLACE FUNCTION onemap.part_match(match_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found onemap.match;
BEGIN
    SELECT * INTO STRICT found FROM onemap.match WHERE id = match_id;
    PERFORM onemap.put_filled(found.layer, ARRAY[match_id], 'was', 'value');
    UPDATE onemap.match SET state = 'undone', survivor = NULL, filled = '{}', since = NULL WHERE id = match_id;
    PERFORM onemap.settle_hidden(found.layer, ARRAY[found.a, found.b]);
    PERFORM onemap.restore_code(match_id);
END $$;

-- Once they merged and filled one by one.
DROP FUNCTION IF EXISTS onemap.merge_match(bigint, bigint, text[]);
DROP FUNCTION IF EXISTS onemap.put_values(text, bigint, jsonb, text, text, timestamptz);

-- Before a load is compared: rows in the stage take over again what their objects took over from merged ones, where the
-- source still says what it said then. Where it says something else by now, that counts, and nothing is taken over.
CREATE OR REPLACE FUNCTION onemap.fill_stage(layer_name text, stage regclass, dataset_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT DISTINCT key FROM onemap.match AS m, jsonb_object_keys(m.filled) AS key
        WHERE m.layer = layer_name AND m.state = 'accepted'
    LOOP
        EXECUTE format($q$
            WITH merged AS (
                SELECT m.id, o.source_key,
                    (jsonb_populate_record(NULL::onemap.%1$I, jsonb_build_object(%3$L, m.filled -> %3$L -> 'value'))).%2$I AS value,
                    (jsonb_populate_record(NULL::onemap.%1$I, jsonb_build_object(%3$L, m.filled -> %3$L -> 'was'))).%2$I AS was
                FROM onemap.match AS m
                JOIN LATERAL (
                    SELECT t.dataset, t.source_key FROM onemap.%1$I AS t WHERE t.fid = m.survivor LIMIT 1
                ) AS o ON o.dataset = $1
                WHERE m.layer = $2 AND m.state = 'accepted' AND m.filled ? %3$L
            ), dropped AS (
                UPDATE onemap.match AS m SET filled = m.filled - %3$L
                FROM merged AS d JOIN %4$s AS s ON s.source_key = d.source_key
                WHERE m.id = d.id AND s.%2$I IS DISTINCT FROM d.was
            )
            UPDATE %4$s AS s SET %2$I = d.value
            FROM merged AS d WHERE s.source_key = d.source_key AND s.%2$I IS NOT DISTINCT FROM d.was
        $q$, layer_name, name, name, stage) USING dataset_name, layer_name;
    END LOOP;
END $$;
