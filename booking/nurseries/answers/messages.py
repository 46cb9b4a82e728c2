"""What families are told of a round: a place, two reminders of it, or that none was found this time.

Rendered when it is sent: an offer that was answered or has lapsed meanwhile says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.ical import plain
from booking.nurseries.answers.deadlines import REMINDED_AFTER
from booking.nurseries.answers.tariff import Estimate, estimate
from booking.nurseries.answers.telling import Told, WishLine
from booking.nurseries.calendar_words import from_month, say_days
from booking.nurseries.messages.requests import owed_to
from booking.nurseries.models import Answer, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import OfferState
from booking.residents.actions import mint_links
from booking.residents.addresses import private_link
from municipalities.wording import say_day
from notifications.kinds import Rendered, Text, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import enqueue, withdraw

#: `Message.subject_type` and `AccessLink.subject_type` of a family's answers; the id is the request's.
SUBJECT = "nursery_answers"
OFFERED, REMINDED, WAITING = "nursery.offered", "nursery.reminded", "nursery.waiting"
SWAPPED, SWAP_OFF = "nursery.swapped", "nursery.swap_off"
LINK_FOR = timedelta(days=400)
_SWAP_STATES = {SWAPPED: OfferState.ACCEPTED, SWAP_OFF: OfferState.CALLED_OFF}


@dataclass(frozen=True, slots=True)
class Facts:
    """An offer, or an answer without one, with what is said of its wishes."""

    application: NurseryApplication
    number: int
    offer: NurseryOffer | None
    wishes: tuple[WishLine, ...]
    token: str


def register() -> None:
    register_kind(OFFERED, render, gather)
    for kind in (WAITING, SWAPPED, SWAP_OFF):
        register_kind(kind, render, gather)
    register_kind(REMINDED, render, gather, urgency=Urgency.LATER)


def owe_offer(offer: NurseryOffer, now: datetime) -> int:
    """The offer at once, and its reminders; in the caller's transaction."""
    application = offer.child.application
    rows = owed_to(application, SUBJECT, OFFERED, now, offer=str(offer.pk))
    for days in REMINDED_AFTER:
        rows += owed_to(application, SUBJECT, REMINDED, now + timedelta(days=days), offer=str(offer.pk))
    return enqueue(rows)


def owe_again(offer: NurseryOffer, now: datetime) -> int:
    """The offer once more, with a fresh link, for who has lost theirs."""
    return enqueue(owed_to(offer.child.application, SUBJECT, OFFERED, now, offer=str(offer.pk)))


def owe_swap(offer: NurseryOffer, now: datetime) -> int:
    """What became of a swap this family had been asked about."""
    kind = SWAPPED if offer.state == OfferState.ACCEPTED else SWAP_OFF
    return enqueue(owed_to(offer.child.application, SUBJECT, kind, now, offer=str(offer.pk)))


def withdraw_offer(offer: NurseryOffer) -> None:
    """Reminders of an offer that was answered, or has lapsed: of no other child of the request."""
    if not NurseryOffer.objects.open().filter(child__application=offer.child.application_id).exists():
        withdraw(subject_id=offer.child.application_id, kinds=[OFFERED, REMINDED])


def owe_waiting(answers: Sequence[Answer], now: datetime) -> int:
    """That no place was found this time, to all of these in one statement."""
    rows = (owed_to(one.child.application, SUBJECT, WAITING, now, answer=str(one.pk)) for one in answers)
    return enqueue([message for row in rows for message in row])


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id; a round is read once for all its letters of a batch."""
    offers = NurseryOffer.objects.select_related(
        "round__grid",
        "nursery__facility__municipality",
        "child__application__authority__municipality",
        "child__application__through",
    ).in_bulk([UUID(one.context["offer"]) for one in messages if "offer" in one.context])
    answers = Answer.objects.select_related(
        "round__grid", "child__application__authority__municipality", "child__application__through"
    ).in_bulk([UUID(one.context["answer"]) for one in messages if "answer" in one.context])
    told: dict[int, Told] = {}
    found: dict[int, tuple[Any, NurseryOffer | None, tuple[WishLine, ...]]] = {}
    for message in messages:
        row = offers.get(_id(message, "offer")) or answers.get(_id(message, "answer"))
        if row is None or row.child.application.erased_at is not None:
            continue
        wishes: tuple[WishLine, ...] = ()
        if isinstance(row, Answer):
            of = told.setdefault(row.round_id, Told(row.round))
            with override(message.language):
                wishes = tuple(of.wishes(row.child.number))
        found[message.pk] = (row.child, row if isinstance(row, NurseryOffer) else None, wishes)
    until = timezone.now() + LINK_FOR
    tokens = mint_links([(SUBJECT, child.application_id, until) for child, _offer, _wishes in found.values()])
    return {
        pk: Facts(child.application, child.number, offer, wishes, token)
        for (pk, (child, offer, wishes)), token in zip(found.items(), tokens, strict=True)
    }


def _id(message: Message, name: str) -> UUID:
    return UUID(message.context[name]) if name in message.context else UUID(int=0)


def render(message: Message, facts: Facts | None) -> Rendered | None:
    """The mail or SMS; None when the offer is not open any more."""
    if facts is None:
        return None
    if message.kind in _SWAP_STATES:
        if facts.offer is None or facts.offer.state != _SWAP_STATES[message.kind]:
            return None
    elif message.kind != WAITING and (
        facts.offer is None or facts.offer.state != OfferState.TO_FAMILY or facts.offer.due_at <= timezone.now()
    ):
        return None
    return letter_of(message.kind, facts, channel=message.channel, language=message.language)


def letter_of(kind: str, facts: Facts, *, channel: str = Channel.MAIL, language: str = "fr") -> Rendered:
    """One letter as it is sent. The rehearsal shows the same, with a link that opens nothing."""
    with override(language):
        link = private_link(facts.token, through=facts.application.through)
        subject, lead = _words(kind, facts)
        if channel == Channel.SMS:
            return Text(f"{lead} {link}", (f"{subject} {link}",))
        context = {"lead": lead, "link": link, "number": facts.number, "wishes": facts.wishes, "offer": facts.offer}
        context["is_swap_news"] = kind in _SWAP_STATES
        if facts.offer is not None:
            context |= offer_facts(facts.offer, facts.application)
    return letter(
        "mail/nursery_answer",
        context,
        subject=plain(subject),
        sender=Sender.of(facts.application.through or facts.application.authority.identity),
        language=language,
    )


def offer_facts(offer: NurseryOffer, application: NurseryApplication) -> dict[str, Any]:
    """Place, days, month, estimate and deadline, in words."""
    cost: Estimate = estimate(offer.half_days, application.dependent_children)
    return {
        "place": offer.nursery.facility.name,
        "days": say_days(offer.half_days),
        "from_month": from_month(f"{offer.start:%Y-%m}"),
        "least": cost.least,
        "most": cost.most,
        "due": say_day(offer.due_at),
    }


def _words(kind: str, facts: Facts) -> tuple[str, str]:
    """The fact, for the subject and on top, and what follows from it."""
    if facts.offer is None:
        return (
            _("Place en crèche : pas de place cette fois"),
            _(
                "La commission s’est réunie, et aucune place n’a pu être proposée pour le dossier n° %(number)d. "
                "Votre demande reste sur la liste, sans démarche de votre part."
            )
            % {"number": facts.number},
        )
    said = {"place": facts.offer.nursery.facility.name, "due": say_day(facts.offer.due_at), "number": facts.number}
    if kind == SWAPPED:
        return (
            _("Échange conclu, votre place : %(place)s") % said,
            _("L’autre famille a accepté aussi. Votre place pour le dossier n° %(number)d est maintenant : %(place)s.")
            % said,
        )
    if kind == SWAP_OFF:
        return (
            _("Échange de places : il n’a pas eu lieu"),
            _("L’échange proposé (%(place)s) n’a pas eu lieu. Vous gardez votre place, dossier n° %(number)d.") % said,
        )
    subject = _("Place en crèche proposée : %(place)s") % said
    if kind == REMINDED:
        subject = _("Rappel, une place en crèche vous attend : %(place)s") % said
    lead = (
        _("Une place est proposée pour le dossier n° %(number)d : %(place)s. Répondez avant la fin du %(due)s.") % said
    )
    if facts.offer.swap_id is not None:
        lead += " " + _("C’est un échange : vous gardez votre place tant que l’autre famille n’a pas accepté aussi.")
    return subject, lead


def rehearsed(application: NurseryApplication, number: int, told: Told) -> Facts:
    """What would be told to a child without a place, before anything is sent."""
    return Facts(application, number, None, tuple(told.wishes(number)), "0" * 32)
