"""A family's places with their next sessions, and what each member still lacks for the groups that will open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from booking.activities.enrolling.eligibility import ON_CERTIFICATE, Why, obstacles
from booking.activities.enrolling.people import Family, family_of, say_place
from booking.activities.enrolling.prices import prices_for
from booking.activities.models import BasketState, EndReason, Enrolment, EnrolmentState, Seat
from booking.activities.pricing import Item, Remark, Residence
from booking.activities.resident.baskets import season_year
from booking.activities.seasons.offered import Offered, offered
from booking.activities.singles.absences import OPEN_FOR, is_absence, may_make_up, place_now
from booking.residents.models import HealthAttestation, Household, Member
from municipalities.directory import facilities
from municipalities.wording import say_moment

#: Dates that a page shows of a place; the calendar has them all.
NEXT = 3
HEALTH = "health:"


@dataclass(frozen=True)
class SeatAhead:
    """A seat of a session: where one says that one does not come, or takes it back."""

    pk: int
    at: datetime
    is_absent: bool
    is_made_up: bool
    #: An absence would still free it for somebody.
    may_leave: bool


@dataclass(frozen=True)
class Place:
    """`cents` only for the household that pays. `next` are the sessions to come that a page shows at once, `later` the
    others; `ticket` is the key of a place in one session.
    """

    pk: UUID
    what: str
    where: str
    state: str
    next: Sequence[SeatAhead]
    later: Sequence[SeatAhead]
    to_make_up: Sequence[SeatAhead]
    ticket: UUID | None
    cents: int | None
    is_to_pay: bool
    is_mine: bool

    @property
    def left(self) -> int:
        """Sessions to come to which somebody comes."""
        return sum(not seat.is_absent for seat in (*self.next, *self.later))


@dataclass(frozen=True)
class MemberPlaces:
    member: Member
    places: list[Place] = field(default_factory=list)


def places_of(household: Household, *, now: datetime) -> list[MemberPlaces]:
    """By member; a child of two households sees one schedule, each household only its own money. Three queries."""
    members = list(household.members.there())
    ids = [member.pk for member in members]
    ahead, lost = _seats(ids, now)
    rows = (
        Enrolment.objects.filter(member__in=ids, state__in=[EnrolmentState.PAYING, EnrolmentState.ENROLLED])
        .select_related("basket", "group__activity", "session")
        .order_by("created_at", "pk")
    )
    by_member: dict[UUID, list[Place]] = defaultdict(list)
    for row in rows:
        # A ticket says nothing more once its session is over, unless it is to be made up for.
        if row.session is not None and row.session.ends_at <= now and not lost[row.pk]:
            continue
        group = offered().get(row.group_id)
        is_mine = row.basket.household_id == household.pk
        start = row.session.starts_at if row.session else None
        by_member[row.member_id].append(
            Place(
                pk=row.pk,
                what=say_place(group, start) if group else str(row.group),
                where=facilities()[group.facility_id].name if group else "",
                state=str(EnrolmentState(row.state).label),
                next=ahead[row.pk][:NEXT],
                later=ahead[row.pk][NEXT:],
                to_make_up=lost[row.pk],
                ticket=row.pk if row.session_id and row.state == EnrolmentState.ENROLLED else None,
                cents=row.paid if is_mine else None,
                is_to_pay=is_mine and row.basket.state == BasketState.PAYING,
                is_mine=is_mine,
            )
        )
    return [MemberPlaces(member, by_member[member.pk]) for member in members if by_member[member.pk]]


def _seats(ids: Sequence[UUID], now: datetime) -> tuple[dict[UUID, list[SeatAhead]], dict[UUID, list[SeatAhead]]]:
    """By enrolment the seats of sessions to come that take place, and those that may be made up for elsewhere."""
    ahead: dict[UUID, list[SeatAhead]] = defaultdict(list)
    lost: dict[UUID, list[SeatAhead]] = defaultdict(list)
    stands = Q(enrolment__state__in=[EnrolmentState.PAYING, EnrolmentState.ENROLLED])
    missed = Q(freed_at__isnull=False, period__startswith__gt=now - OPEN_FOR)
    # Missed before the place went on in another group.
    earlier = missed & Q(enrolment__end_reason=EndReason.MOVED, period__startswith__lte=F("enrolment__ended_at"))
    seats = Seat.objects.filter(stands & (Q(period__startswith__gt=now) | missed) | earlier, member__in=ids)
    for seat in seats.select_related("session__group", "enrolment").order_by("period", "pk"):
        is_absent = is_absence(seat)
        in_time = now < seat.session.absence_until and seat.enrolment.state == EnrolmentState.ENROLLED
        shown = SeatAhead(seat.pk, seat.period.lower, is_absent, seat.made_up_by_id is not None, in_time)
        if seat.period.lower > now and not seat.session.is_called_off:
            ahead[seat.enrolment_id].append(shown)
        if may_make_up(seat, now=now):
            lost[place_now(seat).pk].append(shown)
    return ahead, lost


@dataclass(frozen=True)
class Missing:
    """Something to bring in order, and for which groups."""

    what: str
    groups: Sequence[str]
    page: str = ""

    @property
    def health(self) -> int | None:
        """The season whose health tick it is."""
        return int(self.page.removeprefix(HEALTH)) if self.page.startswith(HEALTH) else None


@dataclass(frozen=True)
class Readiness:
    member: Member
    missing: list[Missing]
    openings: Sequence[tuple[str, str]]


def readiness_of(household: Household, *, now: datetime) -> list[Readiness]:
    """Per member, of the activities that open or are open: what is missing for which, and when each opens for them."""
    family = family_of(household, now=now)
    ahead = [group for group in offered().values() if group.windows and group.next_meeting(now)]
    attested = set(
        HealthAttestation.objects.filter(member__in=[one.pk for one in family.members]).values_list("member", "season")
    )
    # What each would pay here, to find the prices for which a home is to be proved.
    at_home = replace(family, residence=Residence.TERRITORY, lacks_proof=False)
    found = []
    for member in family.members:
        if member.is_born:
            prices = prices_for(family, member, ahead, now=now), prices_for(at_home, member, ahead, now=now)
            found.append(_ready(family, member, ahead, prices, attested, now))
    return found


def _ready(
    family: Family,
    member: Member,
    groups: Sequence[Offered],
    prices: tuple[Mapping[int, Item], Mapping[int, Item]],
    attested: set[tuple[UUID, int]],
    now: datetime,
) -> Readiness:
    person = family.persons[member.pk]
    lacks: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    price, at_home = prices
    openings: dict[str, datetime] = {}
    for group in groups:
        found = {one.why: one for one in obstacles(person, group, now=now)}
        if Why.AGE in found or Why.UNBORN in found:
            continue
        name = str(group.name)
        _paper(lacks, member, group, attested, price.get(group.pk), at_home.get(group.pk))
        for why, page in ((Why.LEVEL, ""), (Why.CERTIFICATE, ""), (Why.UNPAID, "payments:mine")):
            if why in found:
                lacks[found[why].sentence, page][name] = None
        waits = found.get(Why.NOT_OPEN)
        if waits and waits.opens_at:
            openings[name] = min(waits.opens_at, openings.get(name, waits.opens_at))
    return Readiness(
        member,
        [Missing(what, list(names), page) for (what, page), names in lacks.items()],
        [(name, say_moment(moment)) for name, moment in sorted(openings.items(), key=lambda one: one[1])],
    )


def _paper(
    lacks: dict[tuple[str, str], dict[str, None]],
    member: Member,
    group: Offered,
    attested: set[tuple[UUID, int]],
    price: Item | None,
    at_home: Item | None,
) -> None:
    """What does not keep from enrolling but costs time or money: the health tick, the proof of home, the quotient."""
    name = str(group.name)
    year = season_year(group)
    if group.kind not in ON_CERTIFICATE and (member.pk, year) not in attested:
        lacks[_("L’attestation de santé de la saison : une case à cocher."), f"{HEALTH}{year}"][name] = None
    if price and at_home and price.total > at_home.total:
        said = _("Un justificatif de domicile vu à la piscine : sans lui, le tarif des autres communes s’applique.")
        lacks[said, "family:town"][name] = None
    elif price and Remark.TOP_BAND in price.remarks:
        said = _(
            "Une attestation de quotient familial vue à la piscine : sans elle, le tarif le plus élevé s’applique."
        )
        lacks[said, ""][name] = None
