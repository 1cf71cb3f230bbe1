-- Who has this token? Readers may ask for one token at a time, and cannot read the table.
CREATE OR REPLACE FUNCTION onemap.principal_of(token_hash text)
RETURNS TABLE (name text, roles text[], clearance smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = onemap, pg_temp
AS $$
    SELECT p.name, p.roles, p.clearance FROM onemap.principal AS p
    WHERE p.token_sha256 = token_hash AND (p.expires IS NULL OR p.expires > clock_timestamp())
$$;
