-- Values of objects into which others are merged. They are computed, never undone: the own values of the object, which
-- its source says, and then what each standing merge fills, in the order in which they were accepted. onemap.own_value
-- keeps, for each slice, what the source says in the columns that hold something else (decision 0026).

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

-- Own values with what merges fill: {"values": {column: value}, "filled": {match: what it fills}}. ``contributions`` are
-- [{"match": …, "values": …}] in their order, or NULL.
CREATE OR REPLACE FUNCTION onemap.merged_values(own jsonb, contributions jsonb, columns text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    each jsonb;
    taken jsonb;
    merged jsonb := own;
    filled jsonb := '{}';
BEGIN
    FOR each IN SELECT value FROM jsonb_array_elements(contributions) WITH ORDINALITY ORDER BY ordinality LOOP
        taken := onemap.missing_of(merged, each -> 'values', columns);
        merged := merged || coalesce((SELECT jsonb_object_agg(key, value -> 'value') FROM jsonb_each(taken)), '{}');
        filled := filled || jsonb_build_object(each ->> 'match', taken);
    END LOOP;
    RETURN jsonb_build_object('values', merged, 'filled', filled);
END $$;

-- A list of columns of a row ``t`` of a layer, as SQL.
CREATE OR REPLACE FUNCTION onemap.column_list(row_name text, columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(format('%I.%I', row_name, name), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS c (name, place));

-- What standing merges contribute to some objects: the newest values of the objects that gave way, from an instant on.
CREATE OR REPLACE FUNCTION onemap.contributions_to(layer_name text, fids bigint[], columns text[])
RETURNS TABLE (fid bigint, since timestamptz, place bigint, contribution jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT m.survivor, m.since, m.accepted_order, jsonb_build_object('match', m.id, 'values', to_jsonb(l))
        FROM onemap.match AS m
        CROSS JOIN LATERAL (
            SELECT t.dataset, %2$s FROM onemap.%1$I AS t
            WHERE t.fid = m.a + m.b - m.survivor ORDER BY lower(t.valid) DESC LIMIT 1
        ) AS l
        WHERE m.layer = $1 AND m.state = 'accepted' AND m.relation = 'same'
          AND (m.a = ANY ($2) OR m.b = ANY ($2)) AND m.survivor = ANY ($2)
    $q$, layer_name, onemap.column_list('t', columns)) USING layer_name, fids;
END $$;

-- Compute the slices of some objects anew, none of which was merged into another one of them.
CREATE OR REPLACE FUNCTION onemap.compute_survivors(layer_name text, fids bigint[], columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        WITH contribution AS MATERIALIZED (
            SELECT * FROM onemap.contributions_to($1, $2, $3)
        ), slice AS MATERIALIZED (
            SELECT t.fid, lower(t.valid) AS began, h.held, h.held || coalesce(o.own, '{}') AS own,
                row_number() OVER (PARTITION BY t.fid ORDER BY lower(t.valid) DESC) = 1 AS newest
            FROM onemap.%1$I AS t
            LEFT JOIN onemap.own_value AS o ON (o.layer, o.fid, o.began) = ($1, t.fid, lower(t.valid))
            CROSS JOIN LATERAL (SELECT to_jsonb(c) AS held FROM (SELECT %2$s) AS c) AS h
            WHERE t.fid = ANY ($2)
        ), computed AS MATERIALIZED (
            SELECT s.*, m.merged -> 'values' AS merged, m.merged -> 'filled' AS filled
            FROM slice AS s
            LEFT JOIN (
                SELECT s.fid, s.began, jsonb_agg(c.contribution ORDER BY c.place) AS contributions
                FROM slice AS s JOIN contribution AS c ON c.fid = s.fid AND c.since <= s.began GROUP BY s.fid, s.began
            ) AS c ON (c.fid, c.began) = (s.fid, s.began)
            CROSS JOIN LATERAL onemap.merged_values(s.own, c.contributions, $3) AS m (merged)
        ), covered AS (
            SELECT c.fid, c.began, jsonb_object_agg(o.key, o.value) AS own
            FROM computed AS c, jsonb_each(c.own) AS o
            WHERE o.value IS DISTINCT FROM c.merged -> o.key GROUP BY c.fid, c.began
        ), noted AS (
            INSERT INTO onemap.own_value AS n (layer, fid, began, own) SELECT $1, fid, began, own FROM covered
            ON CONFLICT (layer, fid, began) DO UPDATE SET own = excluded.own WHERE n.own <> excluded.own
        ), forgotten AS (
            DELETE FROM onemap.own_value AS o WHERE o.layer = $1 AND o.fid = ANY ($2)
              AND NOT EXISTS (SELECT FROM covered AS c WHERE (c.fid, c.began) = (o.fid, o.began))
        ), told AS (
            UPDATE onemap.match AS m SET filled = coalesce(c.filled -> m.id::text, '{}')
            FROM computed AS c
            WHERE c.newest AND m.layer = $1 AND (m.a = ANY ($2) OR m.b = ANY ($2)) AND m.survivor = c.fid
              AND m.state = 'accepted' AND m.relation = 'same' AND m.filled <> coalesce(c.filled -> m.id::text, '{}')
        )
        UPDATE onemap.%1$I AS t SET (%3$s) = ROW (%4$s)
        FROM computed AS c, jsonb_populate_record(NULL::onemap.%1$I, c.merged) AS r
        WHERE t.fid = c.fid AND lower(t.valid) = c.began AND c.held <> c.merged
    $q$, layer_name, onemap.column_list('t', columns),
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS c (name, place)),
        onemap.column_list('r', columns)
    ) USING layer_name, fids, columns;
END $$;

-- Compute some objects anew, and those into which they are merged, first what gives and then what takes.
CREATE OR REPLACE FUNCTION onemap.compute_merges(layer_name text, fids bigint[], columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    tier bigint[];
BEGIN
    IF columns = '{}' THEN
        RETURN;
    END IF;
    FOR tier IN
        WITH RECURSIVE chain AS (
            SELECT f AS fid, 0 AS above FROM unnest(fids) AS f
            UNION
            SELECT m.survivor, c.above + 1 FROM chain AS c JOIN onemap.match AS m ON m.layer = layer_name
                AND (m.a = c.fid OR m.b = c.fid) AND m.survivor <> c.fid
                AND m.state = 'accepted' AND m.relation = 'same'
        ), placed AS (
            SELECT c.fid, max(c.above) AS above FROM chain AS c GROUP BY c.fid
        )
        SELECT array_agg(p.fid) FROM placed AS p GROUP BY p.above ORDER BY p.above
    LOOP
        PERFORM onemap.compute_survivors(layer_name, tier, columns);
    END LOOP;
END $$;

-- Before a load is compared: what is staged takes over again what its objects took over from others, so that a source
-- that says the same changes nothing. What it says itself is kept beside until the load has been merged.
CREATE OR REPLACE FUNCTION onemap.fill_stage(
    layer_name text, stage regclass, dataset_name text, date timestamptz, columns text[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    beside text := format('own_of_%s', layer_name);
    survivors bigint[];
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE %I (fid bigint, source_key text, own jsonb, merged jsonb) ON COMMIT DROP', beside);
    EXECUTE format($q$
        SELECT array_agg(DISTINCT m.survivor) FROM onemap.match AS m
        WHERE m.layer = $1 AND m.state = 'accepted' AND m.relation = 'same'
          AND EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = m.survivor AND t.dataset = $2)
    $q$, layer_name) INTO survivors USING layer_name, dataset_name;
    IF survivors IS NULL OR columns = '{}' THEN
        RETURN;
    END IF;
    EXECUTE format($q$
        INSERT INTO %1$I
        SELECT w.fid, s.source_key, h.own, onemap.merged_values(h.own, w.contributions, $3) -> 'values'
        FROM (
            SELECT c.fid, jsonb_agg(c.contribution ORDER BY c.place) AS contributions
            FROM onemap.contributions_to($1, $2, $3) AS c WHERE c.since <= $4 GROUP BY c.fid
        ) AS w
        CROSS JOIN LATERAL (SELECT t.source_key FROM onemap.%2$I AS t WHERE t.fid = w.fid LIMIT 1) AS k
        JOIN %3$s AS s ON s.source_key = k.source_key
        CROSS JOIN LATERAL (SELECT to_jsonb(c) AS own FROM (SELECT %4$s) AS c) AS h
    $q$, beside, layer_name, stage, onemap.column_list('s', columns)) USING layer_name, survivors, columns, date;
    EXECUTE format($q$
        UPDATE %1$s AS s SET (%2$s) = ROW (%3$s)
        FROM %4$I AS o, jsonb_populate_record(NULL::onemap.%5$I, o.merged) AS r
        WHERE s.source_key = o.source_key AND o.own <> o.merged
    $q$, stage, (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS c (name, place)),
        onemap.column_list('r', columns), beside, layer_name);
END $$;

-- After a load has been merged: keep what it said of the objects that took something over, and compute anew what rests on
-- objects of its dataset, also on those that are gone. What is older than the newest slice was not merged.
CREATE OR REPLACE FUNCTION onemap.settle_stage(
    layer_name text, dataset_name text, date timestamptz, columns text[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    EXECUTE format($q$
        INSERT INTO onemap.own_value AS n (layer, fid, began, own)
        SELECT $1, o.fid, lower(t.valid), o.own
        FROM %2$I AS o JOIN onemap.%1$I AS t ON t.fid = o.fid AND upper_inf(t.valid) AND lower(t.valid) <= $2
        ON CONFLICT (layer, fid, began) DO UPDATE SET own = excluded.own
    $q$, layer_name, format('own_of_%s', layer_name)) USING layer_name, date;
    EXECUTE format($q$
        SELECT array_agg(DISTINCT side) FROM onemap.match AS m, unnest(ARRAY[m.a, m.b]) AS side
        WHERE m.layer = $1 AND m.state = 'accepted' AND m.relation = 'same' AND (
            EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = side AND t.dataset = $2)
            OR NOT EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = side)
        )
    $q$, layer_name) INTO touched USING layer_name, dataset_name;
    IF touched IS NOT NULL THEN
        PERFORM onemap.compute_merges(layer_name, touched, columns);
    END IF;
END $$;

-- Once values were filled and taken back by what each merge had noted.
DROP FUNCTION IF EXISTS onemap.apply_fill(text, bigint[], text, text);
DROP FUNCTION IF EXISTS onemap.fill_stage(text, regclass, text);
