-- Codes of grids over the map: BeiDou grid position codes (GB/T 39409-2020) and GeoSOT (GB/T 40087-2021), with the same
-- answers as layers/space/grids to the last digit. Both count on a lattice of 1/2048 second, 7372800 units a degree, in
-- integers, outwards from equator and prime meridian: unit i of a negative magnitude has the number -1 - i. A cell is
-- an array of its western, southern, eastern and northern lines in units.

-- The number of the unit in which a coordinate in degrees lies. One within 1e-9 degree (0.0073728 units) below a line
-- counts as on it; the outermost line belongs to the last unit.
CREATE OR REPLACE FUNCTION onemap.lattice_unit(degrees double precision, most integer, axis text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    scaled double precision := degrees * 7372800;
    tolerance CONSTANT double precision := 0.0073728;
    magnitude bigint;
BEGIN
    -- NaN is greater than every number here.
    IF abs(scaled) > most * 7372800.0::double precision + tolerance THEN
        RAISE EXCEPTION '%: % is not within -% to % degrees', axis, degrees, most, most
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    magnitude := least(floor(abs(scaled) + tolerance)::bigint, most::bigint * 7372800 - 1);
    RETURN CASE WHEN scaled < -tolerance THEN -1 - magnitude ELSE magnitude END;
END $$;

-- A cell as a rectangle in EPSG:4490, longitude first.
CREATE OR REPLACE FUNCTION onemap.lattice_outline(cell bigint[]) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ST_MakeEnvelope(
    cell[1] / 7372800.0::double precision, cell[2] / 7372800.0::double precision,
    cell[3] / 7372800.0::double precision, cell[4] / 7372800.0::double precision, 4490
);

-- One unit of each cell around a cell, clockwise from north. The antimeridian is no end; the last latitude is.
CREATE OR REPLACE FUNCTION onemap.lattice_around(cell bigint[], lat_limit integer)
RETURNS TABLE (n integer, x bigint, y bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH side AS (
        SELECT CASE WHEN cell[1] > -1327104000 THEN cell[1] - 1 ELSE 1327104000 - 1 END AS before,
               CASE WHEN cell[3] < 1327104000 THEN cell[3] ELSE -1327104000 END AS beyond
    )
    SELECT place.n, place.x, place.y
    FROM side, LATERAL (VALUES
        (1, cell[1], cell[4]), (2, beyond, cell[4]), (3, beyond, cell[2]), (4, beyond, cell[2] - 1),
        (5, cell[1], cell[2] - 1), (6, before, cell[2] - 1), (7, before, cell[2]), (8, before, cell[4])
    ) AS place(n, x, y)
    WHERE place.y < lat_limit * 7372800::bigint AND place.y >= -lat_limit * 7372800::bigint;
END;

-- The BeiDou code of the cell in which a unit lies. Each digit is a magnitude over the side of a cell of its level,
-- modulo how many of them the parent has; the codes of ancestors are its beginnings.
CREATE OR REPLACE FUNCTION onemap.beidou_code(x bigint, y bigint, level integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    e bigint := CASE WHEN x < 0 THEN -1 - x ELSE x END;
    n bigint := CASE WHEN y < 0 THEN -1 - y ELSE y END;
    glyphs CONSTANT text := '0123456789ABCDE';
    code text;
BEGIN
    IF level NOT BETWEEN 1 AND 10 THEN
        RAISE EXCEPTION 'level: beidou has levels 1 to 10, not %', level USING ERRCODE = 'invalid_parameter_value';
    END IF;
    code := CASE WHEN y < 0 THEN 'S' ELSE 'N' END
        || lpad((CASE WHEN x < 0 THEN 30 - e / 44236800 ELSE 31 + e / 44236800 END)::text, 2, '0')
        || chr((65 + n / 29491200)::integer)
        || substr(glyphs, (1 + e / 3686400 % 12)::integer, 1) || (n / 3686400 % 8)
        || (2 * (n / 1228800 % 3) + e / 1843200 % 2)
        || substr(glyphs, (1 + e / 122880 % 15)::integer, 1) || (n / 122880 % 10)
        || substr(glyphs, (1 + e / 8192 % 15)::integer, 1) || substr(glyphs, (1 + n / 8192 % 15)::integer, 1)
        || (2 * (n >> 12 & 1) + (e >> 12 & 1));
    IF level > 6 THEN
        code := code || (e >> 9 & 7) || (n >> 9 & 7) || (e >> 6 & 7) || (n >> 6 & 7)
            || (e >> 3 & 7) || (n >> 3 & 7) || (e & 7) || (n & 7);
    END IF;
    RETURN left(code, (ARRAY[4, 6, 7, 9, 11, 12, 14, 16, 18, 20])[level]);
END $$;

-- The level of a BeiDou code; what is none raises invalid_parameter_value.
CREATE OR REPLACE FUNCTION onemap.beidou_level(code text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF code !~ ('^[NS](?:0[1-9]|[1-5][0-9]|60)[A-V](?:[0-9AB][0-7](?:[0-5](?:[0-9A-E][0-9](?:[0-9A-E][0-9A-E]'
                || '(?:[0-3](?:[0-7][0-7]){0,4})?)?)?)?)?$') THEN
        RAISE EXCEPTION 'code: ''%'' is no BeiDou grid position code', code USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN array_position(ARRAY[4, 6, 7, 9, 11, 12, 14, 16, 18, 20], length(code));
END $$;

-- The cell of a BeiDou code. Digits that a code of a coarser level does not have count as 0: the position of nothing
-- in a text is 1.
CREATE OR REPLACE FUNCTION onemap.beidou_cell(code text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    level integer := onemap.beidou_level(code);
    glyphs CONSTANT text := '0123456789ABCDE';
    -- Where the digits of each pair stand, and the sides of a cell of their level.
    places CONSTANT integer[] := ARRAY[5, 8, 10, 13, 15, 17, 19];
    sides CONSTANT bigint[] := ARRAY[3686400, 122880, 8192, 512, 64, 8, 1];
    widths CONSTANT bigint[] := ARRAY[44236800, 3686400, 1843200, 122880, 8192, 4096, 512, 64, 8, 1];
    heights CONSTANT bigint[] := ARRAY[29491200, 3686400, 1228800, 122880, 8192, 4096, 512, 64, 8, 1];
    zone integer := substr(code, 2, 2)::integer;
    is_west boolean := zone <= 30;
    is_south boolean := left(code, 1) = 'S';
    z3 integer := position(substr(code, 7, 1) IN glyphs) - 1;
    z6 integer := position(substr(code, 12, 1) IN glyphs) - 1;
    e bigint := (CASE WHEN is_west THEN 30 - zone ELSE zone - 31 END) * 44236800::bigint + z3 % 2 * 1843200 + z6 % 2 * 4096;
    n bigint := (ascii(substr(code, 4, 1)) - 65) * 29491200::bigint + z3 / 2 * 1228800 + z6 / 2 * 4096;
BEGIN
    FOR i IN 1..7 LOOP
        EXIT WHEN places[i] > length(code);
        e := e + (position(substr(code, places[i], 1) IN glyphs) - 1) * sides[i];
        n := n + (position(substr(code, places[i] + 1, 1) IN glyphs) - 1) * sides[i];
    END LOOP;
    RETURN ARRAY[
        CASE WHEN is_west THEN -e - widths[level] ELSE e END, CASE WHEN is_south THEN -n - heights[level] ELSE n END,
        CASE WHEN is_west THEN -e ELSE e + widths[level] END, CASE WHEN is_south THEN -n ELSE n + heights[level] END
    ];
END $$;

-- The code of the cell of a level (1 to 10) in which a point lies, in degrees of CGCS2000. From 88 degrees of latitude
-- on, the standard has other rules, which are not ours.
CREATE OR REPLACE FUNCTION onemap.beidou_encode(lon double precision, lat double precision, level integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    y bigint := onemap.lattice_unit(lat, 90, 'lat');
BEGIN
    IF y >= 648806400 OR y < -648806400 THEN
        RAISE EXCEPTION 'lat: % is within two degrees of a pole, where BeiDou codes are not supported', lat
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN onemap.beidou_code(onemap.lattice_unit(lon, 180, 'lon'), y, level);
END $$;

-- The cell of a BeiDou code as a rectangle in EPSG:4490.
CREATE OR REPLACE FUNCTION onemap.beidou_decode(code text) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN onemap.lattice_outline(onemap.beidou_cell(code));

-- The code of the next coarser cell.
CREATE OR REPLACE FUNCTION onemap.beidou_parent(code text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    level integer := onemap.beidou_level(code);
BEGIN
    IF level = 1 THEN
        RAISE EXCEPTION 'code: ''%'' is of level 1 and has no parent', code USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN left(code, (ARRAY[4, 6, 7, 9, 11, 12, 14, 16, 18])[level - 1]);
END $$;

-- The codes of the cells around a cell, clockwise from north; five at the last latitudes.
CREATE OR REPLACE FUNCTION onemap.beidou_neighbours(code text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(onemap.beidou_code(a.x, a.y, onemap.beidou_level(code)) ORDER BY a.n)
    FROM onemap.lattice_around(onemap.beidou_cell(code), 88) AS a;
END;

-- The GeoSOT code of the cell in which a unit lies: sign, 8 bits of degrees, 6 of minutes, 6 of seconds and 11 of
-- fractions each way, a bit of each in every digit.
CREATE OR REPLACE FUNCTION onemap.geosot_code(x bigint, y bigint, level integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    e bigint := CASE WHEN x < 0 THEN -1 - x ELSE x END;
    n bigint := CASE WHEN y < 0 THEN -1 - y ELSE y END;
    digits text := '';
BEGIN
    IF level NOT BETWEEN 1 AND 32 THEN
        RAISE EXCEPTION 'level: geosot has levels 1 to 32, not %', level USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- The parts of a number share no bits, so their sum is their union.
    e := CASE WHEN x < 0 THEN 2147483648 ELSE 0 END
        + (e / 7372800 << 23) + (e % 7372800 / 122880 << 17) + e % 122880;
    n := CASE WHEN y < 0 THEN 2147483648 ELSE 0 END
        + (n / 7372800 << 23) + (n % 7372800 / 122880 << 17) + n % 122880;
    FOR shift IN REVERSE 31..32 - level LOOP
        digits := digits || (2 * (n >> shift & 1) + (e >> shift & 1));
    END LOOP;
    RETURN 'G' || left(digits, 9)
        || CASE WHEN level > 9 THEN '-' || substr(digits, 10, 6) ELSE '' END
        || CASE WHEN level > 15 THEN '-' || substr(digits, 16, 6) ELSE '' END
        || CASE WHEN level > 21 THEN '.' || substr(digits, 22) ELSE '' END;
END $$;

-- The level of a GeoSOT code; what has not the form of one raises invalid_parameter_value.
CREATE OR REPLACE FUNCTION onemap.geosot_level(code text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF code !~ '^G(?:[0-3]{1,9}|[0-3]{9}-(?:[0-3]{1,6}|[0-3]{6}-(?:[0-3]{1,6}|[0-3]{6}[.][0-3]{1,11})))$' THEN
        RAISE EXCEPTION 'code: ''%'' is no GeoSOT code', code USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN length(translate(code, 'G-.', ''));
END $$;

-- The cell of a GeoSOT code. Cells end where minutes, seconds and the globe do; codes of what lies beyond have no cell.
CREATE OR REPLACE FUNCTION onemap.geosot_cell(code text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    level integer := onemap.geosot_level(code);
    digits text := rpad(translate(code, 'G-.', ''), 32, '0');
    bits bigint[] := ARRAY[0, 0];
    magnitude bigint[] := ARRAY[0, 0];
    outer_line bigint[] := ARRAY[0, 0];
    width bigint := CASE WHEN level <= 9 THEN 7372800::bigint << 9 - level WHEN level <= 15 THEN 122880::bigint << 15 - level
                         WHEN level <= 21 THEN 2048::bigint << 21 - level ELSE 1::bigint << 32 - level END;
    step bigint := CASE WHEN level <= 9 THEN 1327104000 WHEN level <= 15 THEN 7372800 ELSE 122880 END;
    limits CONSTANT bigint[] := ARRAY[180, 90];
    digit integer;
BEGIN
    FOR place IN 1..32 LOOP
        digit := substr(digits, place, 1)::integer;
        bits := ARRAY[2 * bits[1] + digit % 2, 2 * bits[2] + digit / 2];
    END LOOP;
    FOR i IN 1..2 LOOP
        IF (bits[i] >> 23 & 255) >= limits[i] OR (bits[i] >> 17 & 63) >= 60 OR (bits[i] & 131071) >= 122880 THEN
            RAISE EXCEPTION 'code: ''%'' begins beyond the last degree, minute or second, where there is no cell', code
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        magnitude[i] := (bits[i] >> 23 & 255) * 7372800 + (bits[i] >> 17 & 63) * 122880 + (bits[i] & 131071);
        outer_line[i] := least(magnitude[i] + width, (magnitude[i] / step + 1) * step, limits[i] * 7372800);
    END LOOP;
    RETURN ARRAY[
        CASE WHEN bits[1] >> 31 = 1 THEN -outer_line[1] ELSE magnitude[1] END,
        CASE WHEN bits[2] >> 31 = 1 THEN -outer_line[2] ELSE magnitude[2] END,
        CASE WHEN bits[1] >> 31 = 1 THEN -magnitude[1] ELSE outer_line[1] END,
        CASE WHEN bits[2] >> 31 = 1 THEN -magnitude[2] ELSE outer_line[2] END
    ];
END $$;

-- The code of the cell of a level (1 to 32) in which a point lies, in degrees of CGCS2000.
CREATE OR REPLACE FUNCTION onemap.geosot_encode(lon double precision, lat double precision, level integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN onemap.geosot_code(onemap.lattice_unit(lon, 180, 'lon'), onemap.lattice_unit(lat, 90, 'lat'), level);

-- The cell of a GeoSOT code as a rectangle in EPSG:4490.
CREATE OR REPLACE FUNCTION onemap.geosot_decode(code text) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN onemap.lattice_outline(onemap.geosot_cell(code));

-- The code of the next coarser cell.
CREATE OR REPLACE FUNCTION onemap.geosot_parent(code text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    PERFORM onemap.geosot_cell(code);
    IF length(code) = 2 THEN
        RAISE EXCEPTION 'code: ''%'' is of level 1 and has no parent', code USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN rtrim(left(code, -1), '-.');
END $$;

-- The codes of the cells around a cell, clockwise from north, each once.
CREATE OR REPLACE FUNCTION onemap.geosot_neighbours(code text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(around.code ORDER BY around.n)
    FROM (
        SELECT onemap.geosot_code(a.x, a.y, onemap.geosot_level(geosot_neighbours.code)) AS code, min(a.n) AS n
        FROM onemap.lattice_around(onemap.geosot_cell(geosot_neighbours.code), 90) AS a GROUP BY 1
    ) AS around;
END;
