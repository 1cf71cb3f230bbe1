-- Two times on every dataset layer. A table holds what is believed now; these triggers stamp beliefs and move
-- superseded ones to <table>_history, with the numbers of the transactions that recorded and superseded them
-- (015_transactions.sql). They run as the owner, so that nobody else can write history.

-- Before INSERT, for each row: a new belief begins now, whatever the statement says.
CREATE OR REPLACE FUNCTION onemap.stamp_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF isempty(NEW.valid) OR lower_inf(NEW.valid) THEN
        RAISE EXCEPTION 'valid of %, fid %: % has no beginning', TG_TABLE_NAME, NEW.fid, NEW.valid
            USING ERRCODE = 'check_violation', HINT = 'Give the instant from which the row is true.';
    END IF;
    NEW.recorded := tstzrange(clock_timestamp(), NULL);
    NEW.recorded_tx := currval('onemap.transaction_log_id_seq');
    NEW.superseded_tx := NULL;
    -- Only a bulk load, which goes past this, knows that an object has no other slice.
    NEW.sole_slice := false;
    RETURN NEW;
END $$;

-- After INSERT: what was the only slice of an object is so no longer, and comes under the constraint on overlaps, which
-- then meets the slices that were inserted.
CREATE OR REPLACE FUNCTION onemap.settle_slices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    EXECUTE format(
        'UPDATE onemap.%I AS t SET sole_slice = false FROM new_rows AS n WHERE t.fid = n.fid AND t.sole_slice',
        TG_TABLE_NAME
    );
    RETURN NULL;
END $$;

-- Before UPDATE, for each row: the old belief ends where the new one begins. clock_timestamp() can stand still or,
-- after a wait for another transaction, repeat; a belief lasts at least a microsecond.
CREATE OR REPLACE FUNCTION onemap.stamp_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    instant timestamptz := greatest(clock_timestamp(), lower(OLD.recorded) + interval '1 microsecond');
    settled boolean := OLD.sole_slice AND NOT NEW.sole_slice;
BEGIN
    -- Generated columns have no value yet, and nobody but us states when a belief began.
    NEW.geom_3857 := OLD.geom_3857;
    NEW.recorded := OLD.recorded;
    NEW.recorded_tx := OLD.recorded_tx;
    NEW.superseded_tx := NULL;
    NEW.sole_slice := OLD.sole_slice;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        -- That a slice comes under the constraint on overlaps is no change of what is believed.
        NEW.sole_slice := false;
        RETURN CASE WHEN settled THEN NEW END;
    END IF;
    NEW.sole_slice := false;
    IF NEW.fid <> OLD.fid THEN
        RAISE EXCEPTION 'fid % of % cannot become %', OLD.fid, TG_TABLE_NAME, NEW.fid
            USING ERRCODE = 'check_violation', HINT = 'Delete the row and insert another one.';
    END IF;
    IF isempty(NEW.valid) OR lower_inf(NEW.valid) THEN
        RAISE EXCEPTION 'valid of %, fid %: % has no beginning', TG_TABLE_NAME, NEW.fid, NEW.valid
            USING ERRCODE = 'check_violation', HINT = 'Give the instant from which the row is true.';
    END IF;
    NEW.recorded := tstzrange(instant, NULL);
    NEW.recorded_tx := currval('onemap.transaction_log_id_seq');
    OLD.recorded := tstzrange(lower(OLD.recorded), instant);
    OLD.superseded_tx := NEW.recorded_tx;
    EXECUTE format('INSERT INTO onemap.%I SELECT ($1).*', TG_TABLE_NAME || '_history') USING OLD;
    RETURN NEW;
END $$;

-- Before DELETE, for each row: the belief ends.
CREATE OR REPLACE FUNCTION onemap.stamp_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    gone record := OLD;
BEGIN
    OLD.recorded := tstzrange(
        lower(OLD.recorded), greatest(clock_timestamp(), lower(OLD.recorded) + interval '1 microsecond')
    );
    OLD.superseded_tx := currval('onemap.transaction_log_id_seq');
    EXECUTE format('INSERT INTO onemap.%I SELECT ($1).*', TG_TABLE_NAME || '_history') USING OLD;
    RETURN gone;
END $$;

-- Before TRUNCATE: all beliefs end, and every tile of the layer changes.
CREATE OR REPLACE FUNCTION onemap.stamp_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    number bigint := onemap.begin_edit();
    names text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names
    FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('recorded', 'superseded_tx');
    EXECUTE format(
        'INSERT INTO onemap.%I (%s, superseded_tx, recorded) SELECT %s, $1, tstzrange(lower(recorded), '
        'greatest(clock_timestamp(), lower(recorded) + interval ''1 microsecond'')) FROM onemap.%I',
        TG_TABLE_NAME || '_history', names, names, TG_TABLE_NAME
    ) USING number;
    INSERT INTO onemap.tile_edit (layer, x, y, n) VALUES (TG_TABLE_NAME, -1, -1, 1);
    RETURN NULL;
END $$;

-- Remember instants to come at which the rows of a statement begin or end to be valid, or to be hidden.
CREATE OR REPLACE FUNCTION onemap.remember_boundaries(layer_name text, spans tstzrange[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO onemap.validity_boundary (layer, at)
    SELECT DISTINCT layer_name, boundary.at
    FROM unnest(spans) AS span, LATERAL (VALUES (lower(span)), (upper(span))) AS boundary(at)
    WHERE boundary.at > clock_timestamp() AND boundary.at < 'infinity';
END $$;

-- Whoever may not see a thing now may not see its past (layers/access/rows.py), which may lie in other cells: an edit of
-- a thing of which some slice was ever graded is an edit in the cells of all its slices. Few things are graded, and they
-- have a small index of their own, which the planner does not take of itself before it has statistics.
CREATE OR REPLACE FUNCTION onemap.record_graded_things(layer_name text, touched bigint[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    things bigint[];
    boxes geometry[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(DISTINCT fid) FROM (SELECT fid FROM onemap.%I WHERE grade > 0 AND fid = ANY ($1) '
        'UNION ALL SELECT fid FROM onemap.%I WHERE grade > 0 AND fid = ANY ($1)) AS graded',
        layer_name, layer_name || '_history'
    ) INTO things USING touched;
    IF things IS NOT NULL THEN
        EXECUTE format(
            'SELECT array_agg(ST_Envelope(geom_3857)) FROM (SELECT geom_3857 FROM onemap.%I WHERE fid = ANY ($1) '
            'UNION ALL SELECT geom_3857 FROM onemap.%I WHERE fid = ANY ($1)) AS slice',
            layer_name, layer_name || '_history'
        ) INTO boxes USING things;
        PERFORM onemap.record_tile_edits(layer_name, boxes);
    END IF;
END $$;

-- After each statement: record edits in the cells of the rows it wrote or removed. PostgreSQL wants one trigger per event.
CREATE OR REPLACE FUNCTION onemap.record_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM onemap.record_tile_edits(TG_TABLE_NAME, (SELECT array_agg(ST_Envelope(geom_3857)) FROM new_rows));
    PERFORM onemap.remember_boundaries(TG_TABLE_NAME, (SELECT array_agg(DISTINCT valid) FROM new_rows));
    PERFORM onemap.record_graded_things(TG_TABLE_NAME, (SELECT array_agg(fid) FROM new_rows));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.record_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM onemap.record_tile_edits(TG_TABLE_NAME, (
        SELECT array_agg(ST_Envelope(geom_3857))
        FROM (SELECT geom_3857 FROM old_rows UNION ALL SELECT geom_3857 FROM new_rows) AS touched
    ));
    PERFORM onemap.remember_boundaries(TG_TABLE_NAME, (SELECT array_agg(DISTINCT valid) FROM new_rows));
    -- Rows begin to be hidden by an update only.
    PERFORM onemap.remember_boundaries(TG_TABLE_NAME, (
        SELECT array_agg(DISTINCT tstzrange(hidden_from, NULL)) FROM new_rows WHERE hidden_from > clock_timestamp()
    ));
    PERFORM onemap.record_graded_things(TG_TABLE_NAME, (SELECT array_agg(fid) FROM new_rows));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.record_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM onemap.record_tile_edits(TG_TABLE_NAME, (SELECT array_agg(ST_Envelope(geom_3857)) FROM old_rows));
    PERFORM onemap.record_graded_things(TG_TABLE_NAME, (SELECT array_agg(fid) FROM old_rows));
    RETURN NULL;
END $$;

-- Put the triggers on a layer's table; the reconciler calls this once it has made the table and its history.
CREATE OR REPLACE FUNCTION onemap.attach_triggers(layer_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY[
        'TRIGGER enter_edit BEFORE INSERT OR UPDATE OR DELETE ON onemap.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.enter_edit()',
        'TRIGGER stamp_new BEFORE INSERT ON onemap.%I FOR EACH ROW EXECUTE FUNCTION onemap.stamp_new()',
        'TRIGGER stamp_changed BEFORE UPDATE ON onemap.%I FOR EACH ROW EXECUTE FUNCTION onemap.stamp_changed()',
        'TRIGGER stamp_gone BEFORE DELETE ON onemap.%I FOR EACH ROW EXECUTE FUNCTION onemap.stamp_gone()',
        'TRIGGER stamp_truncated BEFORE TRUNCATE ON onemap.%I EXECUTE FUNCTION onemap.stamp_truncated()',
        'TRIGGER record_inserted AFTER INSERT ON onemap.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.record_inserted()',
        'TRIGGER settle_slices AFTER INSERT ON onemap.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.settle_slices()',
        'TRIGGER record_updated AFTER UPDATE ON onemap.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.record_updated()',
        'TRIGGER record_deleted AFTER DELETE ON onemap.%I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION onemap.record_deleted()'
    ] LOOP
        EXECUTE format('CREATE OR REPLACE ' || made, layer_name);
    END LOOP;
    -- A package that has more to watch on a layer of its own has a function of this name.
    IF to_regprocedure(format('onemap.%I()', 'attach_to_' || layer_name)) IS NOT NULL THEN
        EXECUTE format('SELECT onemap.%I()', 'attach_to_' || layer_name);
    END IF;
END $$;
