-- When the edits of a transaction became visible. A row is stamped by the clock of its statement, but nobody sees it before
-- the transaction commits: onemap.transaction_log has, for each transaction that edits a layer, when it began to and when it
-- committed, and rows carry its number. What was believed at an instant is what had been committed by then (decision 0024).

-- The number of the present transaction; its first edit enters it into the log. Numbers are of a sequence, since the
-- server's own begin anew after a restore into another cluster. A stamp that SET CONSTRAINTS asked for in the middle of a
-- transaction is taken back: there is one, at its end. An entry of another cluster may have the same xact, and is older.
CREATE OR REPLACE FUNCTION onemap.begin_edit() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, pg_temp AS $$
DECLARE
    mine bigint := pg_current_xact_id()::text::bigint;
    number bigint;
    stamp timestamptz;
BEGIN
    SELECT t.id, t.committed INTO number, stamp FROM onemap.transaction_log AS t
    WHERE t.xact = mine AND coalesce(t.committed, 'infinity') >= now();
    IF number IS NULL THEN
        SET CONSTRAINTS onemap.stamp_commit DEFERRED;
        INSERT INTO onemap.transaction_log (xact, began) VALUES (mine, clock_timestamp()) RETURNING id INTO number;
    ELSIF stamp IS NOT NULL THEN
        SET CONSTRAINTS onemap.stamp_commit DEFERRED;
        UPDATE onemap.transaction_log SET committed = NULL WHERE id = number;
    END IF;
    RETURN number;
END $$;

-- Before each statement that edits a layer. Row triggers then find the number as the last one that this session took
-- from the sequence, which only this function can take from.
CREATE OR REPLACE FUNCTION onemap.enter_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, pg_temp AS $$
BEGIN
    PERFORM onemap.begin_edit();
    RETURN NULL;
END $$;

-- An instant as a number, counted from 1970.
CREATE OR REPLACE FUNCTION onemap.microseconds(instant timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(epoch FROM instant) * 1000000)::bigint;

-- The instant of a commit, for the last statement before it. One after the other: the lock is let go only after the
-- transaction has become visible, so that the order of stamps is the order in which readers see transactions. The last
-- stamp is kept in a sequence, which every isolation level reads as it is now; a clock that was set back repeats no instant.
CREATE OR REPLACE FUNCTION onemap.commit_stamp(began timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(58281, 24);
    RETURN timestamptz 'epoch' + interval '1 microsecond' * setval('onemap.last_commit', 1 + greatest(
        onemap.microseconds(clock_timestamp()), onemap.microseconds(began), (SELECT s.last_value FROM onemap.last_commit AS s)
    ));
END $$;

-- At the commit of a transaction that edited, which is then stamped.
CREATE OR REPLACE FUNCTION onemap.stamp_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, pg_temp AS $$
BEGIN
    UPDATE onemap.transaction_log AS t SET committed = onemap.commit_stamp(t.began) WHERE t.id = NEW.id;
    RETURN NULL;
END $$;

-- The transactions that were under way at an instant: they had begun to edit, and had not been committed. NULL for none,
-- which is the rule, and with which rows are compared in no time. Of its own edits, which nobody else sees yet, a
-- transaction is told by the clocks of its statements.
CREATE OR REPLACE FUNCTION onemap.pending_at(instant timestamptz) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT array_agg(t.id) FROM onemap.transaction_log AS t
        WHERE tstzrange(t.began, t.committed) @> instant AND t.committed IS NOT NULL
    );
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'onemap.transaction_log'::regclass AND tgname = 'stamp_commit') THEN
        CREATE CONSTRAINT TRIGGER stamp_commit AFTER INSERT OR UPDATE ON onemap.transaction_log
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.committed IS NULL) EXECUTE FUNCTION onemap.stamp_commit();
    END IF;
END $$;
