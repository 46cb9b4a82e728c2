import municipalities.languages
from django.db import migrations


class Migration(migrations.Migration):
    """A label that stands already is kept as it was said; readers of every language fall back to it."""

    dependencies = [
        ("payments", "0004_words_of_alerts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE payments_chargeline"
                    " ALTER COLUMN label TYPE jsonb USING jsonb_build_object('fr', label)",
                    "ALTER TABLE payments_chargeline"
                    " ALTER COLUMN label TYPE varchar(160) USING left(label ->> 'fr', 160)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="chargeline",
                    name="label",
                    field=municipalities.languages.TranslatedField(
                        default=municipalities.languages.Translated, verbose_name="libellé"
                    ),
                )
            ],
        )
    ]
