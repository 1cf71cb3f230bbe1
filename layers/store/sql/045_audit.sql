-- Shorten the audit. Nobody but the owner may remove from the trail, and this removes nothing that is younger than the
-- six months for which logs of networks are kept (Cybersecurity Law, article 21); that it did is in the trail itself.
CREATE OR REPLACE FUNCTION onemap.prune_audit(days integer)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = onemap, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    IF days < 180 THEN
        RAISE EXCEPTION 'the audit is kept for 180 days at least, and not for %', days USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM onemap.audit WHERE at < clock_timestamp() - make_interval(days => days);
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed > 0 THEN
        INSERT INTO onemap.audit (principal, action, resource, allowed, detail)
        VALUES ('housekeeping', 'prune', 'audit', 'yes', jsonb_build_object('removed', removed, 'older_than_days', days));
    END IF;
    RETURN removed;
END
$$;

REVOKE ALL ON FUNCTION onemap.prune_audit(integer) FROM PUBLIC;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'twin_writer') THEN
        GRANT EXECUTE ON FUNCTION onemap.prune_audit(integer) TO twin_writer;
    END IF;
END
$$;
