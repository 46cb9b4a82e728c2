"""Second factors: what they keep secret is encrypted, and written anew when the key changes."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from municipalities import secrets_at_rest
from municipalities.database.transactions import patient_transaction


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return secrets_at_rest.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets_at_rest.decrypt(encrypted_text.encode()).decode()


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
