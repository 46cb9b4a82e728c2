"""Places are held and let go: what a family or an agent puts into the basket, and takes out of it.

One transaction for each action. The basket's row decides between two tabs of one family, the constraints between all
families. Every addition and removal prices the whole basket anew, since ranks go by all of it; between them a price
stays what it was.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking.activities.enrolling import numbers
from booking.activities.enrolling.eligibility import (
    FOR_EVERYBODY,
    Obstacle,
    Person,
    Why,
    is_trial,
    obstacles,
    obstacles_to_one,
)
from booking.activities.enrolling.numbers import AT_LEAST, HOLD, Wanted
from booking.activities.enrolling.people import Family, family_of, say_group
from booking.activities.enrolling.prices import Asked, as_json, lines_of, quoted
from booking.activities.enrolling.refusals import (
    BasketClosed,
    Change,
    NoOffice,
    NoSuchGroup,
    NotEligible,
    NotEnrolled,
    SamePersonTwice,
    SameTime,
    SessionOver,
    TriedAlready,
)
from booking.activities.enrolling.turn import must_be_admitted
from booking.activities.models import Basket, BasketState, EndReason, Enrolment, EnrolmentState, Seat, Session
from booking.activities.pricing import Line
from booking.activities.seasons.numbering import ONE_PLACE_AT_A_TIME
from booking.activities.seasons.offered import Offered, offered
from booking.activities.tariffs.wording import say_line
from booking.payments.models import CashOffice
from booking.residents.models import Household, Member
from municipalities.database.cached import one_version
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.models import StaffMember
from municipalities.wording import colon

ONCE_IN_A_GROUP = "a_member_is_once_in_a_group"
TRIED_ONCE = "a_member_tries_an_activity_once"
SEAT_TAKEN = "one_taker_per_number_of_a_session"
#: So often what stood in the way may be gone at the next look.
LOOKS = 4

#: The family's open basket at an office, locked; made where there is none.
BASKET_SQL = """
INSERT INTO activities_basket (id, household_id, office_id, state, language, opened_at, opened_by_id)
VALUES (%s, %s, %s, 'open', %s, %s, %s)
ON CONFLICT (household_id, office_id) WHERE state = 'open' DO UPDATE SET language = EXCLUDED.language
RETURNING id
"""


@dataclass(frozen=True)
class Choice:
    """This member in the group of this key, or in one session of it alone."""

    member: Member
    group: int
    session: UUID | None = None


@dataclass(frozen=True)
class Held:
    """`enrolments` are the new ones, `changes` what other lines of the basket cost since."""

    basket: UUID
    enrolments: list[UUID]
    changes: list[Change] = field(default_factory=list)
    tries: int = 0


def hold(
    *,
    household: Household,
    choices: Sequence[Choice],
    together: bool = False,
    by: StaffMember | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> Held:
    """Hold a number and its seats for each of these, all or none, in the family's basket, for twenty minutes.

    `together`: they stay all or none until they are paid. An agent who gives a reason passes over a window, an age, a
    level, a paper or a debt; it is kept. Raises NoSuchGroup, NoOffice, NotEligible, NotYourTurn, GroupFull, GroupOver,
    SessionFull, SessionOver, SamePersonTwice, TriedAlready, SameTime, NoPrice, Busy.
    """
    now = now or timezone.now()
    # The offer is asked once which version it is of: nothing here changes it.
    with one_version():
        for look in range(LOOKS):
            try:
                with patient_transaction(by=by):
                    return _hold(household, choices, together, by, reason.strip(), now)
            except IntegrityError as error:
                if not _gone_meanwhile(error, choices, now) or look == LOOKS - 1:
                    raise explained(error, choices, now) from error
    raise AssertionError


def _hold(
    household: Household,
    choices: Sequence[Choice],
    together: bool,
    by: StaffMember | None,
    reason: str,
    now: datetime,
) -> Held:
    family = family_of(household, now=now)
    groups = [group_of(choice.group) for choice in choices]
    passed_over = _judge(family, choices, groups, by, reason, now)
    if by is None:
        # At the counter people stand in a queue already: it and the net open together.
        persons = [family.persons[choice.member.pk] for choice in choices]
        must_be_admitted(household.pk, list(zip(persons, groups, strict=True)), now)
    basket = _open_basket(household, office_of(groups), by, now)
    numbers.lock_members({choice.member.pk for choice in choices})
    bond = uuid4() if together and len(choices) > 1 else None
    wanted = [
        Wanted(
            basket=basket,
            group=choice.group,
            session=choice.session,
            trial_of=_trial_of(family, choice, group),
            member=choice.member.pk,
            held_until=now + HOLD,
            together=bond,
            reason=reason if choice in passed_over else "",
        )
        for choice, group in zip(choices, groups, strict=True)
    ]
    # What stands alone in its basket is written once, with its price; else ranks go by all the lines.
    is_alone = not Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD).exists()
    if is_alone:
        _price(family, wanted, choices, groups, now)
    new = [numbers.take(one, now=now) for one in wanted]
    changes = [] if is_alone else _price_anew(family, basket, now=now, until=now + HOLD, new=new)
    return Held(basket, new, changes, max((one.tries for one in wanted), default=0))


def _price(
    family: Family, wanted: Sequence[Wanted], choices: Sequence[Choice], groups: Sequence[Offered], now: datetime
) -> None:
    asked = [
        Asked(str(one.id), choice.member, group, is_single=choice.session is not None)
        for one, choice, group in zip(wanted, choices, groups, strict=True)
    ]
    items, today = quoted(family, asked, now=now), timezone.localdate(now)
    for one, place in zip(wanted, asked, strict=True):
        item = items[place.key]
        one.cents, one.price = item.total, json.dumps(as_json(item, place.group, today))


def _trial_of(family: Family, choice: Choice, group: Offered) -> int | None:
    tries = choice.session is not None and is_trial(family.persons[choice.member.pk], group)
    return group.activity_id if tries else None


def group_of(pk: int) -> Offered:
    """Raises NoSuchGroup for one that the public does not see."""
    found = offered().get(pk)
    if found is None:
        raise NoSuchGroup
    return found


def office_of(groups: Sequence[Offered]) -> CashOffice:
    """The cash office of these groups' pools; all of one basket are paid at one. Raises NoOffice."""
    found = {_office(group) for group in groups}
    if len(found) != 1:
        raise NoOffice
    return found.pop()


def _office(group: Offered) -> CashOffice:
    active = CashOffice.objects.filter(is_active=True)
    if group.cash_office_id is not None:
        office = active.filter(pk=group.cash_office_id).first()
    else:
        office = active.filter(operator=group.operator_id).order_by("pk").first()
    if office is None:
        raise NoOffice
    return office


def _judge(
    family: Family,
    choices: Sequence[Choice],
    groups: Sequence[Offered],
    by: StaffMember | None,
    reason: str,
    now: datetime,
) -> list[Choice]:
    """Raises NotEligible with the sentence of every rule in the way; those that an agent's reason passes over."""
    passed_over, refused = [], []
    for choice, group in zip(choices, groups, strict=True):
        person = family.persons.get(choice.member.pk)
        if person is None:
            raise NoSuchGroup
        found = _in_the_way(person, group, choice, now)
        if by is not None and reason and found and not any(one.why in FOR_EVERYBODY for one in found):
            passed_over.append(choice)
        elif found:
            refused += [(choice.member, one) for one in found]
    if refused:
        raise NotEligible([_said_of(member, one) for member, one in refused])
    return passed_over


def _in_the_way(person: Person, group: Offered, choice: Choice, now: datetime) -> list[Obstacle]:
    if choice.session is None:
        return obstacles(person, group, now=now)
    start = Session.objects.filter(pk=choice.session, group=group.pk).values_list("starts_at", flat=True).first()
    if start is None:
        raise SessionOver
    return obstacles_to_one(person, group, start, now=now)


def _said_of(member: Member, obstacle: Obstacle) -> str:
    if obstacle.why in (Why.OVER, Why.UNPAID, Why.NOT_ONLINE):
        return obstacle.sentence
    return f"{member.given_name}{colon()} {obstacle.sentence}"


def _open_basket(household: Household, office: CashOffice, by: StaffMember | None, now: datetime) -> UUID:
    language = (get_language() or "fr")[:2]
    with connection.cursor() as cursor:
        cursor.execute(BASKET_SQL, [uuid4(), household.pk, office.pk, language, now, by.pk if by else None])
        return UUID(str(cursor.fetchone()[0]))


def _price_anew(
    family: Family, basket: UUID, *, now: datetime, until: datetime, new: Collection[UUID] = ()
) -> list[Change]:
    """The whole basket at the prices of today, held until then; what lines that are not new cost since. A group that is
    offered no more keeps its price.
    """
    held = Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD).order_by("created_at", "pk")
    held.update(held_until=until)
    lines = list(held.filter(group__in=offered()))
    members = {member.pk: member for member in family.members}
    asked = [
        Asked(
            str(line.pk),
            members.get(line.member_id) or line.member,
            group_of(line.group_id),
            is_single=line.session_id is not None,
        )
        for line in lines
    ]
    items = quoted(family, asked, now=now) if asked else {}
    changes, today = [], timezone.localdate(now)
    for line, one in zip(lines, asked, strict=True):
        item = items[one.key]
        before, line.price = line.price, as_json(item, one.group, today)
        if line.pk not in new and before.get("lines") != json.loads(json.dumps(line.price["lines"])):
            changes.append(change_of(line, one.member, one.group, lines_of(before), item.lines))
        line.cents = item.total
    Enrolment.objects.bulk_update(lines, ["cents", "price"])
    return changes


def price_anew(*, basket: Basket, now: datetime | None = None) -> list[Change]:
    """What a basket holds at the prices of today, after the pool has changed something; in the caller's transaction."""
    now = now or timezone.now()
    held = Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD)
    until = max((line.held_until for line in held if line.held_until), default=now)
    return _price_anew(family_of(basket.household, now=now), basket.pk, now=now, until=max(until, now + AT_LEAST))


def change_of(line: Enrolment, member: Member, group: Offered, before: Sequence[Line], after: Sequence[Line]) -> Change:
    return Change(
        line.pk,
        f"{member.given_name}, {say_group(group)}",
        [(say_line(one), one.amount) for one in before],
        [(say_line(one), one.amount) for one in after],
    )


def _gone_meanwhile(error: IntegrityError, choices: Sequence[Choice], now: datetime) -> bool:
    """Whether another look may help: what stood in the way was a hold whose time is over, or a seat sold by itself."""
    if refused_by(error, SEAT_TAKEN):
        return True
    if not any(refused_by(error, one) for one in (ONCE_IN_A_GROUP, ONE_PLACE_AT_A_TIME, TRIED_ONCE)):
        raise error
    with patient_transaction():
        return sum(numbers.release_expired(member=choice.member.pk, now=now) for choice in choices) > 0


def explained(error: IntegrityError, choices: Sequence[Choice], now: datetime) -> NotEnrolled:
    """The refusal that a constraint's violation is for people; names what else they do at that time."""
    if refused_by(error, ONCE_IN_A_GROUP):
        return SamePersonTwice()
    if refused_by(error, TRIED_ONCE):
        return TriedAlready()
    for choice in choices:
        sessions = Session.objects.planned().filter(group=choice.group, starts_at__gt=now)
        sessions = sessions.filter(pk=choice.session) if choice.session else sessions
        times = [(start, end) for start, end in sessions.values_list("starts_at", "ends_at")]
        seats = Seat.objects.taken().filter(member=choice.member.pk, period__endswith__gt=now)
        elsewhere = seats if choice.session else seats.exclude(enrolment__group=choice.group)
        for period, group in elsewhere.values_list("period", "enrolment__group"):
            if any(start < period.upper and period.lower < end for start, end in times):
                known = offered().get(group)
                return SameTime(say_group(known) if known else _("autre activité"))
    return SameTime()


def drop_line(*, enrolment: Enrolment, by: StaffMember | None = None, now: datetime | None = None) -> list[Change]:
    """Out of the basket: its place is free at once, the others keep theirs for five minutes at least.

    What the rest costs since. Raises BasketClosed for what is no longer only held.
    """
    now = now or timezone.now()
    with patient_transaction(by=by):
        basket = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=enrolment.basket_id)
        line = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrolment.pk)
        if line.state == EnrolmentState.ENDED:
            return []
        if basket.state != BasketState.OPEN or line.held_until is None:
            raise BasketClosed
        numbers.end_rows([line.pk], reason=EndReason.DROPPED, now=now)
        household = Household.objects.get(pk=basket.household_id)
        until = max(line.held_until, now + AT_LEAST)
        return _price_anew(family_of(household, now=now), basket.pk, now=now, until=until)


def want_together(*, basket: Basket, enrolments: Collection[UUID]) -> None:
    """These lines of the basket stay all or none; those that were bound otherwise are by themselves. Raises
    BasketClosed.
    """
    with patient_transaction():
        locked = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=basket.pk)
        if locked.state != BasketState.OPEN:
            raise BasketClosed
        held = Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD)
        Enrolment.objects.filter(basket=basket).update(together=None)
        chosen = held.filter(pk__in=enrolments)
        if chosen.count() > 1:
            chosen.update(together=uuid4())
