from django.db import migrations

from municipalities.audit import trace
from municipalities.database.cached import watch


class Migration(migrations.Migration):
    dependencies = [
        ("nurseries", "0006_supply"),
    ]

    operations = [
        trace("nurseries_nurseryopening"),
        trace("nurseries_heldback"),
        trace("nurseries_townchildcare"),
        trace("nurseries_commissionmeeting"),
        *(
            watch(f"nurseries_{table}")
            for table in ("nurseryopening", "heldback", "presentchild", "townchildcare", "commissionmeeting")
        ),
    ]
