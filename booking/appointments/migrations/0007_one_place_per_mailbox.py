import django.db.models.functions.text
from django.db import migrations, models

NAME = "one_place_in_the_queue_per_mail_address_and_type"


class Migration(migrations.Migration):
    """Capitals and what follows a plus make no other mailbox, so they give no second place in the queue."""

    dependencies = [
        ("appointments", "0006_trace_triggers"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="waitinglistentry", name=NAME),
        migrations.AddConstraint(
            model_name="waitinglistentry",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower(
                    models.Func(
                        models.F("email"),
                        models.Value("\\+[^@]*@"),
                        models.Value("@"),
                        function="regexp_replace",
                        output_field=models.CharField(),
                    )
                ),
                models.F("type"),
                condition=models.Q(
                    ("appointment__isnull", True), ("state", "waiting"), models.Q(("email", ""), _negated=True)
                ),
                name=NAME,
                violation_error_message="Cette adresse est déjà en liste d’attente pour ce motif.",
            ),
        ),
    ]
