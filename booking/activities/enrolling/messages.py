"""What a family is told of its places: that they are theirs, with the dates for their calendar; and the first session.

The operator of the pool speaks. What is true is looked up when the mail is written: who has left is told nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Min
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.activities.enrolling.numbers import BASKET
from booking.activities.models import Basket, Enrolment, EnrolmentState, Seat
from booking.ical import EntryFacts, assemble, render_entry
from booking.payments.sums import say_cents
from booking.residents.addresses import absolute
from booking.residents.families.reaching import Address, addresses_of
from municipalities.models import Facility
from municipalities.wording import say_moment, say_period
from notifications.kinds import Mail, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Message
from notifications.outbox import Owed, enqueue
from notifications.reminders import due_before

ENROLLED, FIRST_SESSION = "activities.enrolled", "activities.first_session"
#: A place in one session.
TICKET = "activities.ticket"
#: What a reminder is about; a basket stands for what was paid together.
ENROLMENT = "activities.enrolment"
#: The first session is called to mind so many days before, at this hour on the wall.
DAYS_BEFORE, HOUR = 2, time(10)


def register() -> None:
    register_kind(ENROLLED, render_enrolled, gather_baskets)
    register_kind(FIRST_SESSION, render_first, gather_enrolments, urgency=Urgency.LATER)
    register_kind(TICKET, render_ticket, gather_enrolments)


def owe_enrolled(basket: Basket, *, now: datetime) -> int:
    """What every adult of the family is told once these places are theirs. In the transaction that sells them."""
    adults = addresses_of([basket.household_id])
    town = basket.household.home_municipality_id
    places = Enrolment.objects.filter(basket=basket, state=EnrolmentState.ENROLLED)
    rows = []
    if places.whole().exists():
        rows += [_owed(ENROLLED, one, basket.language, town, BASKET, basket.pk, now) for one in adults]
    for pk in places.exclude(session=None).values_list("pk", flat=True):
        rows += [_owed(TICKET, one, basket.language, town, ENROLMENT, pk, now) for one in adults]
    firsts = places.whole().annotate(first=Min("seats__period__startswith")).values_list("pk", "first")
    for pk, first in firsts:
        due = due_before(first, DAYS_BEFORE, HOUR) if first else now
        if due > now:
            rows += [_owed(FIRST_SESSION, one, basket.language, town, ENROLMENT, pk, due) for one in adults]
    return enqueue(rows)


def owe_ticket(place: Enrolment, *, now: datetime) -> int:
    """For a place in one session that costs nothing more: every adult of the family has its ticket."""
    household = place.basket.household
    said = (household.language, household.home_municipality_id, ENROLMENT, place.pk, now)
    return enqueue([_owed(TICKET, one, *said) for one in addresses_of([household.pk])])


def _owed(kind: str, address: Address, language: str, town: int | None, subject: str, pk: UUID, due: datetime) -> Owed:
    return Owed(
        kind=kind,
        channel=address.channel,
        recipient=address.recipient,
        due_at=due,
        language=language,
        municipality_id=town,
        subject_type=subject,
        subject_id=pk,
    )


@dataclass(frozen=True)
class Told:
    """An enrolment with what a mail says of it."""

    enrolment: Enrolment
    seats: Sequence[Seat]

    @property
    def facility(self) -> Facility:
        return self.enrolment.group.basin.pool.facility


def _told(enrolments: Sequence[Enrolment]) -> dict[UUID, Told]:
    seats: dict[UUID, list[Seat]] = {one.pk: [] for one in enrolments}
    for seat in Seat.objects.taken().filter(enrolment__in=seats).order_by("period"):
        seats[seat.enrolment_id].append(seat)
    return {one.pk: Told(one, seats[one.pk]) for one in enrolments}


def _places() -> Any:
    return Enrolment.objects.enrolled().select_related(
        "member",
        "group__activity__season__operator__municipality",
        "group__basin__pool__facility__municipality",
        "group__basin__pool__facility__operator",
    )


def gather_baskets(messages: Sequence[Message]) -> Mapping[int, list[Told]]:
    ids = [one.subject_id for one in messages]
    found = list(_places().whole().filter(basket__in=ids).order_by("created_at", "pk"))
    told = _told(found)
    return {message.pk: [told[one.pk] for one in found if one.basket_id == message.subject_id] for message in messages}


def gather_enrolments(messages: Sequence[Message]) -> Mapping[int, list[Told]]:
    told = _told(list(_places().filter(pk__in=[one.subject_id for one in messages])))
    return {one.pk: [told[one.subject_id]] for one in messages if one.subject_id in told}


def render_enrolled(message: Message, told: list[Told] | None) -> Mail | None:
    """With the dates as a calendar; None once nobody of it is enrolled any more."""
    if not told:
        return None
    with translation.override(message.language):
        context = _context(told) | {"total": say_cents(sum(one.enrolment.cents for one in told))}
        subject = _("Inscription confirmée : %(what)s") % {"what": told[0].enrolment.group.activity.name}
        mail = letter("mail/enrolled", context, subject=subject, sender=_sender(told), language=message.language)
        text = assemble([_entry(one, seat) for one in told for seat in one.seats], method="PUBLISH").decode()
    return replace(mail, attachments=(("piscine.ics", text, "text/calendar; method=PUBLISH"),))


def render_first(message: Message, told: list[Told] | None, now: datetime | None = None) -> Mail | None:
    """None for who has left, and once it has begun."""
    now = now or timezone.now()
    if not told or not told[0].seats or told[0].seats[0].period.lower <= now:
        return None
    with translation.override(message.language):
        subject = _("Première séance : %(when)s") % {"when": say_moment(told[0].seats[0].period.lower)}
        return letter(
            "mail/first_session", _context(told), subject=subject, sender=_sender(told), language=message.language
        )


def render_ticket(message: Message, told: list[Told] | None) -> Mail | None:
    """None for a seat that is nobody's any more: the session is called off, or the family has given it back."""
    if not told or not told[0].seats:
        return None
    (one, *_none) = told
    enrolment, seat = one.enrolment, one.seats[0]
    context = {
        "who": enrolment.member.given_name,
        "where": one.facility.address_line,
        "reference": enrolment.reference,
    }
    with translation.override(message.language):
        subject = _("Votre billet : %(when)s") % {"when": say_moment(seat.period.lower)}
        context |= {
            "what": str(enrolment.group.activity),
            "when": say_period(seat.period.lower, seat.period.upper),
            "link": absolute("enrol:ticket", through=None, pk=enrolment.pk),
        }
        mail = letter("mail/pool_ticket", context, subject=subject, sender=_sender(told), language=message.language)
        text = assemble([_entry(one, seat)], method="PUBLISH").decode()
    return replace(mail, attachments=(("piscine.ics", text, "text/calendar; method=PUBLISH"),))


def _sender(told: Sequence[Told]) -> Sender:
    return Sender.of(told[0].enrolment.group.activity.season.operator.identity)


def _context(told: Sequence[Told]) -> dict[str, Any]:
    return {
        "places": [
            {
                "who": one.enrolment.member.given_name,
                "what": str(one.enrolment.group),
                "where": one.facility.address_line,
                "first": say_moment(one.seats[0].period.lower) if one.seats else "",
                "number": len(one.seats),
            }
            for one in told
        ],
        "link": absolute("enrol:mine", through=None),
    }


def _entry(told: Told, seat: Seat) -> str:
    enrolment, facility = told.enrolment, told.facility
    return render_entry(
        EntryFacts(
            # As in the family’s own calendar.
            uid=f"place-{seat.pk}@{settings.CALENDAR_DOMAIN}",
            sequence=0,
            changed_at=enrolment.enrolled_at or enrolment.created_at,
            starts_at=seat.period.lower,
            ends_at=seat.period.upper,
            summary=f"{enrolment.member.given_name}, {enrolment.group.activity.name}",
            location=facility.address_line,
            latitude=facility.latitude,
            longitude=facility.longitude,
        )
    )
