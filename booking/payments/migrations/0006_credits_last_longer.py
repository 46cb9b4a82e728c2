from django.db import migrations
from django.db.migrations.operations import RunSQL


def free(columns: str) -> str:
    return (
        "DROP TRIGGER guichet_frozen ON payments_creditnote;"
        "CREATE TRIGGER guichet_frozen BEFORE UPDATE OR DELETE ON payments_creditnote"
        f" FOR EACH ROW EXECUTE FUNCTION guichet_frozen('{columns}', '')"
    )


class Migration(migrations.Migration):
    """A credit may last longer: it cannot be used while a refund of it is being looked at."""

    dependencies = [("payments", "0005_labels_by_language")]

    operations = [RunSQL(free("household_id,left,issued_by_id,expires_on"), free("household_id,left,issued_by_id"))]
