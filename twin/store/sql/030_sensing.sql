-- Things, their datastreams, and where observations are kept. A datastream stands where its thing stands and has at least
-- its grade, whoever edits either and with whatever tool.

-- Before a datastream is written: place and least grade are those of the slices of its thing that it overlaps, the
-- newest of them for the place. The grade that was stated for it itself is kept apart, so that it is what remains when
-- its thing is graded lower; who writes another grade than there is states one. The name goes before stamp_changed,
-- which then sees whether anything changes.
CREATE OR REPLACE FUNCTION onemap.follow_thing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    least_grade smallint;
    place geometry;
BEGIN
    SELECT max(t.grade), (array_agg(t.geom ORDER BY lower(t.valid) DESC))[1] INTO least_grade, place
    FROM things AS t WHERE t.fid = NEW.thing AND t.valid && NEW.valid;
    IF TG_OP = 'INSERT' THEN
        NEW.stated_grade := coalesce(NEW.stated_grade, NEW.grade);
    ELSIF NEW.grade <> OLD.grade THEN
        NEW.stated_grade := NEW.grade;
    ELSE
        -- Of rows from before there was such a column, all that is known is their grade.
        NEW.stated_grade := coalesce(NEW.stated_grade, OLD.grade);
    END IF;
    NEW.grade := greatest(NEW.stated_grade, least_grade);
    NEW.geom := coalesce(place, NEW.geom, 'SRID=4490;POINT EMPTY');
    RETURN NEW;
END $$;

-- After things were written: their datastreams are written as well, and follow_thing does the rest.
CREATE OR REPLACE FUNCTION onemap.lead_datastreams() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    UPDATE datastreams AS d SET thing = d.thing FROM new_rows AS n
    WHERE d.thing = n.fid AND d.valid && n.valid
        AND (d.grade <> greatest(d.stated_grade, n.grade) OR d.geom IS DISTINCT FROM n.geom);
    RETURN NULL;
END $$;

-- After where a thing was is written or removed: by location, and which of it is the newest.
CREATE OR REPLACE FUNCTION onemap.place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    moved bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.thing ELSE NEW.thing END;
    newest bigint := (
        SELECT h.id FROM historical_location AS h WHERE h.thing = moved ORDER BY h.time DESC, h.id DESC LIMIT 1
    );
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM placement AS p WHERE p.thing = OLD.thing AND p.historical = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO placement (location, thing, historical, present)
        SELECT DISTINCT l.id, NEW.thing, NEW.id, NEW.id = newest FROM unnest(NEW.locations) AS l(id);
    END IF;
    UPDATE placement AS p SET present = NOT p.present WHERE p.thing = moved AND p.present <> (p.historical = newest);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER place AFTER INSERT OR UPDATE OR DELETE ON onemap.historical_location
    FOR EACH ROW EXECUTE FUNCTION onemap.place();

-- After things were removed: their datastreams go as well, and where they were is as secret as they were.
CREATE OR REPLACE FUNCTION onemap.things_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT DISTINCT o.fid FROM old_rows AS o WHERE NOT EXISTS (SELECT FROM things WHERE fid = o.fid));
BEGIN
    DELETE FROM datastreams WHERE thing = ANY (gone);
    UPDATE location AS l SET grade = g.grade FROM (
        SELECT place.id, max(o.grade) AS grade
        FROM historical_location AS h JOIN old_rows AS o ON o.fid = h.thing, unnest(h.locations) AS place(id)
        WHERE h.thing = ANY (gone) GROUP BY place.id
    ) AS g WHERE l.id = g.id AND l.grade < g.grade AND NOT EXISTS (
        SELECT FROM placement AS other WHERE other.location = l.id AND other.thing <> ALL (gone)
    );
    DELETE FROM historical_location WHERE thing = ANY (gone);
    RETURN NULL;
END $$;

-- After datastreams were removed: so are their observations, and what described them alone is as secret as they were.
CREATE OR REPLACE FUNCTION onemap.datastreams_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    gone bigint[] := ARRAY(
        SELECT DISTINCT o.fid FROM old_rows AS o WHERE NOT EXISTS (SELECT FROM datastreams WHERE fid = o.fid)
    );
BEGIN
    -- As batches do, which link datastreams to features after that.
    PERFORM FROM latest AS l WHERE l.datastream = ANY (gone) ORDER BY l.datastream FOR UPDATE;
    UPDATE sensor AS s SET grade = g.grade
    FROM (SELECT o.sensor AS id, max(o.grade) AS grade FROM old_rows AS o WHERE o.fid = ANY (gone) GROUP BY o.sensor) AS g
    WHERE s.id = g.id AND s.grade < g.grade AND NOT EXISTS (SELECT FROM datastreams WHERE sensor = s.id);
    UPDATE observed_property AS p SET grade = g.grade
    FROM (SELECT o.observed_property AS id, max(o.grade) AS grade FROM old_rows AS o WHERE o.fid = ANY (gone) GROUP BY 1) AS g
    WHERE p.id = g.id AND p.grade < g.grade AND NOT EXISTS (SELECT FROM datastreams WHERE observed_property = p.id);
    UPDATE feature_of_interest AS f SET grade = g.grade
    FROM (
        SELECT k.feature AS id, max(o.grade) AS grade FROM datastream_feature AS k JOIN old_rows AS o ON o.fid = k.datastream
        WHERE o.fid = ANY (gone) GROUP BY k.feature
    ) AS g
    WHERE f.id = g.id AND f.grade < g.grade AND NOT EXISTS (
        SELECT FROM datastream_feature AS other WHERE other.feature = f.id AND other.datastream <> ALL (gone)
    );
    DELETE FROM datastream_feature WHERE datastream = ANY (gone);
    DELETE FROM latest WHERE datastream = ANY (gone);
    DELETE FROM observation WHERE datastream = ANY (gone);
    RETURN NULL;
END $$;

-- After observations were removed: where they were kept is noted no more.
CREATE OR REPLACE FUNCTION onemap.observations_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    DELETE FROM moved_observation AS m USING old_rows AS o WHERE m.id = o.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER gone AFTER DELETE ON onemap.observation REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.observations_gone();

-- attach_triggers (020_history.sql of layers) calls these for the layers of those names.
CREATE OR REPLACE FUNCTION onemap.attach_to_things() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE OR REPLACE TRIGGER zz_lead_new AFTER INSERT ON onemap.things REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.lead_datastreams();
    CREATE OR REPLACE TRIGGER zz_lead_changed AFTER UPDATE ON onemap.things REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.lead_datastreams();
    CREATE OR REPLACE TRIGGER zz_gone AFTER DELETE ON onemap.things REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.things_gone();
    PERFORM onemap.count_slices('things');
    PERFORM onemap.attach_alarms_to_things();
END $$;

CREATE OR REPLACE FUNCTION onemap.attach_to_datastreams() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX IF NOT EXISTS datastreams_thing ON onemap.datastreams (thing);
    CREATE INDEX IF NOT EXISTS datastreams_sensor ON onemap.datastreams (sensor);
    CREATE INDEX IF NOT EXISTS datastreams_observed_property ON onemap.datastreams (observed_property);
    CREATE OR REPLACE TRIGGER follow_thing BEFORE INSERT OR UPDATE ON onemap.datastreams
        FOR EACH ROW EXECUTE FUNCTION onemap.follow_thing();
    CREATE OR REPLACE TRIGGER zz_gone AFTER DELETE ON onemap.datastreams REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.datastreams_gone();
    PERFORM onemap.count_slices('datastreams');
    PERFORM onemap.attach_alarms_to_datastreams();
END $$;

-- Edits of datastreams are edits of their latest readings. Edits of whole layers are those of loads that went past the
-- triggers above. Folded edits (compact_versions) count as more than one, and are none.
CREATE OR REPLACE FUNCTION onemap.sensing_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE layer IN ('things', 'datastreams') AND x = -1 AND n = 1) THEN
        UPDATE datastreams AS d SET thing = d.thing FROM things AS t
        WHERE t.fid = d.thing AND t.valid && d.valid
            AND (d.stated_grade IS NULL OR d.grade <> greatest(d.stated_grade, t.grade) OR d.geom IS DISTINCT FROM t.geom);
    END IF;
    IF EXISTS (SELECT FROM new_rows WHERE layer = 'datastreams' AND n = 1) THEN
        INSERT INTO tile_edit (layer, x, y, n)
        SELECT DISTINCT 'readings', e.x, e.y, 1 FROM new_rows AS e WHERE e.layer = 'datastreams' AND e.n = 1;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.sensing_boundaries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE layer = 'datastreams') THEN
        INSERT INTO validity_boundary (layer, at)
        SELECT 'readings', b.at FROM new_rows AS b WHERE b.layer = 'datastreams';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sensing_edited AFTER INSERT ON onemap.tile_edit REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.sensing_edited();
CREATE OR REPLACE TRIGGER sensing_boundaries AFTER INSERT ON onemap.validity_boundary REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.sensing_boundaries();

-- Cut the slices of things of a layer at an instant: what is true before stays, and what follows is a slice of its own.
CREATE OR REPLACE FUNCTION onemap.cut_slices(layer_name text, things bigint[], at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = onemap, public, pg_temp AS $$
DECLARE
    names text;
    selected text;
    cut bigint[];
    ends timestamptz[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(fid), array_agg(upper(valid)) FROM onemap.%I '
        'WHERE fid = ANY ($1) AND valid @> $2 AND lower(valid) < $2', layer_name
    ) INTO cut, ends USING things, at;
    IF cut IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(CASE attname WHEN 'valid' THEN 'tstzrange($3, c.ends)' ELSE 't.' || quote_ident(attname) END, ', '
                      ORDER BY attnum)
    INTO names, selected FROM pg_attribute
    WHERE attrelid = format('onemap.%I', layer_name)::regclass AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND attname NOT IN ('recorded', 'recorded_tx', 'superseded_tx', 'sole_slice');
    EXECUTE format('UPDATE onemap.%I SET valid = tstzrange(lower(valid), $2) WHERE fid = ANY ($1) AND valid @> $2', layer_name)
        USING cut, at;
    EXECUTE format(
        'INSERT INTO onemap.%I (%s) SELECT %s FROM unnest($1, $2) AS c(fid, ends) JOIN onemap.%I AS t '
        'ON t.fid = c.fid AND upper(t.valid) = $3', layer_name, names, selected, layer_name
    ) USING cut, ends, at;
END $$;

-- Put a thing somewhere from an instant on, until it is known to be elsewhere; its datastreams go with it.
CREATE OR REPLACE FUNCTION onemap.move_thing(thing_id bigint, place geometry, at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM cut_slices('datastreams', ARRAY(
        SELECT DISTINCT d.fid FROM datastreams AS d WHERE d.thing = thing_id AND d.valid @> move_thing.at
    ), move_thing.at);
    PERFORM cut_slices('things', ARRAY[thing_id], move_thing.at);
    UPDATE things AS t SET geom = place WHERE t.fid = thing_id AND t.valid @> move_thing.at;
END $$;

-- Make the partitions of months (their first instants, UTC) that there are none for. Attaching takes no lock that
-- readers or other writers wait for. As the owner, since writers make no tables.
CREATE OR REPLACE FUNCTION onemap.prepare_observations(months timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz;
    name text;
BEGIN
    FOREACH month IN ARRAY months LOOP
        month := date_trunc('month', month);
        IF extract(year FROM month) NOT BETWEEN 1900 AND 2200 THEN
            RAISE EXCEPTION 'month: % is not between the years 1900 and 2200', month USING ERRCODE = 'check_violation';
        END IF;
        name := 'observation_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('onemap.' || name) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(58281, 41);
        -- Not by to_regclass, which may remember that there was none before the wait.
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = 'onemap'::regnamespace);
        EXECUTE format('CREATE TABLE onemap.%I (LIKE onemap.observation INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE onemap.observation ATTACH PARTITION onemap.%I FOR VALUES FROM (%L) TO (%L)',
                       name, month, month + interval '1 month');
        name := 'rollup_' || to_char(month, 'YYYY_MM');
        EXECUTE format('CREATE TABLE onemap.%I (LIKE onemap.rollup INCLUDING ALL) WITH (fillfactor = 80)', name);
        EXECUTE format('ALTER TABLE onemap.rollup ATTACH PARTITION onemap.%I FOR VALUES FROM (%L) TO (%L)',
                       name, month, month + interval '1 month');
    END LOOP;
END $$;

-- The feature of interest of what datastreams observe now, where a reading names none: that of the place of their
-- things, made from the location when it is first needed. A datastream whose thing is nowhere has none.
CREATE OR REPLACE FUNCTION onemap.features_of(streams bigint[]) RETURNS TABLE (datastream bigint, feature bigint)
LANGUAGE plpgsql SET search_path = onemap, public, pg_temp AS $$
DECLARE
    placed bigint[];
    places bigint[];
    place record;
    made bigint;
BEGIN
    SELECT array_agg(p.datastream), array_agg(p.location) INTO placed, places FROM present_locations(streams) AS p;
    FOR place IN SELECT l.* FROM location AS l WHERE l.id = ANY (places) AND l.feature IS NULL ORDER BY l.id FOR UPDATE LOOP
        -- Another transaction may have made it while this one waited for the row.
        CONTINUE WHEN place.feature IS NOT NULL;
        INSERT INTO feature_of_interest (name, description, encoding_type, document, geom)
        VALUES (place.name, place.description, place.encoding_type, place.document, place.geom) RETURNING id INTO made;
        UPDATE location AS l SET feature = made WHERE l.id = place.id;
    END LOOP;
    RETURN QUERY SELECT p.datastream, l.feature FROM unnest(placed, places) AS p(datastream, location)
        JOIN location AS l ON l.id = p.location WHERE l.feature IS NOT NULL;
END $$;

-- The first location of the thing of each datastream, as the thing is known to be now.
CREATE OR REPLACE FUNCTION onemap.present_locations(streams bigint[]) RETURNS TABLE (datastream bigint, location bigint)
LANGUAGE plpgsql STABLE SET search_path = onemap, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT s.fid, h.locations[1]
    FROM unnest(streams) AS s(fid)
    JOIN LATERAL (
        SELECT d.thing FROM datastreams AS d WHERE d.fid = s.fid ORDER BY lower(d.valid) DESC LIMIT 1
    ) AS d ON true
    JOIN LATERAL (
        SELECT h.locations FROM historical_location AS h WHERE h.thing = d.thing ORDER BY h.time DESC, h.id DESC LIMIT 1
    ) AS h ON true;
END $$;

-- The latest readings of these datastreams have changed: so have the tiles in which they are. As the owner, since
-- writers edit tiles by what they do to layers alone.
CREATE OR REPLACE FUNCTION onemap.readings_edited(streams bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    PERFORM record_tile_edits('readings', (
        SELECT array_agg(d.geom_3857) FROM datastreams AS d WHERE d.fid = ANY (streams) AND d.valid @> now()
    ));
END $$;

-- Find anew what is the latest of datastreams of which observations were changed or removed.
CREATE OR REPLACE FUNCTION onemap.refresh_latest(streams bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = onemap, public, pg_temp AS $$
DECLARE
    before bigint[];
BEGIN
    PERFORM FROM latest AS l WHERE l.datastream = ANY (streams) ORDER BY l.datastream FOR UPDATE;
    before := ARRAY(SELECT l.id FROM latest AS l WHERE l.datastream = ANY (streams));
    DELETE FROM latest AS l WHERE l.datastream = ANY (streams);
    INSERT INTO latest (datastream, time, sequence, id, result, result_json, quality, received, first_time, last_time, count)
    SELECT s.fid, o.time, o.sequence, o.id, o.result, o.result_json, o.quality, o.received, a.first_time, a.last_time, a.count
    FROM unnest(streams) AS s(fid)
    JOIN LATERAL (
        SELECT * FROM observation AS o WHERE o.datastream = s.fid ORDER BY o.time DESC, o.sequence DESC LIMIT 1
    ) AS o ON true
    JOIN LATERAL (
        SELECT min(b.time) AS first_time, max(coalesce(b.time_end, b.time)) AS last_time, count(*) AS count
        FROM observation AS b WHERE b.datastream = s.fid
    ) AS a ON true;
    PERFORM latest_arrived(streams, before);
    PERFORM readings_edited(streams);
END $$;
