from django.db import migrations
from django.db.migrations.operations import RunSQL

LASTS = RunSQL(
    """
CREATE FUNCTION guichet_a_credit_lasts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a credit note does not end earlier than its family was told'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_credit_note_never_ends_earlier';
END $$;
CREATE TRIGGER guichet_a_credit_lasts BEFORE UPDATE OF expires_on ON payments_creditnote
FOR EACH ROW WHEN (NEW.expires_on < OLD.expires_on) EXECUTE FUNCTION guichet_a_credit_lasts();
""",
    """
DROP TRIGGER guichet_a_credit_lasts ON payments_creditnote;
DROP FUNCTION guichet_a_credit_lasts();
""",
)


class Migration(migrations.Migration):
    """A refund that is refused lets a credit last longer, and nothing lets it end earlier."""

    dependencies = [("payments", "0006_credits_last_longer")]

    operations = [LASTS]
