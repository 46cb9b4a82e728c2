"""What families are told: the code that signs in, and that somebody named them as an adult of a household."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.residents.addresses import absolute, private_address
from booking.residents.models import Guardian, SignInCode
from booking.residents.references import keyed_hash, new_token, token_hash
from municipalities.models import Municipality
from notifications.kinds import Mail, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

CODE, INVITED = "family.code", "family.invited"
#: Subjects that no private link opens: what is said of them goes with the other messages nobody asks for any more.
SIGN_IN, INVITATION = "sign_in", "invitation"
#: How long a code and its link are good, counted from when the mail is written.
CODE_FOR = timedelta(minutes=10)
#: A mail that could not leave for longer than this comes too late for whoever waits for it.
TOO_LATE = timedelta(minutes=30)


def register() -> None:
    register_kind(CODE, render_code, _offices, urgency=Urgency.NOW)
    register_kind(INVITED, render_invitation, _offices)


def owe_code(code: SignInCode, through: Municipality | None) -> int:
    """The mail with the digits and the link, which are drawn when it is written."""
    return enqueue(
        [
            Owed(
                kind=CODE,
                channel=Channel.MAIL,
                recipient=code.email,
                due_at=code.asked_at,
                language=code.language,
                municipality_id=through.pk if through else None,
                subject_type=SIGN_IN,
                subject_id=code.pk,
            )
        ]
    )


def owe_invitation(guardian: Guardian, language: str) -> int:
    if not guardian.email:
        return 0
    return enqueue(
        [
            Owed(
                kind=INVITED,
                channel=Channel.MAIL,
                recipient=guardian.email,
                due_at=timezone.now(),
                language=language,
                municipality_id=guardian.household.home_municipality_id,
                subject_type=INVITATION,
                subject_id=guardian.pk,
            )
        ]
    )


def hash_of(code: SignInCode, digits: str) -> bytes:
    """What is kept of six digits: with a key, and another one for each code, since there are but a million of them."""
    return keyed_hash(f"sign-in code {code.pk}", digits)


def _offices(messages: Sequence[Message]) -> Mapping[int, Municipality | None]:
    known = Municipality.objects.in_bulk({one.municipality_id for one in messages if one.municipality_id})
    return {one.pk: known.get(one.municipality_id) if one.municipality_id else None for one in messages}


def render_code(message: Message, through: Municipality | None) -> Mail | None:
    """Draws the digits and the link anew; None for a code that was used, or asked for too long ago."""
    now = timezone.now()
    waiting = SignInCode.objects.filter(used_at__isnull=True, asked_at__gt=now - TOO_LATE)
    code = waiting.filter(pk=message.subject_id).first() if message.subject_id else None
    if code is None:
        return None
    digits, token = f"{secrets.randbelow(1_000_000):06}", new_token()
    SignInCode.objects.filter(pk=code.pk).update(
        code_hash=hash_of(code, digits), token_hash=token_hash(token), expires_at=now + CODE_FOR
    )
    context = {
        "digits": f"{digits[:3]} {digits[3:]}",
        "link": private_address("family:open", token, through=through),
    }
    subject = _("%(code)s : votre code pour l’espace famille") % {"code": digits}
    return _letter(message, context, subject=subject, through=through)


def render_invitation(message: Message, through: Municipality | None) -> Mail | None:
    """None for whom was removed since, or has signed in already."""
    invited = Guardian.objects.filter(confirmed_at__isnull=True)
    guardian = invited.filter(pk=message.subject_id).first() if message.subject_id else None
    if guardian is None:
        return None
    context = {"email": guardian.email, "link": absolute("family:sign_in", through=through)}
    return _letter(message, context, subject=_("Vous êtes nommé responsable dans une famille"), through=through)


def _letter(message: Message, context: dict[str, Any], *, subject: str, through: Municipality | None) -> Mail:
    sender = Sender.of(through)
    template = {CODE: "mail/family_code", INVITED: "mail/family_invited"}[message.kind]
    return letter(template, context, subject=subject, sender=sender, language=message.language)
