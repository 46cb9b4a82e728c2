"""A session that families have bought, called off or moved: seats, credit and letters in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.changes import letters
from booking.activities.enrolling.holding import price_anew
from booking.activities.enrolling.numbers import BASKET
from booking.activities.enrolling.prices import sold_as
from booking.activities.models import Basket, Enrolment, EnrolmentState, Seat, Session
from booking.activities.models.seasons import CreditRule
from booking.activities.pricing import rounded
from booking.activities.seasons import sessions
from booking.activities.seasons.groups import must_plan
from booking.payments import credits
from booking.payments.enums import CreditReason
from booking.payments.messages import owe_credits
from booking.payments.models import Charge, CreditNote
from booking.payments.models.charges import AccountItem
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import StaffMember

#: More sessions than anything has.
ALL = 10_000


class BeingPaid(Refusal):
    code = "being_paid"
    sentence = _("Quelqu’un est en train de régler une place de ce groupe : réessayez dans quelques minutes.")


class FamiliesCredited(Refusal):
    code = "families_credited"
    sentence = _("Les familles ont déjà été prévenues de l’annulation : ajoutez plutôt une séance.")


class OthersSince(Refusal):
    code = "others_since"
    sentence = _("Quelqu’un s’est inscrit ou désinscrit entre-temps. Rien n’est changé : regardez à nouveau.")


@dataclass(frozen=True)
class Credited:
    """What one enrolment gets back for sessions it has lost."""

    enrolment: Enrolment
    cents: int


@dataclass(frozen=True)
class Consequences:
    """What calling a session off would mean: how many people and families, and the credit notes by the group's rule."""

    people: int
    families: int
    credits: Sequence[Credited]

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.credits)


def consequences_of(session: Session) -> Consequences:
    """Reads only."""
    enrolled = _enrolled_in(session)
    families = {one.basket.household_id for one in enrolled}
    return Consequences(len(enrolled), len(families), credits_for(enrolled, {session.pk}, session.group.credit_rule))


def credits_for(enrolled: Sequence[Enrolment], lost: set[UUID], rule: str) -> list[Credited]:
    """The share of these sessions in what each enrolment cost: differences of rounded running totals, so that all
    sessions of an enrolment together are never worth more than it cost.
    """
    return credits_of(enrolled, lost) if rule == CreditRule.CREDIT else []


def credits_of(enrolled: Sequence[Enrolment], lost: set[UUID]) -> list[Credited]:
    """The same where the rule of all their groups is credit. Two queries, and the database counts: a week of a pool
    touches thousands of seats.
    """
    seats = _seats_of(enrolled, lost)
    behind = _seats_behind(enrolled)
    found = []
    for one in enrolled:
        mine = seats.get(one.pk, _NO_SEATS)
        of = mine.all + behind.get(one.pk, 0)
        cents = _share(one.cents, mine.before + mine.lost, of) - _share(one.cents, mine.before, of)
        if cents > 0 and one.asked_in_id is not None:
            found.append(Credited(one, cents))
    return found


class _Seats(NamedTuple):
    """Of one enrolment: all its seats, those credited before, and those it loses now."""

    all: int
    before: int
    lost: int


_NO_SEATS = _Seats(0, 0, 0)


def _seats_of(enrolled: Sequence[Enrolment], lost: Collection[UUID]) -> dict[UUID, _Seats]:
    # Lost by a session that was called off; who had said that they would not come has lost nothing by it.
    by_the_pool = Q(freed_at=F("session__called_off_at"))
    now = Q(session__in=list(lost))
    rows = (
        Seat.objects.filter(enrolment__in=enrolled)
        .values_list("enrolment")
        .annotate(
            all=Count("pk"),
            before=Count("pk", filter=by_the_pool & ~now),
            lost=Count("pk", filter=now & (by_the_pool | Q(freed_at=None))),
        )
        .order_by("enrolment")
    )
    return {pk: _Seats(*counted) for pk, *counted in rows}


def _seats_behind(enrolled: Sequence[Enrolment]) -> dict[UUID, int]:
    """Sessions that somebody had in the groups they came from: these are part of what they paid for."""
    behind: dict[UUID, int] = defaultdict(int)
    come_from = {one.pk: one.moved_from_id for one in enrolled if one.moved_from_id}
    # Theirs until they moved, whether they came or had said that they would not: an absence is no refund.
    over = Q(period__startswith__lte=F("enrolment__ended_at"), session__called_off_at=None)
    had = Q(freed_at=None) | over & Q(enrolment__enrolled_at__isnull=False)
    while come_from:
        earlier = {one.pk: one for one in Enrolment.objects.filter(pk__in=come_from.values())}
        kept = Seat.objects.filter(had, enrolment__in=earlier)
        number = dict(kept.values_list("enrolment").annotate(n=Count("pk")).order_by("enrolment"))
        for pk, before in come_from.items():
            behind[pk] += number.get(before, 0)
        come_from = {
            pk: from_there
            for pk, before in come_from.items()
            if before in earlier and (from_there := earlier[before].moved_from_id)
        }
    return behind


def prices_of_sessions(enrolled: Sequence[Enrolment], number: int) -> dict[UUID, int]:
    """So many sessions of each of these, in cents, after those that were credited before. Two queries."""
    seats, behind = _seats_of(enrolled, ()), _seats_behind(enrolled)
    found = {}
    for one in enrolled:
        mine = seats.get(one.pk, _NO_SEATS)
        of = mine.all + behind.get(one.pk, 0)
        found[one.pk] = _share(one.cents, min(mine.before + number, of), of) - _share(one.cents, mine.before, of)
    return found


def left_of(enrolled: Sequence[Enrolment], rule: str) -> dict[UUID, int]:
    """What of the price of each of these was not given back by the rule of their group, in cents."""
    if rule != CreditRule.CREDIT:
        return {one.pk: one.cents for one in enrolled}
    return prices_of_sessions(enrolled, ALL)


def _share(cents: int, sessions_lost: int, of: int) -> int:
    return rounded(Fraction(cents * sessions_lost, of), 1) if of else 0


def call_off(*, session: Session, reason: Translated, by: StaffMember, seen: int | None = None) -> int:
    """The session does not take place: seats are free, each family is told, and has its credit note by the rule of the
    group. `seen` is how many people the preview showed. How many letters are owed.

    Raises BeingPaid, OthersSince, and what `sessions.call_off` does.
    """
    must_plan(session.group.activity.season, by)
    with patient_transaction(by=by):
        # Money first, as wherever money and places change together; then nobody enters or leaves the group.
        enrolled = _enrolled_in(session)
        lock_charges(enrolled)
        sessions.call_off(session=session, reason=reason, by=by)
        _nobody_pays(session)
        _same_as(enrolled, session, seen)
        owe_credits(give(credits_for(enrolled, {session.pk}, session.group.credit_rule), by=by, now=timezone.now()))
        _price_holds_anew(session)
        return letters.owe(letters.CALLED_OFF, session, [one.member_id for one in enrolled])


def give(due: Sequence[Credited], *, by: StaffMember | None, now: datetime) -> list[CreditNote]:
    """One credit note for each charge, in the caller's transaction, which holds them; nobody is told here. Few queries,
    whatever the number.
    """
    subjects = {one.enrolment.asked_in_id for one in due if one.enrolment.asked_in_id}
    found = Charge.objects.filter(subject_type=BASKET, subject_id__in=subjects).order_by("created_at")
    charges: dict[UUID | None, UUID] = dict(found.values_list("subject_id", "pk"))
    wanted: dict[UUID, list[tuple[AccountItem | None, int]]] = defaultdict(list)
    for one in due:
        wanted[charges[one.enrolment.asked_in_id]].append((sold_as(one.enrolment.price), one.cents))
    return credits.issue_many(wanted, reason=CreditReason.CALLED_OFF, by=by, now=now)


def move(*, session: Session, start: datetime, end: datetime, by: StaffMember) -> int:
    """To another time with everybody in it; each family is told. How many letters are owed.

    Raises what `sessions.move_session` does: also MembersElsewhere, who then names the other activities.
    """
    before = session.starts_at
    with patient_transaction(by=by):
        sessions.move_session(session=session, start=start, end=end, by=by)
        members = [one.member_id for one in _enrolled_in(session)]
        return letters.owe_moved(session, members, before=before)


def reinstate(*, session: Session, by: StaffMember) -> None:
    """It takes place after all, where nobody was told otherwise. Raises FamiliesCredited and what `sessions` does."""
    told = Seat.objects.filter(
        session=session, freed_at=session.called_off_at, enrolment__state=EnrolmentState.ENROLLED
    )
    if session.is_called_off and told.exists():
        raise FamiliesCredited
    sessions.reinstate(session=session, by=by)


def _enrolled_in(session: Session) -> list[Enrolment]:
    found = Enrolment.objects.enrolled().filter(seats__session=session, seats__freed_at__isnull=True)
    return list(found.select_related("basket", "asked_in", "member").order_by("pk"))


def lock_charges(enrolled: Sequence[Enrolment]) -> None:
    subjects = {one.asked_in_id for one in enrolled if one.asked_in_id}
    list(Charge.objects.select_for_update().filter(subject_id__in=subjects).order_by("pk"))


def _nobody_pays(session: Session) -> None:
    paying = Seat.objects.filter(
        session=session, freed_at=session.called_off_at, enrolment__state=EnrolmentState.PAYING
    )
    if paying.exists():
        raise BeingPaid


def _same_as(enrolled: Sequence[Enrolment], session: Session, seen: int | None) -> None:
    """Raises OthersSince where somebody has come or gone since we looked, or since the preview."""
    freed = Seat.objects.filter(
        session=session, freed_at=session.called_off_at, enrolment__state=EnrolmentState.ENROLLED
    )
    now = set(freed.values_list("enrolment", flat=True))
    if now != {one.pk for one in enrolled} or (seen is not None and seen != len(now)):
        raise OthersSince


def _price_holds_anew(session: Session) -> None:
    """Whoever holds a place pays for the sessions that are left, and is shown the new price before paying."""
    holds = Enrolment.objects.filter(
        state=EnrolmentState.HELD, seats__session=session, seats__freed_at=session.called_off_at
    )
    for basket in Basket.objects.filter(enrolments__in=holds).distinct().order_by("pk"):
        price_anew(basket=basket)
