"""A family takes a ticket: before the minute for the draw, afterwards at the end of the queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Mark, Opening, Ticket
from booking.activities.opening.draw import draw_once
from booking.activities.seasons.calls import remind
from booking.residents.models import Household
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal

MOST_MARKS = 12
#: Together with everybody else who takes a ticket, and not with who draws.
HOLD_SQL = "SELECT * FROM activities_opening WHERE id = %s FOR SHARE"


class OpeningMoved(Refusal):
    code = "opening_moved"
    sentence = _("Cette ouverture a changé d’heure. Votre ticket, s’il y en avait un, vous a suivi à la nouvelle.")


class TooManyMarks(Refusal):
    code = "too_many_marks"
    sentence = _("Douze groupes repérés au plus : retirez-en un d’abord.")


@dataclass(frozen=True)
class Taken:
    """`is_new` is false for a ticket that the family had already: it keeps its rank."""

    ticket: Ticket
    is_new: bool


def take(*, opening: Opening, household: Household, wants_sms: bool = False, now: datetime | None = None) -> Taken:
    """The ticket of this family: one, from however many devices. Raises OpeningMoved, Busy.

    Before the minute the opening is held together with all others who take a ticket, so that the draw waits for them;
    after it, alone, so that ranks follow the order in which people came.
    """
    now = now or timezone.now()
    with patient_transaction():
        if opening.opens_at > now:
            held = Opening.objects.raw(HOLD_SQL, [opening.pk])[0]
        else:
            held = draw_once(opening.pk, now=now)
        if held.moved_to_id is not None:
            raise OpeningMoved
        before = Ticket.objects.filter(opening=held, household=household).first()
        if before is not None:
            return Taken(before, is_new=False)
        rank = held.last_rank + 1 if held.drawn_at else None
        new = Ticket(
            opening=held,
            household=household,
            rank=rank,
            language=(get_language() or "fr")[:2],
            wants_sms=wants_sms,
            taken_at=now,
        )
        _insert(new)
        ticket = Ticket.objects.filter(opening=held, household=household).order_by("taken_at").first()
        assert ticket is not None
        is_new = ticket.pk == new.pk
        if is_new and rank is not None:
            Opening.objects.filter(pk=held.pk).update(last_rank=F("last_rank") + 1)
        if is_new:
            remind([ticket], opens_at=held.opens_at, now=now)
        return Taken(ticket, is_new)


def _insert(ticket: Ticket) -> None:
    """Nothing where another device of the family is first: the constraint decides, and its ticket is found."""
    Ticket.objects.bulk_create([ticket], ignore_conflicts=True)


def wish_sms(*, ticket: Ticket, wants_sms: bool) -> None:
    with patient_transaction():
        Ticket.objects.filter(pk=ticket.pk).update(wants_sms=wants_sms)


def mark(*, household: Household, group: int) -> None:
    """Keep an eye on this group; marking again changes nothing. Raises TooManyMarks."""
    with patient_transaction():
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        mine = Mark.objects.filter(household=household)
        if mine.filter(group=group).exists():
            return
        if mine.count() >= MOST_MARKS:
            raise TooManyMarks
        Mark.objects.create(household=household, group_id=group)


def unmark(*, household: Household, group: int) -> None:
    with patient_transaction():
        Mark.objects.filter(household=household, group=group).delete()


def is_marked(household: UUID, group: int) -> bool:
    return Mark.objects.filter(household=household, group=group).exists()


def ticket_of(opening: Opening, household: UUID) -> Ticket | None:
    return Ticket.objects.filter(opening=opening, household=household).first()
