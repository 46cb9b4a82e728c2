from typing import Any

from django.db import migrations

from municipalities import secrets_at_rest
from municipalities.second_factors import with_secrets
from municipalities.audit import trace


def _rewrite(apps: Any, change: Any) -> None:
    for factor in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn").select_for_update():
        factor.data = with_secrets(factor.data, change)
        factor.save(update_fields=["data"])


def encrypt(apps: Any, _schema: Any) -> None:
    _rewrite(apps, lambda text: secrets_at_rest.encrypt(text.encode()).decode())


def decrypt(apps: Any, _schema: Any) -> None:
    _rewrite(apps, lambda text: secrets_at_rest.decrypt(text.encode()).decode())


class Migration(migrations.Migration):
    """Second factors are traced from here on, and what they keep secret is encrypted with a key outside of the database."""

    dependencies = [
        ("municipalities", "0004_editions"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        # First: a table with changed rows would have to wait for the end of the transaction.
        trace("mfa_authenticator", masked=("data",), hidden=("created_at", "last_used_at")),
        migrations.RunPython(encrypt, decrypt),
    ]
