"""Second factors: what they keep secret is encrypted, and written anew when the key changes; a code opens once."""

from datetime import UTC, datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db.models import Q
from django.utils import timezone

from municipalities import secrets_at_rest
from municipalities.database.transactions import patient_transaction


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return secrets_at_rest.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets_at_rest.decrypt(encrypted_text.encode()).decode()


def take_each_code_once() -> None:
    """Around the library's own way, which asks the cache: without Redis that is each process for itself."""
    TOTP.validate_code = _take_code


def _take_code(factor: TOTP, code: str) -> bool:
    """Whether it is the telephone's code now, and nobody has come in since it began: the database lets one pass."""
    secret = decrypt(factor.instance.data["secret"])
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            began = datetime.fromtimestamp(step * app_settings.TOTP_PERIOD, UTC)
            unused = Q(last_used_at__isnull=True) | Q(last_used_at__lt=began)
            mine = Authenticator.objects.filter(unused, pk=factor.instance.pk)
            return bool(mine.update(last_used_at=timezone.now()))
    return False


def rotate() -> int:
    """Encrypt every secret of telephones and every seed of recovery codes with the first key of the ring."""
    written = 0
    for pk in (
        Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk").values_list("pk", flat=True)
    ):
        with patient_transaction():
            # A code that is used meanwhile changes the same row: the lock keeps its mark.
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if factor is not None:
                factor.data = with_secrets(factor.data, lambda text: secrets_at_rest.renew(text.encode()).decode())
                factor.save(update_fields=["data"])
                written += 1
    return written


def with_secrets(data: dict[str, Any], change: Any) -> dict[str, Any]:
    """The row's data with each of its secrets passed through `change`."""
    changed = {name: change(value) for name, value in data.items() if name in ("secret", "seed")}
    if "migrated_codes" in data:
        changed["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return {**data, **changed}
