import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

#: Whose a ticket was may be forgotten, and nothing else of it.
OF_NOBODY = migrations.RunSQL(
    """
DROP TRIGGER guichet_a_rank_stays ON activities_ticket;
CREATE TRIGGER guichet_a_rank_stays BEFORE UPDATE OF rank, household_id, opening_id ON activities_ticket
FOR EACH ROW WHEN (OLD.rank IS NOT NULL AND ((NEW.rank, NEW.opening_id) IS DISTINCT FROM (OLD.rank, OLD.opening_id)
                   OR (NEW.household_id IS NOT NULL AND NEW.household_id IS DISTINCT FROM OLD.household_id)))
EXECUTE FUNCTION guichet_a_rank_stays();
""",
    """
DROP TRIGGER guichet_a_rank_stays ON activities_ticket;
DELETE FROM activities_ticket WHERE household_id IS NULL;
CREATE TRIGGER guichet_a_rank_stays BEFORE UPDATE OF rank, household_id, opening_id ON activities_ticket
FOR EACH ROW WHEN (OLD.rank IS NOT NULL AND (NEW.rank, NEW.household_id, NEW.opening_id) IS DISTINCT FROM
                                            (OLD.rank, OLD.household_id, OLD.opening_id))
EXECUTE FUNCTION guichet_a_rank_stays();
""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0016_register"),
        ("residents", "0003_safety_remark"),
    ]

    operations = [
        migrations.AddField(
            model_name="season",
            name="sessions_tried",
            field=models.PositiveSmallIntegerField(
                blank=True,
                default=2,
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="séances commencées au plus, quand une famille annule elle-même",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="trial_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="activities.activity",
                verbose_name="essai de",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                fields=["trial_of", "member"],
                condition=models.Q(models.Q(("state", "ended"), _negated=True), ("trial_of__isnull", False)),
                name="a_member_tries_an_activity_once",
                violation_error_message="L’essai de cette activité est déjà pris.",
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="household",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="tickets",
                to="residents.household",
                verbose_name="famille",
            ),
        ),
        OF_NOBODY,
    ]
