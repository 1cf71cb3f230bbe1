-- Observations by datastream and five minutes. Triggers of statements keep them, so that what is edited by whatever tool
-- counts; none looks at a row alone. Locks are taken as batches take them: latest first, then rollups, each in order.

-- The five minutes that an instant lies in.
CREATE OR REPLACE FUNCTION onemap.block_of(instant timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_bin('5 minutes', instant, '2000-01-01Z');

-- A result in units of 2^60, so that no sum of any number of results is beyond what a double can hold.
CREATE OR REPLACE FUNCTION onemap.scaled(result double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN abs(result) > 1e-280 THEN result * 8.673617379884035e-19 ELSE 0 END;

-- After observations were inserted: their blocks have more. After they were changed or removed: the blocks in which they
-- were are counted anew, from a snapshot that is taken once nobody else can change these.
CREATE OR REPLACE FUNCTION onemap.roll_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    streams bigint[];
    starts timestamptz[];
    source text := 'SELECT * FROM new_rows';
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT array_agg(b.datastream), array_agg(b.start) INTO streams, starts FROM (
            SELECT DISTINCT o.datastream, block_of(o.time) AS start FROM old_rows AS o WHERE o.result IS NOT NULL
        ) AS b;
        PERFORM FROM latest AS l WHERE l.datastream = ANY (streams) ORDER BY l.datastream FOR UPDATE;
        PERFORM FROM rollup AS r JOIN unnest(streams, starts) AS b(datastream, start)
            ON (r.datastream, r.start) = (b.datastream, b.start) ORDER BY r.datastream, r.start FOR UPDATE OF r;
        DELETE FROM rollup AS r USING unnest(streams, starts) AS b(datastream, start)
            WHERE (r.datastream, r.start) = (b.datastream, b.start);
        source := 'SELECT o.* FROM unnest($1, $2) AS b(datastream, start) JOIN observation AS o '
            'ON o.datastream = b.datastream AND o.time >= b.start AND o.time < b.start + interval ''5 minutes''';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        source := source || ' UNION ALL SELECT n.* FROM new_rows AS n WHERE NOT EXISTS ('
            'SELECT FROM unnest($1, $2) AS b(datastream, start) '
            'WHERE (b.datastream, b.start) = (n.datastream, block_of(n.time)))';
    END IF;
    EXECUTE format(
        'INSERT INTO rollup AS r SELECT o.datastream, block_of(o.time), count(*), sum(scaled(o.result)), '
        'min(o.result), max(o.result), min(o.time), (array_agg(o.sequence ORDER BY o.time, o.sequence))[1], '
        '(array_agg(o.result ORDER BY o.time, o.sequence))[1], max(o.time), '
        '(array_agg(o.sequence ORDER BY o.time DESC, o.sequence DESC))[1], '
        '(array_agg(o.result ORDER BY o.time DESC, o.sequence DESC))[1] '
        'FROM (%s) AS o WHERE o.result IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2 '
        'ON CONFLICT (datastream, start) DO UPDATE SET '
        'count = r.count + excluded.count, total = r.total + excluded.total, '
        'lowest = least(r.lowest, excluded.lowest), highest = greatest(r.highest, excluded.highest), '
        '(first_time, first_sequence, first) = (SELECT f.* FROM (VALUES (r.first_time, r.first_sequence, r.first), '
        '(excluded.first_time, excluded.first_sequence, excluded.first)) AS f ORDER BY 1, 2 LIMIT 1), '
        '(last_time, last_sequence, last) = (SELECT f.* FROM (VALUES (r.last_time, r.last_sequence, r.last), '
        '(excluded.last_time, excluded.last_sequence, excluded.last)) AS f ORDER BY 1 DESC, 2 DESC LIMIT 1)', source
    ) USING streams, starts;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER rolled_up_new AFTER INSERT ON onemap.observation REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.roll_up();
CREATE OR REPLACE TRIGGER rolled_up_changed AFTER UPDATE ON onemap.observation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION onemap.roll_up();
CREATE OR REPLACE TRIGGER rolled_up_gone AFTER DELETE ON onemap.observation REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.roll_up();
