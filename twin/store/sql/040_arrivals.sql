-- Observations that somebody follows are noted as they are kept, whoever keeps them and with whatever tool, so that they
-- are published after the commit, each once. Where nobody publishes, or nobody follows, nothing is noted.

-- Note observations of followed datastreams; within one datastream, numbers rise as transactions are committed, since
-- each of them has the datastream's row of latest first.
CREATE OR REPLACE FUNCTION onemap.observations_arrived() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    every boolean := (SELECT f.everything FROM following AS f WHERE f.until > clock_timestamp());
BEGIN
    IF every THEN
        INSERT INTO arrival (datastream, time, sequence)
        SELECT n.datastream, n.time, n.sequence FROM new_rows AS n ORDER BY n.datastream, n.time, n.sequence;
    ELSIF NOT every THEN
        INSERT INTO arrival (datastream, time, sequence)
        SELECT n.datastream, n.time, n.sequence FROM new_rows AS n JOIN followed AS f ON f.datastream = n.datastream
        ORDER BY n.datastream, n.time, n.sequence;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER zz_arrived AFTER INSERT ON onemap.observation REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.observations_arrived();
CREATE OR REPLACE TRIGGER zz_changed AFTER UPDATE ON onemap.observation REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.observations_arrived();

-- After the latest of datastreams was found anew: those for which it is another one than before are noted.
CREATE OR REPLACE FUNCTION onemap.latest_arrived(streams bigint[], before bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO arrival (datastream, time, sequence)
    SELECT l.datastream, l.time, l.sequence FROM latest AS l
    WHERE l.datastream = ANY (streams) AND l.id <> ALL (before) AND EXISTS (
        SELECT FROM following AS f WHERE f.until > clock_timestamp()
            AND (f.everything OR EXISTS (SELECT FROM followed AS d WHERE d.datastream = l.datastream))
    ) ORDER BY l.datastream;
END $$;
