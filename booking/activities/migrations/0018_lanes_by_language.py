import municipalities.languages
from django.db import migrations, models
from django.db.models.fields.json import KT

#: What stands is French; « Ligne 3 » and « Zone 3 », which everybody writes, are known in the other languages.
BY_LANGUAGE = migrations.SeparateDatabaseAndState(
    database_operations=[
        migrations.RunSQL(
            """
ALTER TABLE activities_lane ALTER COLUMN name TYPE jsonb USING CASE
    WHEN name ~ '^Ligne [0-9]+$' THEN jsonb_build_object(
        'fr', name, 'de', replace(name, 'Ligne', 'Bahn'), 'en', replace(name, 'Ligne', 'Lane'))
    WHEN name ~ '^Zone [0-9]+$' THEN jsonb_build_object(
        'fr', name, 'de', replace(name, 'Zone', 'Bereich'), 'en', replace(name, 'Zone', 'Area'))
    ELSE jsonb_build_object('fr', name) END
""",
            "ALTER TABLE activities_lane ALTER COLUMN name TYPE varchar(60) USING left(name ->> 'fr', 60)",
        )
    ],
    state_operations=[
        migrations.AlterField(
            model_name="lane",
            name="name",
            field=municipalities.languages.TranslatedField(
                default=municipalities.languages.Translated, verbose_name="nom"
            ),
        )
    ],
)


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0017_rules_and_draws"),
    ]

    operations = [
        migrations.RemoveConstraint("lane", "lane_name_is_unique_in_its_basin"),
        BY_LANGUAGE,
        migrations.AddConstraint(
            model_name="lane",
            constraint=models.UniqueConstraint(
                models.F("basin"),
                KT("name__fr"),
                name="lane_name_is_unique_in_its_basin",
                violation_error_message="Une ligne ou une zone de ce nom existe déjà dans ce bassin.",
            ),
        ),
    ]
