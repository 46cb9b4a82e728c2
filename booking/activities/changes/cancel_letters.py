"""What families are told when a place is given back for good: that it is, and what of its price, by which rule.

Every home of the member is told that the place is no more, and only the one that paid what becomes of the money. No
name stands in it: mailboxes are shared.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.activities.changes.rules import ON_PROOF, say_rule
from booking.activities.enrolling.messages import ENROLMENT
from booking.activities.models import Enrolment
from booking.residents.addresses import absolute
from booking.residents.families.reaching import addresses_of, homes_of
from municipalities.wording import say_moment
from notifications.kinds import Mail
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

CANCELLED = "activities.cancelled"


class Why(StrEnum):
    """Why there is a credit or none; kept with the letter until it is rendered."""

    CREDITED = "credited"
    FREE = "free"
    GIVEN_BACK = "given_back"
    ONE_SESSION = "one_session"
    LEFT_TO_OTHERS = "left_to_others"
    RULE = "rule"


def register() -> None:
    register_kind(CANCELLED, render, gather)


def owe(enrolment: Enrolment, why: Why) -> int:
    """Once to every mailbox of every family the member belongs to, in the transaction that cancels."""
    payer = enrolment.basket.household_id
    told: dict[str, tuple[str, bool]] = {}
    for one in addresses_of(homes_of([enrolment.member_id]), confirmed=False):
        home = one.guardian.household
        language, has_paid = told.get(one.recipient, (home.language, False))
        told[one.recipient] = (language, has_paid or home.pk == payer)
    now = timezone.now()
    return enqueue(
        [
            Owed(
                kind=CANCELLED,
                channel=Channel.MAIL,
                recipient=recipient,
                due_at=now,
                language=language,
                subject_type=ENROLMENT,
                subject_id=enrolment.pk,
                context={"why": str(why) if has_paid else ""},
            )
            for recipient, (language, has_paid) in sorted(told.items())
        ]
    )


def gather(messages: Sequence[Message]) -> Mapping[int, Enrolment]:
    found = Enrolment.objects.select_related(
        "session", "group__activity__season__operator__municipality", "group__basin__pool__facility"
    ).in_bulk({one.subject_id for one in messages})
    return {one.pk: found[one.subject_id] for one in messages if one.subject_id in found}


def render(message: Message, enrolment: Enrolment | None) -> Mail | None:
    """None for what was erased since."""
    if enrolment is None:
        return None
    group, session = enrolment.group, enrolment.session
    season = group.activity.season
    with translation.override(message.language):
        subject = _("Inscription annulée : %(activity)s") % {"activity": group.activity}
        context = {
            "what": f"{group.activity}, {say_moment(session.starts_at)}" if session else str(group),
            "pool": group.basin.pool.facility,
            "money": _say(str(message.context.get("why", "")), season.sessions_tried),
            "link": absolute("enrol:mine", through=None),
        }
    sender = Sender.of(season.operator.identity)
    return letter("mail/place_cancelled", context, subject=subject, sender=sender, language=message.language)


def _say(why: str, sessions_tried: int | None) -> str:
    """Empty for whoever has not paid."""
    if why == Why.RULE:
        nothing = _("Rien n’est crédité, d’après la règle de la saison.")
        return f"{nothing} {say_rule(sessions_tried)} {ON_PROOF}"
    said = {
        Why.CREDITED: _("Ce qui en est rendu vous revient en avoir : un autre courriel le confirme."),
        Why.FREE: _("Rien n’est crédité : cette place n’a rien coûté."),
        Why.GIVEN_BACK: _("Rien n’est crédité : son prix vous a déjà été rendu."),
        Why.ONE_SESSION: _("Rien n’est crédité : une place à la séance n’est pas remboursée."),
        Why.LEFT_TO_OTHERS: _(
            "Rien n’est crédité : les séances à venir étaient laissées à d’autres, et une absence n’est pas remboursée."
        ),
    }
    return said.get(Why(why), "") if why else ""
