from django.db import migrations
from django.db.migrations.operations import RunSQL

from municipalities.audit import trace

#: One function for what is written once. Arguments: columns that may change; columns that may be emptied, both apart by
#: commas. Nothing is ever deleted.
FROZEN = RunSQL(
    """
CREATE FUNCTION guichet_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := string_to_array(TG_ARGV[0], ',') || string_to_array(TG_ARGV[1], ',');
    emptied text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the accounts are not deleted: %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free THEN
        RAISE EXCEPTION 'the accounts are not changed: %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH emptied IN ARRAY string_to_array(TG_ARGV[1], ',') LOOP
        IF to_jsonb(NEW) ->> emptied NOT IN ('', to_jsonb(OLD) ->> emptied) THEN
            RAISE EXCEPTION 'the accounts are not changed: %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
""",
    "DROP FUNCTION guichet_frozen() CASCADE",
)


def frozen(table: str, *, free: str = "", emptied: str = "") -> RunSQL:
    return RunSQL(
        f"CREATE TRIGGER guichet_frozen BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION guichet_frozen('{free}', '{emptied}')",
        f"DROP TRIGGER guichet_frozen ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("payments", "0002_guards"),
        ("payments", "0003_decisions"),
        ("payments", "0004_words_of_alerts"),
    ]

    dependencies = [
        ("payments", "0001_accounts_squashed_0001_initial"),
    ]

    operations = [
        FROZEN,
        frozen("payments_journalentry"),
        frozen("payments_receipt"),
        frozen("payments_receiptpart"),
        frozen("payments_cashierclosing"),
        frozen("payments_closingline"),
        frozen("payments_chargeline", emptied="about"),
        # A household may be merged into another one; what is owed never changes.
        frozen("payments_charge", free="household_id,state,expires_at,settled_at"),
        frozen("payments_creditnote", free="household_id,left,issued_by_id"),
        frozen(
            "payments_payment",
            free="state,idop,asked_at,opened_at,ended_at,means,numauto,result,last_answer,last_asked_at,failures,next_at"
                ",received_cents,closed_at,closed_by_id,closed_reason",
        ),
        trace("payments_cashoffice"),
        trace("payments_officeperson"),
        trace("payments_charge"),
        trace("payments_payment", hidden=("last_asked_at", "next_at", "failures", "last_answer")),
        trace("payments_paymentalert"),
        trace("payments_creditnote"),
        trace("payments_credituse"),
        trace("payments_refundfile", hidden=("holder", "iban")),
    ]
