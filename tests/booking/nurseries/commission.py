"""A commission of tests: an authority with two small nurseries, its people, a grid, families who ask."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from booking.nurseries.answers import publishing
from booking.nurseries.enums import HALF_DAYS
from booking.nurseries.models import (
    ApplicationChild,
    Criterion,
    Nursery,
    NurseryOpening,
    PointsGrid,
    Round,
    RoundNursery,
    Wish,
)
from booking.nurseries.points.actions import publish_grid
from booking.nurseries.rounds import deciding
from booking.nurseries.rounds.freezing import announce, freeze
from municipalities.enums import OperatorKind, Role
from municipalities.models import Operator, StaffMember
from tests import people
from tests.factories import (
    ApplicationChildFactory,
    ApplicationParentFactory,
    CareNeedFactory,
    MemberFactory,
    MunicipalityFactory,
    NurseryApplicationFactory,
    NurseryFactory,
    OperatorFactory,
    PointsGridFactory,
)

WHOLE = list(HALF_DAYS)
MONDAY = ["mon_am", "mon_pm"]
TUESDAY = ["tue_am", "tue_pm"]


def next_month() -> date:
    today = timezone.localdate()
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def born_in(child: ApplicationChild) -> date:
    """The first day of its month, as operators count it."""
    born = child.member.born_on
    assert born is not None
    return born.replace(day=1)


@dataclass
class Commission:
    """`lutins` has two places at once, `ronde` one."""

    authority: Operator
    chair: StaffMember
    member: StaffMember
    lutins: Nursery
    ronde: Nursery
    grid: PointsGrid
    asked: list[ApplicationChild] = field(default_factory=list)

    def ask(
        self,
        *wishes: Nursery,
        points: int = 0,
        days: list[str] | None = None,
        any_of: int | None = None,
        down_to: int | None = None,
        name: str = "Cachemire",
        **application: Any,
    ) -> ApplicationChild:
        """One family, whose referral gives the child so many points."""
        made = NurseryApplicationFactory.create(authority=self.authority, **application)
        born = timezone.localdate() - timedelta(days=200)
        member = MemberFactory.create(given_name=f"Prénom{name}", family_name=f"Nom{name}", born_on=born)
        child = ApplicationChildFactory.create(application=made, member=member)
        days = days or MONDAY
        number = len({day[:3] for day in days})
        CareNeedFactory.create(
            child=child,
            start_month=next_month(),
            half_days=days,
            any_of=any_of,
            mode="any" if any_of else "week",
            down_to=down_to or any_of or number,
        )
        ApplicationParentFactory.create(application=made, name=f"Parent Nom{name}", address=f"3 rue {name}-Secrète")
        for rank, nursery in enumerate(wishes or (self.lutins,), 1):
            Wish.objects.create(application=made, rank=rank, nursery=nursery)
        if points:
            child.claims.create(
                code="referral",
                value=str(points),
                reason="fictif",
                by=self.chair,
                at=timezone.now(),
                proven_at=timezone.now(),
                is_sensitive=True,
            )
        self.asked.append(child)
        return child

    def announced(self) -> Round:
        today = timezone.localdate()
        round = Round(
            operator=self.authority,
            name="Commission fictive",
            closes_on=today - timedelta(days=1),
            meets_on=today,
            first_month=next_month(),
            month_count=3,
        )
        return announce(round=round, by=self.chair)

    def frozen(self) -> Round:
        return freeze(round=self.announced(), by=self.chair)


def published(commission: Commission) -> Round:
    """Everybody's vote is for it."""
    round = commission.frozen()
    for row in RoundNursery.objects.filter(round=round):
        deciding.vote(nursery=row, version=1, votes_for=3, votes_against=0, abstained=0, by=commission.chair)
    publishing.publish(round=round, by=commission.chair)
    round.refresh_from_db()
    return round


def make_commission() -> Commission:
    authority = OperatorFactory.create(name="Agglomération fictive", kind=OperatorKind.AGGLOMERATION)
    town = MunicipalityFactory.create(name="Ville-Fictive")
    grid = PointsGridFactory.create(operator=authority)
    Criterion.objects.create(
        grid=grid,
        code="referral",
        label={"fr": "Orientation"},
        kind="given",
        least=0,
        most=200,
        set_by="referent",
        is_sensitive=True,
    )
    publish_grid(grid=grid, by=people.for_nurseries(Role.CHILDCARE_MANAGER, authority))
    return Commission(
        authority=authority,
        chair=people.for_nurseries(Role.COMMISSION_CHAIR, authority),
        member=people.for_nurseries(Role.COMMISSION_MEMBER, authority),
        lutins=_nursery(authority, town, "Les Lutins", 2),
        ronde=_nursery(authority, town, "La Ronde", 1),
        grid=grid,
    )


def _nursery(authority: Operator, town: Any, name: str, places: int) -> Nursery:
    nursery = NurseryFactory.create(authority=authority, facility__name=name, facility__municipality=town)
    NurseryOpening.objects.create(
        nursery=nursery,
        first_month=timezone.localdate().replace(day=1),
        authorised=dict.fromkeys(HALF_DAYS, places),
    )
    return nursery
