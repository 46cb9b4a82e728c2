import municipalities.languages
from django.db import migrations, models
from django.db.models.fields.json import KT


def by_language(model: str, label: str, length: int) -> migrations.SeparateDatabaseAndState:
    """What stands is French."""
    table = f"activities_{model}"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"ALTER TABLE {table} ALTER COLUMN name TYPE jsonb USING jsonb_build_object('fr', name)",
                f"ALTER TABLE {table} ALTER COLUMN name TYPE varchar({length}) USING left(name ->> 'fr', {length})",
            )
        ],
        state_operations=[
            migrations.AlterField(
                model_name=model,
                name="name",
                field=municipalities.languages.TranslatedField(
                    default=municipalities.languages.Translated, verbose_name=label
                ),
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0013_opening_guards"),
    ]

    operations = [
        migrations.RemoveConstraint("basin", "basin_name_is_unique_in_its_pool"),
        migrations.RemoveConstraint("season", "season_name_is_unique_for_its_operator"),
        by_language("basin", "nom", 60),
        by_language("season", "nom", 80),
        migrations.AddConstraint(
            model_name="basin",
            constraint=models.UniqueConstraint(
                models.F("pool"),
                KT("name__fr"),
                name="basin_name_is_unique_in_its_pool",
                violation_error_message="Un bassin de ce nom existe déjà dans cette piscine.",
            ),
        ),
        migrations.AddConstraint(
            model_name="season",
            constraint=models.UniqueConstraint(
                models.F("operator"),
                KT("name__fr"),
                name="season_name_is_unique_for_its_operator",
                violation_error_message="Une saison de ce nom existe déjà.",
            ),
        ),
    ]
