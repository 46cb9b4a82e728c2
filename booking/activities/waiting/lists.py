"""Who waits for a group: they join, they leave, they answer what they are offered.

The row of who waits decides, by its constraint: whoever has left is offered nothing, and whoever is being offered
something has not left. The number itself is held by an enrolment in state OFFERED, so that it is nobody else's.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, connection
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from booking.activities.enrolling import numbers
from booking.activities.enrolling.eligibility import obstacles
from booking.activities.enrolling.holding import BASKET_SQL, group_of, price_anew
from booking.activities.enrolling.numbers import HOLD
from booking.activities.enrolling.offers import places_taken
from booking.activities.enrolling.people import family_of
from booking.activities.enrolling.refusals import NotEligible
from booking.activities.enrolling.turn import must_be_admitted
from booking.activities.models import (
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    LeftBecause,
    Seat,
    Waiting,
)
from booking.activities.waiting import letters
from booking.residents.models import Household, Member
from municipalities.database.transactions import Busy, patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember

WAITS_ONCE = "a_member_waits_once_for_a_group"
NOTHING_FOR_WHO_LEFT = "whoever_has_left_is_offered_nothing"
#: So often an offer may come in between.
LOOKS = 4


class PlaceFree(Refusal):
    code = "place_free"
    sentence = _("Une place est libre dans ce groupe : prenez-la, il n’y a pas à attendre.")


class WaitsAlready(Refusal):
    code = "waits_already"
    sentence = _("Cette personne est déjà sur la liste d’attente de ce groupe.")


class OfferLapsed(Refusal):
    code = "pool_offer_lapsed"
    sentence = _(
        "Le délai pour répondre est passé, la place est proposée à la personne suivante. "
        "Vous gardez votre rang : la prochaine place libre vous est proposée."
    )


class AnsweredAlready(Refusal):
    code = "pool_offer_answered"
    sentence = _("Vous avez déjà répondu à cette proposition. Rien n’a été changé.")


class InYourBasket(Refusal):
    code = "offer_in_basket"
    sentence = _("La place proposée est déjà dans votre panier : réglez-la, ou retirez-la du panier.")


def join(*, household: Household, member: Member, group: int, now: datetime | None = None) -> Waiting:
    """At the end of the list. Raises NoSuchGroup, NotEligible, NotYourTurn, PlaceFree, WaitsAlready."""
    now = now or timezone.now()
    family = family_of(household, now=now)
    offered = group_of(group)
    person = family.persons.get(member.pk)
    found = obstacles(person, offered, now=now) if person else []
    if person is None or found:
        raise NotEligible([one.sentence for one in found])
    try:
        with patient_transaction():
            # While an opening lets families in by rank, nobody comes first by waiting for what is full.
            must_be_admitted(household.pk, [(person, offered)], now)
            capacity = numbers.lock_group(group)
            numbers.release_expired(group=group, now=now)
            if places_taken(now).get(group, 0) < capacity:
                raise PlaceFree
            language = (get_language() or "fr")[:2]
            return Waiting.objects.create(
                group_id=group, member=member, household=household, language=language, joined_at=now
            )
    except IntegrityError as error:
        if refused_by(error, WAITS_ONCE):
            raise WaitsAlready from error
        raise


def leave(
    *,
    entry: Waiting,
    because: LeftBecause = LeftBecause.FAMILY,
    by: StaffMember | None = None,
    now: datetime | None = None,
) -> None:
    """Off the list; what is being offered goes to the next. A second press changes nothing.

    Raises InYourBasket for who has taken an offer and not paid for it yet; Busy.
    """
    now = now or timezone.now()
    for _look in range(LOOKS):
        try:
            with patient_transaction(by=by):
                current = Waiting.objects.get(pk=entry.pk)
                if current.left_at is not None:
                    return
                if current.offer_id is not None:
                    _let_go(current.offer_id, now)
                Waiting.objects.filter(pk=entry.pk).update(left_at=now, left_because=because)
                return
        except IntegrityError as error:
            # They were offered something while they were leaving: that is let go too.
            if not refused_by(error, NOTHING_FOR_WHO_LEFT):
                raise
    raise Busy


def go_on_in(*, group: int, into: int, now: datetime) -> None:
    """Those who wait for a group that is merged wait for the other, by the day they came; who waits there already has
    the earlier of both days, and who has a place there waits no more. Each is told. In the caller's transaction, which
    holds both groups, and only where nothing is being offered.
    """
    placed = set(Enrolment.objects.enrolled().whole().filter(group=into).values_list("member", flat=True))
    there = {one.member_id: one for one in Waiting.objects.still().filter(group=into)}
    for entry in Waiting.objects.still().filter(group=group).select_related("household"):
        mine = Waiting.objects.filter(pk=entry.pk)
        has_place, double = entry.member_id in placed, there.get(entry.member_id)
        if has_place or double is not None:
            because = LeftBecause.ENROLLED if has_place else LeftBecause.OVER
            mine.update(left_at=now, left_because=because)
        else:
            mine.update(group=into, passed_at=None)
        if double is not None:
            earlier = min(entry.joined_at, double.joined_at)
            Waiting.objects.filter(pk=double.pk).update(joined_at=earlier)
        letters.owe_list_over(entry, now=now, merged=(group, into), has_place=has_place)


def _let_go(offer: UUID, now: datetime) -> None:
    line = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=offer)
    if line.state in (EnrolmentState.HELD, EnrolmentState.PAYING):
        raise InYourBasket
    if line.state == EnrolmentState.OFFERED:
        end_offer(line, EndReason.REFUSED, now)


def end_offer(line: Enrolment, reason: EndReason, now: datetime) -> None:
    """The number is free for the next; whom it was offered to waits on. In the caller's transaction, which holds it."""
    numbers.end_rows([line.pk], reason=reason, now=now)
    Basket.objects.filter(pk=line.basket_id, state=BasketState.OFFERED).update(state=BasketState.LET_GO)


def refuse(*, entry: Waiting, now: datetime | None = None) -> None:
    """The number goes to the next, the rank stays. Raises OfferLapsed, AnsweredAlready."""
    now = now or timezone.now()
    with patient_transaction():
        end_offer(_offered_to(entry, now), EndReason.REFUSED, now)


def accept(*, entry: Waiting, leaves_others: bool = False, now: datetime | None = None) -> Basket:
    """The number is in the family's basket, held for twenty minutes at today's price. They wait until it is paid.

    `leaves_others`: once it is, they wait for no other group of the activity. Raises OfferLapsed, AnsweredAlready,
    NoPrice, NoSuchGroup.
    """
    now = now or timezone.now()
    with patient_transaction():
        line = _offered_to(entry, now)
        # What is hidden meanwhile has no price.
        group_of(line.group_id)
        before = Basket.objects.get(pk=line.basket_id)
        language = (get_language() or "fr")[:2]
        with connection.cursor() as cursor:
            cursor.execute(BASKET_SQL, [uuid4(), before.household_id, before.office_id, language, now, None])
            basket = Basket.objects.get(pk=cursor.fetchone()[0])
        # Sessions that have passed while they thought about it were nobody's.
        Seat.objects.filter(enrolment=line, period__startswith__lte=now).delete()
        Enrolment.objects.filter(pk=line.pk).update(basket=basket, state=EnrolmentState.HELD, held_until=now + HOLD)
        Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD).update(held_until=now + HOLD)
        Waiting.objects.filter(pk=entry.pk).update(leaves_others=leaves_others)
        before.delete()
        price_anew(basket=basket, now=now)
        return basket


def _offered_to(entry: Waiting, now: datetime) -> Enrolment:
    """What they are being offered, locked. Raises AnsweredAlready, OfferLapsed."""
    current = Waiting.objects.get(pk=entry.pk)
    if current.offer_id is None:
        raise AnsweredAlready if current.left_at or _last_was_refused(current) else OfferLapsed
    line = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=current.offer_id)
    if line.state != EnrolmentState.OFFERED:
        raise AnsweredAlready
    if line.held_until is not None and line.held_until <= now:
        raise OfferLapsed
    return line


def _last_was_refused(entry: Waiting) -> bool:
    over = Enrolment.objects.filter(group=entry.group_id, member=entry.member_id, state=EnrolmentState.ENDED)
    last = over.order_by("-ended_at", "-pk").values_list("end_reason", flat=True).first()
    return last == EndReason.REFUSED


def lengths(groups: list[int] | None = None) -> dict[int, int]:
    """How many wait, by group: what everybody may know of a list."""
    found = Waiting.objects.filter(left_at__isnull=True)
    found = found.filter(group__in=groups) if groups is not None else found
    return dict(found.values_list("group").annotate(n=Count("pk")).order_by("group"))


def ranks(entries: list[Waiting]) -> dict[UUID, int]:
    """The place of each of these in their list, the first is 1."""
    groups = {one.group_id for one in entries}
    found: dict[UUID, int] = {}
    counted: dict[int, int] = {}
    for pk, group in Waiting.objects.still().filter(group__in=groups).values_list("pk", "group"):
        found[pk] = counted[group] = counted.get(group, 0) + 1
    return found
