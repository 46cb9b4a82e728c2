from django.db import migrations, models

from municipalities.audit import trace, untrace

_TABLE = "appointments_appointment"
_HELD = {"insert": "NEW.state <> 'held'", "update": "NEW.state <> 'held'", "delete": "OLD.state <> 'held'"}
_HIDDEN = ("calendar_entry", "browser_hash", "address_hash", "changed_at", "sequence", "expires_at")


class Migration(migrations.Migration):
    """A note for the counter, traced without its words, and who asked for a cancellation."""

    dependencies = [("appointments", "0019_changed_at_a_place")]

    operations = [
        migrations.AddField(
            "appointment",
            "cancel_channel",
            models.CharField(
                blank=True,
                choices=[
                    ("web", "en ligne"),
                    ("phone", "par téléphone"),
                    ("counter", "au guichet"),
                    ("national", "site national"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="annulé par la voie",
            ),
        ),
        migrations.AddField(
            "appointment",
            "counter_note",
            models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="note pour le guichet"
            ),
        ),
        untrace(trace(_TABLE, hidden=_HIDDEN, **_HELD)),
        trace(_TABLE, hidden=_HIDDEN, masked=("counter_note",), **_HELD),
    ]
