from typing import Any

from django.db import migrations


def one_operator_per_municipality(apps: Any, schema_editor: Any) -> None:
    """What one municipality runs under several operators comes under the first; who is no municipality names none.

    One that says it is a municipality without saying which is that in which all its facilities stand, where there is
    such a one; else a constraint of the next migration stops it, and a person must say.
    """
    operators = apps.get_model("municipalities", "Operator")
    facilities = apps.get_model("municipalities", "Facility")
    operators.objects.exclude(kind="municipality").update(municipality=None)
    for operator in operators.objects.filter(kind="municipality", municipality=None):
        towns = set(facilities.objects.filter(operator=operator).values_list("municipality", flat=True))
        if len(towns) == 1:
            operators.objects.filter(pk=operator.pk).update(municipality=towns.pop())
    first: dict[int, int] = {}
    for operator in operators.objects.exclude(municipality=None).order_by("pk"):
        kept = first.setdefault(operator.municipality_id, operator.pk)
        if kept != operator.pk:
            facilities.objects.filter(operator=operator).update(operator=kept)
            operator.delete()


class Migration(migrations.Migration):
    """Makes way for the next: its constraints could not be added to tables this has just written."""

    dependencies = [("municipalities", "0005_second_factors")]

    operations = [
        migrations.RunPython(one_operator_per_municipality, migrations.RunPython.noop, elidable=True),
    ]
