-- Who has this token, and for how many seconds more (null: for ever)? Readers may ask for one token at a time, and
-- cannot read the table.
CREATE OR REPLACE FUNCTION onemap.principal_of(token_hash text)
RETURNS TABLE (
    name text, roles text[], clearance smallint, departments text[], area text, shape bytea, lasts_s double precision
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = onemap, public, pg_temp
AS $$
    SELECT p.name, p.roles, p.clearance, p.departments, p.area, ST_AsBinary(p.area_geom),
           extract(epoch FROM p.expires - clock_timestamp())::double precision
    FROM onemap.principal AS p
    WHERE p.token_sha256 = token_hash AND (p.expires IS NULL OR p.expires > clock_timestamp())
$$;
