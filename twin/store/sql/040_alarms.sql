-- Alarms by rule. alarm_watch has which datastreams each rule is about, whoever edits rules, datastreams or things and with
-- whatever tool; an alarm has at least the grades of its rule and of the datastreams that it is made of (alarm_about).

-- The UCUM code of a unit of measurement: what its definition says (ucum:m/s), else its symbol.
CREATE OR REPLACE FUNCTION onemap.ucum_of(definition text, symbol text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN definition ~* '^ucum:.' THEN substr(definition, 6) ELSE symbol END;

-- The gateway that properties name: a name, or the number of a thing. Properties that are no JSON name none.
CREATE OR REPLACE FUNCTION onemap.gateway_of(properties text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF properties IS NULL OR position('"gateway"' IN properties) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN nullif(properties::jsonb ->> 'gateway', '');
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- A result as rules take it: a number, or 1 and 0 for true and false.
CREATE OR REPLACE FUNCTION onemap.alarm_value(result double precision, result_json jsonb) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN result IS NOT NULL THEN result WHEN result_json = 'true' THEN 1.0 WHEN result_json = 'false' THEN 0.0 END;

-- The present datastreams that rules mean, of these datastreams or of all (NULL), and whether their units fit. Things are
-- looked up one by one, which takes as long as there are datastreams however few of them are expected.
CREATE OR REPLACE FUNCTION onemap.alarm_matches(rules bigint[], streams bigint[])
RETURNS TABLE (rule bigint, datastream bigint, thing bigint, gateway text, unit text, fits boolean)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = onemap, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY WITH meant AS MATERIALIZED (
        SELECT r.id, r.property IS NULL AS any_property, r.category, r.area, r.datastreams, r.unit, ARRAY(
            SELECT p.id FROM observed_property AS p WHERE r.property IN (p.definition, p.name, p.id::text)
        ) AS observed
        FROM alarm_rule AS r WHERE r.enabled AND (rules IS NULL OR r.id = ANY (rules))
    )
    SELECT r.id, d.fid, d.thing::bigint, coalesce(gateway_of(d.properties), gateway_of(t.properties), d.thing::text),
        ucum_of(d.unit_definition, d.unit_symbol),
        r.unit IS NULL OR coalesce(r.unit = ucum_of(d.unit_definition, d.unit_symbol), false)
    FROM meant AS r
    JOIN datastreams AS d ON d.valid @> now() AND (r.any_property OR d.observed_property = ANY (r.observed))
        AND (r.datastreams IS NULL OR d.fid = ANY (r.datastreams))
        AND (r.area IS NULL OR ST_Intersects(d.geom, r.area))
    LEFT JOIN LATERAL (
        SELECT t.category, t.properties FROM things AS t WHERE t.fid = d.thing AND t.valid @> now() LIMIT 1
    ) AS t ON true
    WHERE (streams IS NULL OR d.fid = ANY (streams)) AND (r.category IS NULL OR t.category = r.category);
END $$;

-- Find anew what rules (NULL: all) watch of these datastreams (NULL: of all). What is newly watched, or by other limits, is
-- judged by its latest reading.
CREATE OR REPLACE FUNCTION onemap.rewatch(rules bigint[], streams bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    WITH fit AS MATERIALIZED (
        SELECT m.datastream, m.rule, r.kind, m.thing, m.gateway,
            CASE WHEN r.kind = 'threshold' AND r.side = 'above' THEN r.limit_value END AS most,
            CASE WHEN r.kind = 'threshold' AND r.side = 'below' THEN r.limit_value END AS least, r.kind = 'rate' AS always
        FROM alarm_matches(rules, streams) AS m JOIN alarm_rule AS r ON r.id = m.rule WHERE m.fits
    ), gone AS (
        DELETE FROM alarm_watch AS w
        WHERE (rules IS NULL OR w.rule = ANY (rules)) AND (streams IS NULL OR w.datastream = ANY (streams))
            AND NOT EXISTS (SELECT FROM fit AS f WHERE f.rule = w.rule AND f.datastream = w.datastream)
    ), kept AS (
        INSERT INTO alarm_watch AS w (datastream, rule, kind, most, least, always, thing, gateway)
        SELECT f.datastream, f.rule, f.kind, f.most, f.least, f.always, f.thing, f.gateway
        FROM fit AS f ORDER BY f.datastream, f.rule
        ON CONFLICT (datastream, rule) DO UPDATE
        SET kind = excluded.kind, most = excluded.most, least = excluded.least, always = excluded.always,
            thing = excluded.thing, gateway = excluded.gateway
        WHERE (w.kind, w.most, w.least, w.always, w.thing, w.gateway) IS DISTINCT FROM
            (excluded.kind, excluded.most, excluded.least, excluded.always, excluded.thing, excluded.gateway)
        RETURNING w.*
    )
    INSERT INTO alarm_due (datastream, time)
    SELECT DISTINCT k.datastream, l.time FROM kept AS k JOIN latest AS l ON l.datastream = k.datastream
    WHERE k.always OR alarm_value(l.result, l.result_json) >= k.most OR alarm_value(l.result, l.result_json) <= k.least;
END $$;

-- Alarms have at least the grades that the datastreams have now of which they are made.
CREATE OR REPLACE FUNCTION onemap.regrade_alarms(streams bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE alarms AS a SET grade = g.grade FROM (
        SELECT b.alarm, max(d.grade) AS grade FROM alarm_about AS b JOIN datastreams AS d ON d.fid = b.datastream
        WHERE d.grade > 0 AND (streams IS NULL OR b.datastream = ANY (streams)) GROUP BY b.alarm
    ) AS g WHERE a.fid = g.alarm AND a.grade < g.grade;
    IF streams IS NULL THEN
        UPDATE alarms AS a SET grade = t.grade FROM (
            SELECT fid, max(grade) AS grade FROM things WHERE grade > 0 GROUP BY fid
        ) AS t WHERE a.thing = t.fid AND a.grade < t.grade;
    END IF;
END $$;

-- After a rule is written: what it watches, and what it found by its former limits is judged by the new ones.
CREATE OR REPLACE FUNCTION onemap.alarm_rule_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM alarm_watch AS w WHERE w.rule = OLD.id;
        DELETE FROM alarm_state AS s WHERE s.rule = OLD.id AND s.phase = 'normal';
        RETURN NULL;
    END IF;
    PERFORM rewatch(ARRAY[NEW.id], NULL);
    IF TG_OP = 'UPDATE' THEN
        IF NEW.kind <> OLD.kind OR NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'the kind and the number of alarm rule % cannot become others', OLD.id
                USING ERRCODE = 'check_violation', HINT = 'Delete the rule and make another one.';
        END IF;
        DELETE FROM alarm_state AS s WHERE s.rule = NEW.id AND s.phase <> 'raised';
        UPDATE alarm_state AS s SET judged_time = l.time - interval '1 microsecond'
        FROM latest AS l WHERE s.rule = NEW.id AND l.datastream = s.datastream;
        UPDATE alarms AS a SET grade = NEW.grade WHERE a.rule = NEW.id AND a.grade < NEW.grade;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER edited AFTER INSERT OR UPDATE OR DELETE ON onemap.alarm_rule
    FOR EACH ROW EXECUTE FUNCTION onemap.alarm_rule_edited();

-- After an observed property has another name: what rules mean by it.
CREATE OR REPLACE FUNCTION onemap.alarm_property_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM alarm_rule WHERE property IS NOT NULL) THEN
        PERFORM rewatch(NULL, ARRAY(SELECT DISTINCT d.fid FROM datastreams AS d WHERE d.observed_property = NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER alarm_property_edited AFTER UPDATE OF name, definition ON onemap.observed_property
    FOR EACH ROW EXECUTE FUNCTION onemap.alarm_property_edited();

-- After datastreams are written: which rules they come under, and the grades of their alarms.
CREATE OR REPLACE FUNCTION onemap.alarm_datastreams_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
DECLARE
    edited bigint[];
BEGIN
    IF EXISTS (SELECT FROM alarm_rule) OR EXISTS (SELECT FROM alarm_about) THEN
        edited := ARRAY(SELECT DISTINCT fid FROM new_rows);
        PERFORM rewatch(NULL, edited);
        PERFORM regrade_alarms(edited);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION onemap.alarm_datastreams_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    DELETE FROM alarm_watch AS w USING old_rows AS o
    WHERE w.datastream = o.fid AND NOT EXISTS (SELECT FROM datastreams AS d WHERE d.fid = o.fid AND d.valid @> now());
    -- What is not normal the judge ends with its alarm.
    DELETE FROM alarm_state AS s USING old_rows AS o, alarm_rule AS r
    WHERE s.rule = r.id AND s.datastream = o.fid AND s.gateway = '' AND s.phase = 'normal'
        AND NOT EXISTS (SELECT FROM datastreams AS d WHERE d.fid = o.fid);
    RETURN NULL;
END $$;

-- After things are written: their datastreams may come under other rules, by category or gateway, and an alarm has at least
-- the grade of the thing that it names.
CREATE OR REPLACE FUNCTION onemap.alarm_things_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM alarm_rule) THEN
        PERFORM rewatch(NULL, ARRAY(SELECT DISTINCT d.fid FROM datastreams AS d JOIN new_rows AS n ON n.fid = d.thing));
    END IF;
    UPDATE alarms AS a SET grade = n.grade FROM (
        SELECT fid, max(grade) AS grade FROM new_rows WHERE grade > 0 GROUP BY fid
    ) AS n WHERE a.thing = n.fid AND a.grade < n.grade;
    RETURN NULL;
END $$;

-- 030_sensing.sql calls these where the layers have their tables.
CREATE OR REPLACE FUNCTION onemap.attach_alarms_to_things() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX IF NOT EXISTS things_gateway ON onemap.things (onemap.gateway_of(properties))
        WHERE properties LIKE '%"gateway"%';
    CREATE OR REPLACE TRIGGER zzz_alarms AFTER UPDATE ON onemap.things REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.alarm_things_edited();
END $$;

CREATE OR REPLACE FUNCTION onemap.attach_alarms_to_datastreams() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX IF NOT EXISTS datastreams_gateway ON onemap.datastreams (onemap.gateway_of(properties))
        WHERE properties LIKE '%"gateway"%';
    CREATE OR REPLACE TRIGGER zzz_alarms_new AFTER INSERT ON onemap.datastreams REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.alarm_datastreams_edited();
    CREATE OR REPLACE TRIGGER zzz_alarms_changed AFTER UPDATE ON onemap.datastreams REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.alarm_datastreams_edited();
    CREATE OR REPLACE TRIGGER zzz_alarms_gone AFTER DELETE ON onemap.datastreams REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION onemap.alarm_datastreams_gone();
END $$;

-- Edits of whole layers are those of loads that went past the triggers above.
CREATE OR REPLACE FUNCTION onemap.alarm_layers_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE layer IN ('things', 'datastreams') AND x = -1 AND n = 1)
        AND to_regclass('onemap.alarms') IS NOT NULL AND EXISTS (SELECT FROM alarm_rule) THEN
        PERFORM rewatch(NULL, NULL);
        PERFORM regrade_alarms(NULL);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER zz_alarm_layers_edited AFTER INSERT ON onemap.tile_edit REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION onemap.alarm_layers_edited();

-- The present datastreams behind gateways (a name, or the number of a thing), those of the gateways themselves among them.
-- For all at once, so that it never takes longer than reading all datastreams.
CREATE OR REPLACE FUNCTION onemap.behind_gateways(gateways text[]) RETURNS TABLE (gateway text, datastream bigint)
LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = onemap, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    SELECT g.name, d.fid FROM unnest(gateways) AS g(name)
    JOIN datastreams AS d ON gateway_of(d.properties) = g.name AND d.properties LIKE '%"gateway"%' AND d.valid @> now()
    UNION
    SELECT g.name, d.fid FROM unnest(gateways) AS g(name)
    JOIN things AS t ON gateway_of(t.properties) = g.name AND t.properties LIKE '%"gateway"%' AND t.valid @> now()
    JOIN datastreams AS d ON d.thing = t.fid AND gateway_of(d.properties) IS NULL AND d.valid @> now()
    UNION
    SELECT g.name, d.fid FROM unnest(gateways) AS g(name)
    JOIN datastreams AS d ON d.thing = CASE WHEN g.name ~ '^\d{1,9}$' THEN g.name::integer END
        AND gateway_of(d.properties) IS NULL AND d.valid @> now()
    UNION
    SELECT g.name, d.fid FROM unnest(gateways) AS g(name)
    JOIN things AS t ON t.name = g.name AND g.name !~ '^\d{1,9}$' AND t.valid @> now()
    JOIN datastreams AS d ON d.thing = t.fid AND gateway_of(d.properties) IS NULL AND d.valid @> now();
END $$;

-- The thing that a gateway is, by its number or its name; NULL where there is none.
CREATE OR REPLACE FUNCTION onemap.gateway_thing(gateway text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = onemap, public, pg_temp AS $$
BEGIN
    IF gateway ~ '^\d{1,9}$' THEN
        RETURN (SELECT t.fid FROM things AS t WHERE t.fid = gateway::bigint AND t.valid @> now());
    END IF;
    -- The index of names is of small letters.
    RETURN (SELECT min(t.fid) FROM things AS t WHERE lower(t.name) = lower(gateway) AND t.name = gateway AND t.valid @> now());
END $$;

-- attach_triggers (020_history.sql of layers) calls this for the layer of that name.
CREATE OR REPLACE FUNCTION onemap.attach_to_alarms() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX IF NOT EXISTS alarms_thing ON onemap.alarms (thing);
    CREATE INDEX IF NOT EXISTS alarms_rule ON onemap.alarms (rule);
END $$;
