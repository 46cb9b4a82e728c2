from django.db import migrations

from municipalities.audit import trace

#: What was frozen is counted again years later; what was published was answered by. Neither changes on any path.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_frozen_round_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text[] := ARRAY['file', 'digest', 'seed', 'frozen_at', 'grid_id', 'first_month', 'month_count',
                           'operator_id', 'closes_on'];
    before jsonb := to_jsonb(OLD);
    after jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'prepared' THEN RETURN OLD; END IF;
    ELSE
        after := to_jsonb(NEW);
        IF OLD.seed_hash = NEW.seed_hash
           AND (OLD.state <> 'published' OR before = after)
           AND (OLD.state = 'prepared' OR NOT EXISTS (
                SELECT 1 FROM unnest(frozen) AS name WHERE before -> name IS DISTINCT FROM after -> name))
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'a frozen round stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'frozen_round_stays';
END $$;
CREATE TRIGGER guichet_frozen_round_stays BEFORE UPDATE OR DELETE ON nurseries_round
FOR EACH ROW EXECUTE FUNCTION guichet_frozen_round_stays();
""",
    """
DROP TRIGGER guichet_frozen_round_stays ON nurseries_round;
DROP FUNCTION guichet_frozen_round_stays();
""",
)


class Migration(migrations.Migration):
    dependencies = [("nurseries", "0008_rounds")]

    operations = [
        GUARD,
        trace("nurseries_round", hidden=("file", "decided", "answer", "sealed_seed")),
        trace("nurseries_roundnursery", insert=None),
        trace("nurseries_rounddecision"),
        trace("nurseries_stepaside"),
        trace("nurseries_criterionclaim", masked=("value", "reason")),
        trace("nurseries_nurseryoffer", masked=("family_reason",)),
    ]
