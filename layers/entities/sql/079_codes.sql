-- Unified codes: given once, kept in onemap.code, and never given again.

-- Retire the codes of objects that gave way in an accepted merge; their successors are the codes of those that stay.
-- A code whose object stays without a code of its own waits until that has one. NULL stands for all merges.
CREATE OR REPLACE FUNCTION onemap.retire_merged(layer_name text, of_match bigint) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    WITH merged AS (
        SELECT lost.code AS predecessor, stays.code AS successor, m.id
        FROM onemap.match AS m
        JOIN onemap.code AS stays ON stays.layer = m.layer AND stays.fid = m.survivor
        JOIN onemap.code AS lost ON lost.layer = m.layer AND lost.fid = m.a + m.b - m.survivor
        WHERE m.layer = layer_name AND m.state = 'accepted' AND m.relation = 'same' AND lost.retired IS NULL
          AND (of_match IS NULL OR m.id = of_match)
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

-- The road that an address names, with its lane: 世纪大道, 浦明路73弄. Spellings are read more widely by the geocoder; here
-- the same text has to give the same road, and no more.
CREATE OR REPLACE FUNCTION onemap.road_of_address(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    rest text := regexp_replace(
        regexp_replace(translate(address, '０１２３４５６７８９ ', '0123456789'), '^(上海市?)?([一-龥]{1,3}(新区|区))?', ''),
        '^[一-龥]{2,7}街道', ''
    );
    road text := substring(rest from '^[一-龥]+?(?:大道|公路|路|街|巷)');
BEGIN
    RETURN road || coalesce(substring(substr(rest, length(road) + 1) from '^[0-9]+弄'), '');
END $$;

-- Take the next numbers of a series for so many things, and return the last one that was given before.
CREATE OR REPLACE FUNCTION onemap.take_numbers(of_prefix text, many bigint, most bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    reached bigint;
BEGIN
    INSERT INTO onemap.code_series AS s (prefix, last) VALUES (of_prefix, many)
    ON CONFLICT (prefix) DO UPDATE SET last = s.last + excluded.last RETURNING last INTO reached;
    IF reached > most THEN
        RAISE EXCEPTION 'codes that begin with % end at number %, and % are wanted', of_prefix, most, reached
            USING ERRCODE = 'check_violation', HINT = 'Load finer divisions into the layer boundaries.';
    END IF;
    RETURN reached - many;
END $$;

-- Objects of a layer that are shown and have no code, each with the street (nine digits) and the division (six) in which
-- a point of it lies: by the layer boundaries, else by the district that its address names, else the one given. In
-- pg_temp.coding, for the functions below.
CREATE OR REPLACE FUNCTION onemap.find_uncoded(layer_name text, districts jsonb, elsewhere text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    has_address boolean := EXISTS (
        SELECT FROM information_schema.columns
        WHERE table_schema = 'onemap' AND table_name = layer_name AND column_name = 'address'
    );
BEGIN
    DROP TABLE IF EXISTS pg_temp.coding;
    EXECUTE format($q$
        CREATE TEMPORARY TABLE coding ON COMMIT DROP AS
        SELECT t.fid, ST_PointOnSurface(t.geom) AS at, %2$s AS address, NULL::text AS street, NULL::text AS division
        FROM onemap.%1$I AS t
        WHERE upper_inf(t.valid) AND (t.hidden_by IS NULL OR t.hidden_from > now())
          AND NOT EXISTS (SELECT FROM onemap.code AS c WHERE c.layer = $1 AND c.fid = t.fid)
    $q$, layer_name, CASE WHEN has_address THEN 't.address' ELSE 'NULL::text' END) USING layer_name;
    WITH area AS (
        SELECT DISTINCT ON (division_code) division_code, geom FROM onemap.boundaries
        WHERE upper_inf(valid) AND (hidden_by IS NULL OR hidden_from > now()) AND division_code ~ '^([0-9]{6}|[0-9]{9})$'
        ORDER BY division_code, fid
    ), piece AS (
        SELECT division_code, ST_Subdivide(geom, 64) AS geom FROM area
    ), within AS (
        SELECT c.fid, max(p.division_code) FILTER (WHERE length(p.division_code) = 9) AS street,
               max(left(p.division_code, 6)) AS division
        FROM coding AS c JOIN piece AS p ON ST_Intersects(p.geom, c.at) GROUP BY c.fid
    )
    UPDATE coding AS c SET street = w.street, division = w.division FROM within AS w WHERE w.fid = c.fid;
    UPDATE coding SET division = coalesce(
        (SELECT value FROM jsonb_each_text(districts) WHERE strpos(address, key) > 0 LIMIT 1), elsewhere
    ) WHERE division IS NULL;
    UPDATE coding SET street = division || '000' WHERE street IS NULL;
END $$;

-- Codes of places for buildings: street, block, building. A block is the road or lane that the address names; without an
-- address it is the cell of the BeiDou grid's level 5, about 120 m, in which the building lies.
CREATE OR REPLACE FUNCTION onemap.code_places(layer_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.coding_block;
    CREATE TEMPORARY TABLE coding_block ON COMMIT DROP AS
    SELECT fid, street, coalesce(
        onemap.road_of_address(address), onemap.beidou_encode(ST_X(at), ST_Y(at), 5)
    ) AS key FROM coding WHERE street IS NOT NULL;
    WITH fresh AS (
        SELECT DISTINCT street, key FROM coding_block
        EXCEPT SELECT b.street, b.key FROM onemap.code_block AS b
    ), counted AS (
        SELECT street, onemap.take_numbers(street, count(*), 9999) AS before FROM fresh GROUP BY street
    )
    INSERT INTO onemap.code_block (street, key, number)
    SELECT f.street, f.key, c.before + row_number() OVER (PARTITION BY f.street ORDER BY f.key)
    FROM fresh AS f JOIN counted AS c USING (street);
    WITH placed AS (
        SELECT c.fid, b.street || lpad(b.number::text, 4, '0') AS prefix
        FROM coding_block AS c JOIN onemap.code_block AS b USING (street, key)
    ), counted AS (
        SELECT prefix, onemap.take_numbers(prefix, count(*), 9999) AS before FROM placed GROUP BY prefix
    )
    INSERT INTO onemap.code (code, layer, fid)
    SELECT p.prefix || lpad((c.before + row_number() OVER (PARTITION BY p.prefix ORDER BY p.fid))::text, 4, '0'),
           layer_name, p.fid
    FROM placed AS p JOIN counted AS c USING (prefix);
END $$;

-- Codes of other objects in the form of GB/T 30428: division, kind and class (four digits), number (six).
CREATE OR REPLACE FUNCTION onemap.code_things(layer_name text, kind text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH placed AS (
        SELECT fid, division || kind AS prefix FROM coding AS c WHERE division IS NOT NULL
          AND NOT EXISTS (SELECT FROM onemap.code AS k WHERE k.layer = layer_name AND k.fid = c.fid)
    ), counted AS (
        SELECT prefix, onemap.take_numbers(prefix, count(*), 999999) AS before FROM placed GROUP BY prefix
    )
    INSERT INTO onemap.code (code, layer, fid)
    SELECT p.prefix || lpad((c.before + row_number() OVER (PARTITION BY p.prefix ORDER BY p.fid))::text, 6, '0'),
           layer_name, p.fid
    FROM placed AS p JOIN counted AS c USING (prefix);
END $$;

-- Codes that the objects bring along: the part codes of city parts, the codes of divisions. The first to come has it.
CREATE OR REPLACE FUNCTION onemap.code_own(layer_name text, own text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        INSERT INTO onemap.code (code, layer, fid)
        SELECT DISTINCT ON (t.%2$I) t.%2$I, $1, t.fid
        FROM onemap.%1$I AS t JOIN coding AS c USING (fid)
        WHERE upper_inf(t.valid) AND t.%2$I ~ '^([0-9]{6}|[0-9]{9}|[0-9]{16})$'
        ORDER BY t.%2$I, t.fid
        ON CONFLICT DO NOTHING
    $q$, layer_name, own) USING layer_name;
END $$;

-- Retire the codes of objects that are gone, and give them back to those that have come again.
CREATE OR REPLACE FUNCTION onemap.retire_gone(layer_name text, at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    EXECUTE format($q$
        WITH back AS (
            UPDATE onemap.code AS c SET retired = NULL, why = NULL
            WHERE c.layer = $1 AND c.why = 'gone'
              AND EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = c.fid AND upper_inf(t.valid))
            RETURNING c.code
        )
        DELETE FROM onemap.code_successor AS s USING back WHERE s.predecessor = back.code
    $q$, layer_name) USING layer_name;
    EXECUTE format($q$
        UPDATE onemap.code AS c SET retired = $2, why = 'gone'
        WHERE c.layer = $1 AND c.retired IS NULL
          AND NOT EXISTS (SELECT FROM onemap.%1$I AS t WHERE t.fid = c.fid AND upper_inf(t.valid))
    $q$, layer_name) USING layer_name, at;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- Name the successors of codes that were retired at an instant: what came in its place when it went, and lies in it by
-- half or more, or it in that. So a house that is split has its parts for successors, and houses that are joined have one.
CREATE OR REPLACE FUNCTION onemap.name_successors(layer_name text, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        INSERT INTO onemap.code_successor (predecessor, successor)
        SELECT c.code, n.code
        FROM onemap.code AS c
        JOIN LATERAL (
            SELECT t.geom, upper(t.valid) AS ended FROM onemap.%1$I AS t
            WHERE t.fid = c.fid ORDER BY lower(t.valid) DESC LIMIT 1
        ) AS gone ON true
        JOIN onemap.%1$I AS t ON t.geom && gone.geom AND upper_inf(t.valid) AND (t.hidden_by IS NULL OR t.hidden_from > now())
            AND lower(t.valid) >= gone.ended
            AND (onemap.mostly_inside(t.geom, gone.geom) OR onemap.mostly_inside(gone.geom, t.geom))
        JOIN onemap.code AS n ON n.layer = c.layer AND n.fid = t.fid
        WHERE c.layer = $1 AND c.why = 'gone' AND c.retired = $2
        ON CONFLICT DO NOTHING
    $q$, layer_name) USING layer_name, at;
END $$;

-- Write the codes of the register on the rows that lack them.
CREATE OR REPLACE FUNCTION onemap.stamp_codes(layer_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    stamped bigint;
BEGIN
    EXECUTE format($q$
        UPDATE onemap.%1$I AS t SET code = c.code FROM onemap.code AS c
        WHERE c.layer = $1 AND c.fid = t.fid AND t.code IS DISTINCT FROM c.code
    $q$, layer_name) USING layer_name;
    GET DIAGNOSTICS stamped = ROW_COUNT;
    RETURN stamped;
END $$;
