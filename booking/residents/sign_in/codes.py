"""Signing in by what only the owner of a mailbox reads: six digits, or the link beside them.

A mailbox that no family knows opens a new one: asking is the same for every address, and so is the answer. Nothing is
found by an address alone; it is found by having read what was sent there.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from booking.residents.exceptions import CodeRefused, CodeTriedTooOften, CodeWrong, MailboxTaken
from booking.residents.families.actions import mailbox_of, open_household
from booking.residents.messages import CODE_FOR, TOO_LATE, hash_of, owe_code
from booking.residents.models import Guardian, HouseholdSession, SignInCode
from booking.residents.models.sessions import MOST_TRIES
from booking.residents.references import keyed_hash, token_hash
from booking.residents.sign_in import sessions
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.models import Municipality

#: A code is thrown away unread only after the mail had all its time to leave.
KEPT_FOR: timedelta = TOO_LATE + CODE_FOR


def ask_code(
    *,
    email: str,
    language: str,
    is_shared: bool,
    back: str = "",
    through: Municipality | None = None,
    is_sent: bool = True,
) -> SignInCode:
    """A code for this mailbox, and the mail that will draw it. `is_sent=False` for a mailbox that had enough of them:
    everything else is the same.
    """
    now = timezone.now()
    with patient_transaction():
        code = SignInCode.objects.create(
            email=mailbox_of(email),
            language=language,
            is_shared=is_shared,
            back=back,
            asked_at=now,
            expires_at=now + KEPT_FOR,
        )
        if is_sent:
            owe_code(code, through)
        return code


def code_asked(pk: UUID) -> SignInCode | None:
    """A code that may still be typed, for the page that asks for it."""
    return SignInCode.objects.filter(pk=pk, used_at__isnull=True, expires_at__gt=timezone.now()).first()


def code_of_link(token: str) -> SignInCode:
    """The code whose link this is. Raises CodeRefused. Uses up nothing: mail programmes open links by themselves."""
    found = SignInCode.objects.filter(token_hash=token_hash(token)).first()
    if found is None or not _is_open(found, timezone.now()):
        raise CodeRefused
    return found


@dataclass(frozen=True)
class Entered:
    """A browser that is signed in from now on: the token for its cookie, and the page it was at."""

    token: str
    session: HouseholdSession
    back: str


def enter_by_digits(*, pk: UUID, digits: str, device: str, key: str = "") -> Entered:
    """A session for whoever types these digits. A wrong try is counted for good. Raises CodeRefused and its kinds.

    `key` is that of the form: the same press, sent twice, is let in twice by one token. Raises CodeTriedTooOften.
    """
    now = timezone.now()
    with patient_transaction():
        code = SignInCode.objects.select_for_update().filter(pk=pk).first()
        if code is None:
            raise CodeRefused
        if not _is_open(code, now):
            return _entered_before(code, key)
        if code.tries >= MOST_TRIES:
            raise CodeTriedTooOften
        is_right = code.code_hash is not None and hmac.compare_digest(bytes(code.code_hash), hash_of(code, digits))
        if is_right:
            return _use(code, now, device, key)
        code.tries += 1
        code.save(update_fields=["tries"])
    # Outside, so that the try stays counted.
    left = MOST_TRIES - code.tries
    raise CodeWrong(left) if left else CodeTriedTooOften


def enter_by_link(*, token: str, device: str, key: str = "") -> Entered:
    """A session for whoever opens the link of a mail and presses. Raises CodeRefused."""
    now = timezone.now()
    with patient_transaction():
        code = SignInCode.objects.select_for_update().filter(token_hash=token_hash(token)).first()
        if code is None:
            raise CodeRefused
        return _use(code, now, device, key) if _is_open(code, now) else _entered_before(code, key)


def _is_open(code: SignInCode, now: datetime) -> bool:
    return code.used_at is None and code.expires_at > now


def _use(code: SignInCode, now: datetime, device: str, key: str) -> Entered:
    code.used_at = now
    code.save(update_fields=["used_at"])
    token, session = sessions.begin(
        guardian=_guardian_at(code, now), is_shared=code.is_shared, device=device, token=_token_of(code, key)
    )
    return Entered(token, session, code.back)


def _entered_before(code: SignInCode, key: str) -> Entered:
    """The same press again: a browser that lost the first answer gets it anew. Raises CodeRefused for any other."""
    token = _token_of(code, key)
    session = sessions.session_of(token) if token and code.used_at else None
    if session is None:
        raise CodeRefused
    return Entered(token, session, code.back)


def _token_of(code: SignInCode, key: str) -> str:
    """The token that this press makes: 256 bits of a keyed hash of the form's own key, which only the browser has."""
    return urlsafe_b64encode(keyed_hash(f"session of {code.pk}", key)).decode() if key else ""


def _guardian_at(code: SignInCode, now: datetime) -> Guardian:
    """Whose mailbox it is; who was named with it first, and is so from now on; else a new family's first adult."""
    mine = Guardian.objects.filter(email=code.email)
    known = mine.filter(confirmed_at__isnull=False).first()
    if known is not None:
        return known
    invited = mine.order_by("created_at", "pk").select_for_update().first()
    try:
        with inner_transaction():
            if invited is None:
                return open_household(email=code.email, language=code.language)
            invited.confirmed_at = now
            invited.save(update_fields=["confirmed_at"])
            return invited
    except (IntegrityError, MailboxTaken):
        # Another browser has just done the same.
        return mine.get(confirmed_at__isnull=False)
