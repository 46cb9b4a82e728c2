"""What waiting people are told: that they wait, and that a start is theirs until an hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from booking.appointments.models import EarlierOffer, WaitingListEntry
from booking.appointments.models.waiting import OfferState, WaitingState
from booking.ical import plain
from booking.residents.actions import mint_links
from booking.residents.addresses import private_link
from municipalities.phones import takes_sms
from municipalities.wording import say_day, say_moment
from notifications.kinds import Rendered, Text, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue, withdraw

#: `Message.subject_type` and `AccessLink.subject_type` of a place in the queue.
WAITING_SUBJECT = "waiting"
JOINED, OFFERED, SILENT = "waiting.joined", "waiting.offered", "waiting.silent"


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    entry: WaitingListEntry
    offer: EarlierOffer | None
    token: str


def register() -> None:
    register_kind(JOINED, render, gather)
    register_kind(OFFERED, render, gather, urgency=Urgency.NOW)
    register_kind(SILENT, render, gather)


def owed_on_waiting(entry: WaitingListEntry) -> int:
    """That the wish is noted, with the link to change one's mind."""
    return enqueue(_owed(entry, JOINED, timezone.now(), {}))


def owed_on_offer(offer: EarlierOffer) -> int:
    """A start, exclusively, until the deadline: by every address we have, at once."""
    withdraw(subject_id=offer.entry_id)
    return enqueue(_owed(offer.entry, OFFERED, timezone.now(), {"offer": str(offer.pk)}))


def owed_on_silence(entry: WaitingListEntry) -> int:
    """Whether they still wait, asked once."""
    return enqueue(_owed(entry, SILENT, timezone.now(), {}))


def _owed(entry: WaitingListEntry, kind: str, due_at: datetime, context: dict[str, str]) -> list[Owed]:
    phone = entry.phone if takes_sms(entry.phone) else ""
    reached = ((Channel.MAIL, entry.email), (Channel.SMS, phone))
    return [
        Owed(
            kind=kind,
            channel=channel,
            recipient=address,
            due_at=due_at,
            language=entry.language,
            municipality_id=entry.booked_through_id,
            subject_type=WAITING_SUBJECT,
            subject_id=entry.pk,
            context=context,
        )
        for channel, address in reached
        if address and (kind == OFFERED or channel == Channel.MAIL or not entry.email)
    ]


def gather(messages: Sequence[Message]) -> Mapping[int, WaitingFacts]:
    """Facts by message id; entries that have left the list have none."""
    entries = WaitingListEntry.objects.waiting().select_related("type", "booked_through", "home_municipality")
    known = entries.in_bulk([message.subject_id for message in messages if message.subject_id])
    offers = EarlierOffer.objects.select_related("facility__municipality").in_bulk(
        [UUID(message.context["offer"]) for message in messages if "offer" in message.context]
    )
    told = [message for message in messages if message.subject_id in known]
    tokens = mint_links(
        [
            (WAITING_SUBJECT, known[message.subject_id].pk, _link_until(known[message.subject_id]))
            for message in told
            if message.subject_id
        ]
    )
    return {
        message.pk: WaitingFacts(
            known[message.subject_id],
            offers.get(UUID(message.context["offer"])) if "offer" in message.context else None,
            token,
        )
        for message, token in zip(told, tokens, strict=True)
        if message.subject_id
    }


def _link_until(entry: WaitingListEntry) -> datetime:
    return timezone.make_aware(datetime.combine(entry.until_day, datetime.min.time())) + timedelta(days=31)


def render(message: Message, facts: WaitingFacts | None, now: datetime | None = None) -> Rendered | None:
    """The mail or SMS; None when the person has left the list, or the start or the address is no longer theirs."""
    now = now or timezone.now()
    if facts is None or facts.entry.state != WaitingState.WAITING:
        return None
    if message.recipient not in (facts.entry.email, facts.entry.phone):
        # The contact has changed since; the link that would be written here opens.
        return None
    offer = facts.offer
    if message.kind == OFFERED and (offer is None or offer.state != OfferState.OFFERED or offer.deadline <= now):
        return None
    if message.kind == SILENT and not facts.entry.rests:
        return None
    link = private_link(facts.token, through=facts.entry.booked_through)
    if message.channel == Channel.SMS:
        return _silent_sms(link) if message.kind == SILENT else _sms(offer, link)
    subject, lead = _silence() if message.kind == SILENT else _words(facts.entry, offer)
    context = {
        "asks": message.kind == SILENT,
        "lead": lead,
        "offer": offer,
        "address": offer.facility.address_line if offer else "",
        "link": link,
    }
    sender = Sender.of(facts.entry.booked_through)
    return letter("mail/waiting", context, subject=subject, sender=sender, language=message.language)


def _words(entry: WaitingListEntry, offer: EarlierOffer | None) -> tuple[str, str]:
    """The fact, for the subject and on top, and what follows from it."""
    if offer is None:
        what = {"type": str(entry.type), "until": say_day(entry.until_day)}
        subject = _("Liste d’attente : votre demande est enregistrée (%(type)s)") % what
        lead = _(
            "Ouvrez une fois le lien ci-dessous : nous savons alors que nos messages vous parviennent. Dès qu’un "
            "rendez-vous plus tôt se libère, nous vous le proposons ici, jusqu’au %(until)s."
        )
        lead %= what
        return plain(subject), lead
    what = {
        "moment": capfirst(say_moment(offer.starts_at)),
        "place": offer.facility.name,
        "deadline": say_moment(offer.deadline),
    }
    subject = _("Plus tôt ? %(moment)s, %(place)s") % what
    lead = _("Ce rendez-vous s’est libéré. Il est réservé pour vous jusqu’à : %(deadline)s.") % what
    return plain(subject), lead


def _silence() -> tuple[str, str]:
    subject = _("Attendez-vous toujours un rendez-vous plus tôt ?")
    lead = _(
        "Deux horaires vous ont été proposés et sont restés sans réponse. Nous ne vous en proposons plus, jusqu’à ce "
        "que vous nous disiez que vous attendez toujours."
    )
    return subject, lead


def _silent_sms(link: str) -> Text:
    return Text(
        _("Attendez-vous toujours ? Sans réponse, plus rien ne vous est proposé. Oui, ou quitter la liste : %(link)s")
        % {"link": link}
    )


def _sms(offer: EarlierOffer | None, link: str) -> Text:
    if offer is None:
        said = _(
            "Liste d’attente : ouvrez ce lien une fois, et nous vous proposons ce qui se libère. Il sert aussi à "
            "quitter la liste : %(link)s"
        )
        return Text(said % {"link": link})
    what = {
        "moment": capfirst(say_moment(offer.starts_at)),
        "place": plain(offer.facility.name),
        "deadline": say_moment(offer.deadline),
        "link": link,
    }
    return Text(
        _(
            "Plus tôt ? %(moment)s, %(place)s. Réservé pour vous jusqu’à : %(deadline)s. "
            "Répondre ou quitter la liste : %(link)s"
        )
        % what,
        (_("Plus tôt ? %(moment)s. Avant : %(deadline)s. Répondre ou quitter : %(link)s") % what,),
    )
