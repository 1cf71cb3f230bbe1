-- Layers of hazard scenarios. <scenario>_<kind> shows the run that is shown, <scenario>_<kind>-<run> that run always.
-- Whoever edits a run or its features, and with whatever tool, the next tile shows it: these triggers append tile edits.

-- The layers in which a run is seen, by the kinds that its scenario declares; those without a number only where it is
-- shown.
CREATE OR REPLACE FUNCTION onemap.layers_of_run(kinds text[], scenario text, run bigint, shown boolean) RETURNS SETOF text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT scenario || '_' || kind || suffix
    FROM unnest(kinds) AS kind,
         unnest(CASE WHEN shown THEN ARRAY['', '-' || run] ELSE ARRAY['-' || run] END) AS suffix;
END;

-- The intervals of a run's steps, half-open.
CREATE OR REPLACE FUNCTION onemap.steps_of_run(begins timestamptz, step_s integer, steps integer) RETURNS tstzrange[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(tstzrange(begins + make_interval(secs => step_s * i), begins + make_interval(secs => step_s * (i + 1))))
    FROM generate_series(0, steps - 1) AS i;
END;

-- Append tile edits for the cells of features of one run and kind.
CREATE OR REPLACE FUNCTION onemap.record_run_edits(run_id bigint, kind text, geoms geometry[]) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    SELECT onemap.record_tile_edits(seen.layer, geoms)
    FROM onemap.run AS r,
         LATERAL (VALUES (r.scenario || '_' || kind || '-' || r.id), (r.scenario || '_' || kind)) AS seen(layer)
    WHERE r.id = run_id AND (r.shown OR seen.layer LIKE '%-' || r.id);
END;

-- After each statement on run_feature. The features of a run that was deleted go after it and find it no more;
-- run_gone has recorded an edit of their layers.
CREATE OR REPLACE FUNCTION onemap.run_features_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    touched record;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        FOR touched IN SELECT run, kind, array_agg(ST_Envelope(geom_3857)) AS boxes FROM new_rows GROUP BY run, kind LOOP
            PERFORM onemap.record_run_edits(touched.run, touched.kind, touched.boxes);
        END LOOP;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        FOR touched IN SELECT run, kind, array_agg(ST_Envelope(geom_3857)) AS boxes FROM old_rows GROUP BY run, kind LOOP
            PERFORM onemap.record_run_edits(touched.run, touched.kind, touched.boxes);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.run_features_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO onemap.tile_edit (layer, x, y, n)
    SELECT layer, -1, -1, 1 FROM onemap.run AS r, onemap.layers_of_run(r.kinds, r.scenario, r.id, r.shown) AS layer;
    RETURN NULL;
END $$;

-- After a run was given steps, or was shown or hidden: its layers change, and will again at each step to come.
CREATE OR REPLACE FUNCTION onemap.run_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    INSERT INTO onemap.tile_edit (layer, x, y, n)
    SELECT layer, -1, -1, 1 FROM onemap.layers_of_run(NEW.kinds, NEW.scenario, NEW.id, NEW.shown OR OLD.shown) AS layer;
    IF NEW.steps IS NOT NULL THEN
        PERFORM onemap.remember_boundaries(layer, onemap.steps_of_run(NEW.begins, NEW.step_s, NEW.steps))
        FROM onemap.layers_of_run(NEW.kinds, NEW.scenario, NEW.id, NEW.shown) AS layer;
    END IF;
    RETURN NULL;
END $$;

-- Before a run is deleted: its layers change once more. What was kept of the versions of its own layers becomes one
-- row each, higher than any before.
CREATE OR REPLACE FUNCTION onemap.run_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    DELETE FROM onemap.validity_boundary AS b
    WHERE b.layer IN (SELECT onemap.layers_of_run(OLD.kinds, OLD.scenario, OLD.id, false)) AND b.at > clock_timestamp();
    WITH gone AS (
        DELETE FROM onemap.tile_edit AS b
        WHERE b.layer IN (SELECT onemap.layers_of_run(OLD.kinds, OLD.scenario, OLD.id, false)) RETURNING b.layer, b.n
    )
    INSERT INTO onemap.tile_edit (layer, x, y, n) SELECT layer, -1, -1, sum(n) FROM gone GROUP BY layer;
    INSERT INTO onemap.tile_edit (layer, x, y, n)
    SELECT layer, -1, -1, 1 FROM onemap.layers_of_run(OLD.kinds, OLD.scenario, OLD.id, OLD.shown) AS layer;
    RETURN OLD;
END $$;

-- A run waits, runs, fails and is cancelled with its job, whoever does that. It is done only when its results are
-- kept, which the run itself says; nothing takes that back.
CREATE OR REPLACE FUNCTION onemap.run_follows_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    UPDATE onemap.run SET state = NEW.state, finished = NEW.finished
    WHERE job_id = NEW.id AND state <> 'done' AND NEW.state <> 'done';
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER inserted AFTER INSERT ON onemap.run_feature REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.run_features_edited();
CREATE OR REPLACE TRIGGER updated AFTER UPDATE ON onemap.run_feature REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.run_features_edited();
CREATE OR REPLACE TRIGGER deleted AFTER DELETE ON onemap.run_feature REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.run_features_edited();
CREATE OR REPLACE TRIGGER truncated AFTER TRUNCATE ON onemap.run_feature
    EXECUTE FUNCTION onemap.run_features_truncated();
CREATE OR REPLACE TRIGGER edited AFTER UPDATE OF shown, begins, step_s, steps, finished ON onemap.run
    FOR EACH ROW WHEN ((OLD.shown, OLD.begins, OLD.step_s, OLD.steps, OLD.finished)
                       IS DISTINCT FROM (NEW.shown, NEW.begins, NEW.step_s, NEW.steps, NEW.finished))
    EXECUTE FUNCTION onemap.run_edited();
CREATE OR REPLACE TRIGGER gone BEFORE DELETE ON onemap.run FOR EACH ROW EXECUTE FUNCTION onemap.run_gone();
CREATE OR REPLACE TRIGGER run_follows AFTER UPDATE OF state ON onemap.job
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION onemap.run_follows_job();
