"""A basket as a page shows it: who, what, where, what it costs line by line, and how long it is held."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from django.db.models import QuerySet
from django.utils import timezone

from booking.activities.enrolling.paying import charge_of
from booking.activities.enrolling.people import say_place
from booking.activities.enrolling.prices import lines_of, remarks_of
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState
from booking.activities.seasons.offered import Offered, offered
from booking.activities.tariffs.wording import say_line, say_remark
from booking.payments.models import Charge
from booking.residents.families.erasing import SEASON_BEGINS
from booking.residents.models import HealthAttestation, Household, Member
from municipalities.directory import facilities


@dataclass(frozen=True)
class LineView:
    enrolment: Enrolment
    member: Member
    what: str
    place: str
    lines: Sequence[tuple[str, int]]
    remarks: Sequence[str]
    next_at: datetime | None
    sessions: int


@dataclass(frozen=True)
class Unattested:
    member: Member
    season: int


@dataclass
class BasketView:
    basket: Basket
    rows: list[Enrolment]
    lines: list[LineView]
    minutes: int
    unattested: list[Unattested]
    charge: Charge | None = None
    shown: str = ""
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = sum(row.cents for row in self.rows)


def baskets_of(household: Household) -> list[Basket]:
    """The open ones and those that are being paid, the newest first."""
    found = Basket.objects.of_household(household).filter(state__in=[BasketState.OPEN, BasketState.PAYING])
    return list(found.order_by("-opened_at", "-pk"))


def lines_in(basket: Basket) -> QuerySet[Enrolment]:
    return Enrolment.objects.standing().filter(basket=basket)


def view_of(basket: Basket) -> BasketView:
    now = timezone.now()
    rows = list(lines_in(basket).select_related("member", "session").order_by("created_at", "pk"))
    until = [row.held_until for row in rows if row.held_until is not None]
    left = (min(until) - now).total_seconds() if until else 0.0
    return BasketView(
        basket=basket,
        rows=rows,
        lines=[line_of(row, now) for row in rows],
        minutes=max(ceil(left / 60), 0),
        unattested=not_attested(basket) if basket.state == BasketState.OPEN else [],
        charge=charge_of(basket) if basket.state in (BasketState.PAYING, BasketState.PAID) else None,
    )


def line_of(row: Enrolment, now: datetime) -> LineView:
    group = offered().get(row.group_id)
    start = row.session.starts_at if row.session else None
    return LineView(
        enrolment=row,
        member=row.member,
        what=say_place(group, start) if group else str(row.group),
        place=facilities()[group.facility_id].name if group else "",
        lines=[(say_line(line), line.amount) for line in lines_of(row.price)],
        remarks=[say_remark(remark) for remark in remarks_of(row.price)],
        next_at=group.next_meeting(now) if group and start is None else None,
        sessions=group.left(now) if group else 0,
    )


def not_attested(basket: Basket) -> list[Unattested]:
    """Who swims in a season for which nobody has ticked that the health questions need no doctor."""
    held = Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD).select_related("member")
    wanted = {(row.member_id, season): row.member for row in held if (season := _season(row.group_id))}
    given = set(
        HealthAttestation.objects.filter(member__in=[pk for pk, _season in wanted]).values_list("member", "season")
    )
    return [Unattested(member, season) for (pk, season), member in wanted.items() if (pk, season) not in given]


def _season(group_id: int) -> int:
    """The year in which the season of a group begins; 0 for one that is gone."""
    group = offered().get(group_id)
    return season_year(group) if group else 0


def season_year(group: Offered) -> int:
    """The season for which health is attested, as residents count it: from September on."""
    starts = group.season_starts
    return starts.year if starts.month >= SEASON_BEGINS else starts.year - 1
