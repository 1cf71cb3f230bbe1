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
-- pg_temp.coding, for the functions below. With a column of levels, only those of one level.
CREATE OR REPLACE FUNCTION onemap.find_uncoded_of(
    layer_name text, districts jsonb, elsewhere text, level_column text, level text
) RETURNS void
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
          AND NOT EXISTS (SELECT FROM onemap.code AS c WHERE c.layer = $1 AND c.fid = t.fid) AND %3$s
    $q$, layer_name, CASE WHEN has_address THEN 't.address' ELSE 'NULL::text' END,
        CASE WHEN level_column IS NULL THEN 'true' ELSE format('t.%I = %L', level_column, level) END) USING layer_name;
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

CREATE OR REPLACE FUNCTION onemap.find_uncoded(layer_name text, districts jsonb, elsewhere text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM onemap.find_uncoded_of(layer_name, districts, elsewhere, NULL, NULL);
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

-- The number in a code of a storey that a name states, else NULL: 12F, 12层, Level 12 are 12; B1, 地下1层, -1 are 901.
CREATE OR REPLACE FUNCTION onemap.storey_of_name(name text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    plain text := upper(regexp_replace(translate(name, '０１２３４５６７８９', '0123456789'), '\s', '', 'g'));
    below integer := substring(plain from '^(?:B|-|地下|负)([0-9]{1,2})(?:F|层|楼)?$')::integer;
    above integer := substring(plain from '^(?:第|L|LEVEL|FLOOR|STOREY)?([0-9]{1,3})(?:F|层|楼)?$')::integer;
BEGIN
    RETURN CASE WHEN below >= 1 THEN 900 + below WHEN above BETWEEN 1 AND 899 THEN above END;
END $$;

-- Codes of the storeys of coded buildings, of a layer whose rows contain each other: the number that its name states, if
-- those of all that are coded with it do and each is free; else the next one, from the ground up and down. What lies with
-- its middle below zero is below the ground.
CREATE OR REPLACE FUNCTION onemap.code_storeys(layer_name text, parent_column text, level_column text, level text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        WITH fresh AS (
            SELECT t.fid, b.code AS building, onemap.storey_of_name(t.name) AS said,
                   coalesce(t.min_height_m, 0) + coalesce(t.height_m, 0) AS middle
            FROM onemap.%1$I AS t
            JOIN onemap.%1$I AS p ON p.dataset = t.dataset AND p.source_key = t.%2$I AND upper_inf(p.valid)
            JOIN onemap.code AS b ON b.layer = $1 AND b.fid = p.fid AND length(b.code) = 17
            WHERE t.%3$I = $2 AND upper_inf(t.valid) AND (t.hidden_by IS NULL OR t.hidden_from > now())
              AND NOT EXISTS (SELECT FROM onemap.code AS c WHERE c.layer = $1 AND c.fid = t.fid)
        ), taken AS (
            SELECT left(c.code, 17) AS building, substr(c.code, 18, 3)::integer AS number FROM onemap.code AS c
            WHERE length(c.code) = 20 AND left(c.code, 17) IN (SELECT building FROM fresh)
        ), judged AS (
            SELECT f.building, bool_and(f.said IS NOT NULL) AND count(DISTINCT f.said) = count(*) AND NOT EXISTS (
                SELECT FROM taken AS k WHERE k.building = f.building AND k.number = ANY (array_agg(f.said))
            ) AS stated FROM fresh AS f GROUP BY f.building
        ), reached AS (
            SELECT j.building,
                   coalesce((SELECT max(number) FROM taken AS k WHERE k.building = j.building AND number < 900), 0) AS up,
                   coalesce((SELECT max(number) FROM taken AS k WHERE k.building = j.building AND number > 900), 900) AS down
            FROM judged AS j
        ), numbered AS (
            SELECT f.fid, f.building, j.stated, f.middle < 0 AS below, CASE
                WHEN j.stated THEN f.said
                WHEN f.middle < 0 THEN r.down
                    + row_number() OVER (PARTITION BY f.building, f.middle < 0 ORDER BY f.middle DESC, f.fid)
                ELSE r.up + row_number() OVER (PARTITION BY f.building, f.middle < 0 ORDER BY f.middle, f.fid)
            END AS number
            FROM fresh AS f JOIN judged AS j USING (building) JOIN reached AS r USING (building)
        )
        INSERT INTO onemap.code (code, layer, fid)
        SELECT n.building || lpad(n.number::text, 3, '0'), $1, n.fid FROM numbered AS n
        -- There are no more numbers: it waits.
        WHERE CASE WHEN n.stated THEN true WHEN n.below THEN n.number <= 999 ELSE n.number <= 899 END
    $q$, layer_name, parent_column, level_column) USING layer_name, level;
END $$;

-- Codes of the rooms in coded storeys: the next number in each.
CREATE OR REPLACE FUNCTION onemap.code_rooms(layer_name text, parent_column text, level_column text, level text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        WITH fresh AS (
            SELECT t.fid, s.code AS storey FROM onemap.%1$I AS t
            JOIN onemap.%1$I AS p ON p.dataset = t.dataset AND p.source_key = t.%2$I AND upper_inf(p.valid)
            JOIN onemap.code AS s ON s.layer = $1 AND s.fid = p.fid AND length(s.code) = 20
            WHERE t.%3$I = $2 AND upper_inf(t.valid) AND (t.hidden_by IS NULL OR t.hidden_from > now())
              AND NOT EXISTS (SELECT FROM onemap.code AS c WHERE c.layer = $1 AND c.fid = t.fid)
        ), counted AS (
            SELECT storey, onemap.take_numbers(storey, count(*), 9999) AS before FROM fresh GROUP BY storey
        )
        INSERT INTO onemap.code (code, layer, fid)
        SELECT f.storey || lpad((c.before + row_number() OVER (PARTITION BY f.storey ORDER BY f.fid))::text, 4, '0'),
               $1, f.fid
        FROM fresh AS f JOIN counted AS c USING (storey)
    $q$, layer_name, parent_column, level_column) USING layer_name, level;
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
