"""What eligibility and prices need to know of a family, read once for all groups of a page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.activities.enrolling.eligibility import Person
from booking.activities.models import Enrolment, EnrolmentState, GivenLevel, Seat
from booking.activities.pricing import Place, Residence, is_fresh
from booking.activities.seasons.offered import Offered, offered
from booking.payments.enums import ChargeState
from booking.payments.models import Charge
from booking.residents.enums import PaperKind
from booking.residents.models import Household, Member, SeenPaper
from municipalities.directory import municipalities
from municipalities.wording import say_moment, say_time, say_weekday

#: Whoever was in a group of a season that ended within so many days is among those who come back.
COMES_BACK_WITHIN = timedelta(days=200)
#: The end of everything, for people without birth date.
_GROWN_UP = 99


@dataclass(frozen=True)
class Family:
    """A household as it is now. `residence` is what the price asks for: that somebody saw the proof of the home, which
    one that says it lives here may lack. `papers` are the dates of those that prove, or proved, a status.
    """

    household: Household
    members: Sequence[Member]
    residence: Residence
    quotient: int | None
    persons: dict[UUID, Person]
    papers: dict[UUID, date]
    #: Places of this household by season, the earliest first.
    places: dict[int, list[Place]] = field(default_factory=dict)
    lacks_proof: bool = False

    def member(self, pk: UUID) -> Member | None:
        return next((member for member in self.members if member.pk == pk), None)


def family_of(household: Household, *, now: datetime) -> Family:
    """Seven queries at most, whatever the number of groups."""
    today = timezone.localdate(now)
    members = list(household.members.there())
    ids = [member.pk for member in members]
    home = municipalities().get(household.home_municipality_id or 0)
    lives_here = home is not None and home.is_member
    papers = list(SeenPaper.objects.filter(household=household).order_by("-paper_on", "-pk"))
    valid = [paper for paper in papers if paper.valid_until >= today]
    proves = any(paper.kind == PaperKind.RESIDENCE for paper in valid)
    certified = {paper.member_id for paper in valid if paper.kind == PaperKind.MEDICAL}
    statuses: dict[UUID, date] = {}
    # One that has run out proves nothing; one that prices think too old says why the price is the full one.
    for paper in [*valid, *(one for one in papers if not is_fresh(one.paper_on, today))]:
        if paper.kind == PaperKind.STATUS and paper.member_id is not None:
            statuses.setdefault(paper.member_id, paper.paper_on)
    levels: dict[UUID, int] = {}
    for member_id, level in (
        GivenLevel.objects.filter(member__in=ids).order_by("given_on", "pk").values_list("member", "level")
    ):
        levels[member_id] = level
    owes = Charge.objects.of_household(household).filter(state=ChargeState.UNPAID).exists()
    standing, was_in, places, tried = _enrolments(household, ids, now)
    # Who has a place nowhere is busy nowhere: so is nearly everybody who comes to an opening.
    busy = _busy(ids, now) if standing or tried else {}
    persons = {
        member.pk: Person(
            born_on=member.born_on,
            level=levels.get(member.pk),
            lives_here=lives_here,
            was_in=frozenset(was_in[member.pk]),
            in_groups=frozenset(standing[member.pk]),
            has_tried=frozenset(tried[member.pk]),
            has_certificate=member.pk in certified,
            owes=owes,
            busy=busy.get(member.pk, {}),
        )
        for member in members
    }
    return Family(
        household=household,
        members=members,
        residence=Residence.TERRITORY if lives_here and proves else Residence.OTHER,
        quotient=household.quotient_on_day(today),
        persons=persons,
        papers=statuses,
        lacks_proof=lives_here and not proves,
        places=places,
    )


def _enrolments(
    household: Household, ids: Sequence[UUID], now: datetime
) -> tuple[dict[UUID, set[int]], dict[UUID, set[tuple[str, str]]], dict[int, list[Place]], dict[UUID, set[int]]]:
    """By member the groups they have a place in, and those they are or were enrolled in; by season what is paid for;
    by member the activities in which they had a place for one session.
    """
    tried: dict[UUID, set[int]] = defaultdict(set)
    standing: dict[UUID, set[int]] = defaultdict(set)
    was_in: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    places: dict[int, list[Place]] = defaultdict(list)
    since = timezone.localdate(now) - COMES_BACK_WITHIN
    found = (
        Enrolment.objects.standing()
        .filter(member__in=ids, group__activity__season__last_day__gte=since)
        .order_by("enrolled_at", "created_at", "pk")
        .select_related("group__activity__season", "basket", "member")
    )
    for one in found:
        group, season = one.group, one.group.activity.season
        # A hold whose time is over keeps nobody from anything.
        lasts = one.held_until is None or one.held_until > now
        if one.session_id is not None:
            if lasts:
                tried[one.member_id].add(group.activity_id)
            continue
        if lasts:
            standing[one.member_id].add(one.group_id)
        if one.state == EnrolmentState.ENROLLED:
            was_in[one.member_id].add((group.activity.code, group.code))
        if one.basket.household_id == household.pk and one.state in (EnrolmentState.ENROLLED, EnrolmentState.PAYING):
            known = offered().get(group.pk)
            age = years_on(one.member, known.counted_on if known else group.first_day)
            places[season.pk].append(Place(str(one.member_id), group.tariff_code, age))
    return standing, was_in, places, tried


def _busy(ids: Sequence[UUID], now: datetime) -> dict[UUID, dict[date, list[tuple[datetime, datetime, str]]]]:
    """By member and day (of UTC, as sessions are compared), what they are enrolled in then."""
    seats = (
        Seat.objects.taken()
        .filter(member__in=ids, period__endswith__gt=now)
        .exclude(enrolment__in=Enrolment.objects.expired(now))
        .values_list("member", "period", "enrolment__group")
    )
    found: dict[UUID, dict[date, list[tuple[datetime, datetime, str]]]] = defaultdict(lambda: defaultdict(list))
    for member_id, period, group_id in seats:
        known = offered().get(group_id)
        found[member_id][period.lower.date()].append(
            (period.lower, period.upper, say_group(known) if known else _("autre activité"))
        )
    return found


def say_group(group: Offered) -> str:
    """« École de natation, mercredi à 17 h »."""
    return f"{group.name}, {say_weekday(group.weekday)} {say_time(group.starts)}"


def say_place(group: Offered, start: datetime | None) -> str:
    """The same; of a place in one session the day of that: « Aquabike, mercredi 2 décembre à 17 h »."""
    return say_group(group) if start is None else f"{group.name}, {say_moment(start)}"


def years_on(member: Member, day: date) -> int:
    age = member.age_on(day)
    return _GROWN_UP if age is None else age
