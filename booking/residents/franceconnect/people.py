"""Whose identity it is: matched by the hash of `sub` alone, and never by a mail address."""

from django.db import IntegrityError

from booking.residents.exceptions import FranceConnectTaken
from booking.residents.families.actions import open_household
from booking.residents.franceconnect.client import Identity
from booking.residents.models import Guardian, HouseholdSession
from booking.residents.sign_in import sessions
from municipalities import secrets_at_rest
from municipalities.database.transactions import inner_transaction, patient_transaction


def guardian_of(identity: Identity) -> Guardian | None:
    return Guardian.objects.filter(franceconnect_hash=identity.sub_hash).first()


def begin_session(
    *, guardian: Guardian, identity: Identity, is_shared: bool, device: str
) -> tuple[str, HouseholdSession]:
    """A session that gives FranceConnect back its token when it ends."""
    return sessions.begin(
        guardian=guardian,
        is_shared=is_shared,
        device=device,
        logout_token=secrets_at_rest.encrypt(identity.id_token.encode()),
    )


def open_family(*, identity: Identity, language: str) -> Guardian:
    """A new family for an identity that none knows; the same one for whoever presses twice."""
    with patient_transaction():
        try:
            with inner_transaction():
                guardian = open_household(email="", name=identity.name, language=language)
                guardian.franceconnect_hash = identity.sub_hash
                guardian.save(update_fields=["franceconnect_hash"])
                return guardian
        except IntegrityError:
            return Guardian.objects.get(franceconnect_hash=identity.sub_hash)


def join_identity(*, guardian: Guardian, identity: Identity) -> None:
    """From now on this identity signs this guardian in too. Raises FranceConnectTaken."""
    with patient_transaction():
        try:
            with inner_transaction():
                Guardian.objects.filter(pk=guardian.pk).update(
                    franceconnect_hash=identity.sub_hash, name=guardian.name or identity.name
                )
        except IntegrityError as error:
            raise FranceConnectTaken from error


def part_from_identity(*, guardian: Guardian) -> None:
    """FranceConnect signs this guardian in no more; for who has a mailbox to come in by."""
    with patient_transaction():
        Guardian.objects.filter(pk=guardian.pk).exclude(email="").update(franceconnect_hash=None)


def logout_token_of(session: HouseholdSession) -> str:
    """What FranceConnect is given back; empty where it knows nothing of this session."""
    if session.logout_token is None:
        return ""
    try:
        return secrets_at_rest.decrypt(bytes(session.logout_token)).decode()
    except secrets_at_rest.Unreadable:
        return ""
