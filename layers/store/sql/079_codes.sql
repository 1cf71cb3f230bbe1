-- Unified codes: given once, kept in onemap.code, and never given again.

-- Retire the codes of objects that gave way in an accepted merge; their successors are the codes of those that stay.
-- A code whose object stays without a code of its own waits until that has one.
CREATE OR REPLACE FUNCTION onemap.retire_merged(layer_name text) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    WITH merged AS (
        SELECT lost.code AS predecessor, stays.code AS successor, m.id
        FROM onemap.match AS m
        JOIN onemap.code AS stays ON stays.layer = m.layer AND stays.fid = m.survivor
        JOIN onemap.code AS lost ON lost.layer = m.layer AND lost.fid = m.a + m.b - m.survivor
        WHERE m.layer = layer_name AND m.state = 'accepted' AND m.relation = 'same' AND lost.retired IS NULL
    ), retired AS (
        UPDATE onemap.code AS c SET retired = clock_timestamp(), why = 'merged', match = d.id
        FROM merged AS d WHERE c.code = d.predecessor
    ), told AS (
        INSERT INTO onemap.code_successor (predecessor, successor)
        SELECT predecessor, successor FROM merged ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM merged;
END;

-- Give back the code that a merge retired.
CREATE OR REPLACE FUNCTION onemap.restore_code(match_id bigint) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    DELETE FROM onemap.code_successor AS s USING onemap.code AS c WHERE c.match = match_id AND s.predecessor = c.code;
    UPDATE onemap.code SET retired = NULL, why = NULL, match = NULL WHERE match = match_id;
END;
