-- Merges of objects that are one. The row that gives way is hidden by "match/<id>", as others are by a dataset.

-- Hide and show rows of a layer (all of them, or those of some objects) by what is believed now: accepted merges, and the
-- precedence of datasets. A merged row is hidden while the object that stays is there; the object that stays is not
-- hidden by the dataset whose object gave way to it. Returns how many rows changed.
-- hidden_from is the earliest instant, in the time of the world, from which anything hides the row; NULL beside a
-- hidden_by stands for all time. What ends before that is not hidden. hidden_by names the merge, if there is one; else of
-- the datasets that of which this is the instant, of several that begin at once the one of the highest precedence.
CREATE OR REPLACE FUNCTION onemap.refresh_visibility(layer_name text, fids bigint[]) RETURNS bigint
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

-- Merge the objects of matches, of which no two share an object: those that stay take over what they lack, the others
-- are hidden, their codes retired. ``stay`` are the fids that stay, in the order of the matches.
CREATE OR REPLACE FUNCTION onemap.merge_matches(layer_name text, ids bigint[], stay bigint[], columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    merged bigint;
    before bigint := (SELECT coalesce(max(accepted_order), 0) FROM onemap.match WHERE layer = layer_name);
BEGIN
    EXECUTE format($q$
        UPDATE onemap.match AS m
        SET state = 'accepted', survivor = s.fid, since = lower(s.valid), accepted_order = $3 + w.place
        FROM unnest($1, $2) WITH ORDINALITY AS w (id, stays, place), onemap.%1$I AS s, onemap.%1$I AS l
        WHERE m.id = w.id AND s.fid = w.stays AND upper_inf(s.valid)
          AND l.fid = m.a + m.b - w.stays AND upper_inf(l.valid)
    $q$, layer_name) USING ids, stay, before;
    GET DIAGNOSTICS merged = ROW_COUNT;
    IF merged <> cardinality(ids) THEN
        RAISE EXCEPTION 'only % of % matches of layer % could be merged; an object is gone', merged, cardinality(ids), layer_name;
    END IF;
    PERFORM onemap.compute_merges(layer_name, stay, columns);
    PERFORM onemap.refresh_visibility(layer_name, array_agg(fid))
    FROM onemap.match AS m, LATERAL unnest(ARRAY[m.a, m.b]) AS fid WHERE m.id = ANY (ids);
    PERFORM onemap.retire_merged(layer_name, m.id)
    FROM onemap.match AS m
    JOIN onemap.code AS c ON c.layer = m.layer AND c.fid = m.a + m.b - m.survivor AND c.retired IS NULL
    WHERE m.id = ANY (ids);
END $$;

-- Take a merge back, whichever others stand: the object that gave way is shown again, and the one that stayed is computed
-- without it.
CREATE OR REPLACE FUNCTION onemap.unmerge(match_id bigint, columns text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found onemap.match;
BEGIN
    SELECT * INTO STRICT found FROM onemap.match WHERE id = match_id;
    UPDATE onemap.match SET state = 'undone', survivor = NULL, filled = '{}', since = NULL, accepted_order = NULL
    WHERE id = match_id;
    PERFORM onemap.compute_merges(found.layer, ARRAY[found.survivor], columns);
    PERFORM onemap.refresh_visibility(found.layer, ARRAY[found.a, found.b]);
    PERFORM onemap.restore_code(match_id);
END $$;

-- Once they merged and filled one by one, and parted without computing anew.
DROP FUNCTION IF EXISTS onemap.merge_match(bigint, bigint, text[]);
DROP FUNCTION IF EXISTS onemap.put_values(text, bigint, jsonb, text, text, timestamptz);
DROP FUNCTION IF EXISTS onemap.unmerge(bigint);
