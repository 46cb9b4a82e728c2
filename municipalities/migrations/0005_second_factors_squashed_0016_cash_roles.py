import django.utils.timezone
from django.db import migrations, models

from municipalities.audit import trace
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """Second factors are traced: their table points to agents, and so comes after them. And what is written once only:
    keys of presses, addresses that refuse our mail."""

    replaces = [
        ("municipalities", "0005_second_factors"),
        ("municipalities", "0006_one_operator_per_municipality"),
        ("municipalities", "0007_operator_roles"),
        ("municipalities", "0008_readings_of_any_subject"),
        ("municipalities", "0009_audit_entry"),
        ("municipalities", "0010_idempotency_keys"),
        ("municipalities", "0011_pool_roles"),
        ("municipalities", "0012_numbers_that_follow"),
        ("municipalities", "0013_refused_senders"),
        ("municipalities", "0014_words_for_agents"),
        ("municipalities", "0015_nursery_roles"),
        ("municipalities", "0016_cash_roles"),
    ]

    dependencies = [
        ("municipalities", "0001_towns_and_agents_squashed_0004_editions"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        ("digest", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                        ("body", models.BinaryField(max_length=32)),
                        ("answer", models.TextField(blank=True)),
                        ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                    ],
                ),
                migrations.CreateModel(
                    name="RefusedSender",
                    fields=[
                        ("address", models.EmailField(max_length=254, primary_key=True, serialize=False)),
                        ("refused_at", models.DateTimeField()),
                    ],
                ),
            ]
        ),
        trace("mfa_authenticator", masked=("data",), hidden=("created_at", "last_used_at")),
    ]
