from django.db import migrations

from municipalities.audit import trace
from municipalities.database.cached import watch

#: Whatever path a change of a published grid takes, the database refuses it.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_published_grid_stays() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who published may be forgotten; nothing else of a published grid changes.
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'activities_tariffgrid' THEN
        IF OLD.published_at IS NULL THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'published_by_id' = to_jsonb(OLD) - 'published_by_id' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a published grid never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_grid_never_changes';
    END IF;
    IF TG_TABLE_NAME = 'activities_pricerow' THEN
        SELECT array_agg(grid_id) INTO touched FROM activities_tariff
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.tariff_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.tariff_id END);
    ELSE
        touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.grid_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.grid_id END];
    END IF;
    -- Whoever is publishing holds the row: we wait, and then see that it is published.
    PERFORM 1 FROM activities_tariffgrid WHERE id = ANY (touched) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM activities_tariffgrid WHERE id = ANY (touched) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published grid never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_grid_never_changes';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guichet_published_grid_stays BEFORE UPDATE OR DELETE ON activities_tariffgrid
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_tariff
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_pricerow
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_adjustment
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
""",
    """
DROP TRIGGER guichet_published_grid_stays ON activities_adjustment;
DROP TRIGGER guichet_published_grid_stays ON activities_pricerow;
DROP TRIGGER guichet_published_grid_stays ON activities_tariff;
DROP TRIGGER guichet_published_grid_stays ON activities_tariffgrid;
DROP FUNCTION guichet_published_grid_stays();
""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0003_tariffs"),
        ("municipalities", "0004_editions"),
    ]

    operations = [
        GUARD,
        trace("activities_tariffgrid"),
        trace("activities_tariff"),
        trace("activities_pricerow"),
        trace("activities_adjustment"),
        *(
            watch(f"activities_{table}")
            for table in (
                "tariffgrid",
                "tariff",
                "pricerow",
                "adjustment",
            )
        ),
    ]
