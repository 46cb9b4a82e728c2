from django.db import migrations

from municipalities.audit import trace
from municipalities.database.cached import watch

#: Whatever path a change of a published grid takes, the database refuses it.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_published_points_stay() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who published may be forgotten; nothing else of a published grid changes.
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'nurseries_pointsgrid' THEN
        IF OLD.published_at IS NULL THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'published_by_id' = to_jsonb(OLD) - 'published_by_id' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'published points never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_points_never_change';
    END IF;
    IF TG_TABLE_NAME = 'nurseries_criterionoption' THEN
        SELECT array_agg(grid_id) INTO touched FROM nurseries_criterion
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.criterion_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.criterion_id END);
    ELSE
        touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.grid_id END,
                         CASE WHEN TG_OP <> 'DELETE' THEN NEW.grid_id END];
    END IF;
    -- Whoever is publishing holds the row: we wait, and then see that it is published.
    PERFORM 1 FROM nurseries_pointsgrid WHERE id = ANY (touched) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM nurseries_pointsgrid WHERE id = ANY (touched) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'published points never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_points_never_change';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guichet_published_points_stay BEFORE UPDATE OR DELETE ON nurseries_pointsgrid
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
CREATE TRIGGER guichet_published_points_stay BEFORE INSERT OR UPDATE OR DELETE ON nurseries_criterion
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
CREATE TRIGGER guichet_published_points_stay BEFORE INSERT OR UPDATE OR DELETE ON nurseries_criterionoption
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
""",
    """
DROP TRIGGER guichet_published_points_stay ON nurseries_criterionoption;
DROP TRIGGER guichet_published_points_stay ON nurseries_criterion;
DROP TRIGGER guichet_published_points_stay ON nurseries_pointsgrid;
DROP FUNCTION guichet_published_points_stay();
""",
)

TABLES = ("pointsgrid", "criterion", "criterionoption", "townpoints")


class Migration(migrations.Migration):
    dependencies = [("nurseries", "0004_points")]

    operations = [
        GUARD,
        *(trace(f"nurseries_{table}") for table in TABLES),
        *(watch(f"nurseries_{table}") for table in TABLES),
    ]
