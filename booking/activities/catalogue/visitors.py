"""Who looks at the activities: everybody, or a family that is signed in, for one of its members."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest

from booking.activities.enrolling.eligibility import obstacles
from booking.activities.enrolling.people import Family, family_of
from booking.activities.enrolling.prices import price_for
from booking.activities.models import Enrolment, EnrolmentState
from booking.activities.seasons.offered import Offered
from booking.activities.tariffs.wording import say_line, say_remark
from booking.residents.access import current
from booking.residents.models import Member
from municipalities.directory import municipalities
from municipalities.models import Municipality


@dataclass(frozen=True)
class Visitor:
    """`member` is whom the activities are shown for, `held` how many places the family's basket holds, until when."""

    family: Family | None = None
    member: Member | None = None
    held: int = 0
    held_until: datetime | None = None

    @property
    def members(self) -> Sequence[Member]:
        return [member for member in self.family.members if member.is_born] if self.family else []

    @property
    def home(self) -> Municipality | None:
        return municipalities().get(self.family.household.home_municipality_id or 0) if self.family else None


def visitor_of(request: HttpRequest, chosen: str, now: datetime) -> Visitor:
    """`chosen` is the id of a member of theirs; one that is alone is chosen by itself. Whoever is not signed in costs
    no query.
    """
    session = current(request)
    if session is None:
        return Visitor()
    family = family_of(session.guardian.household, now=now)
    born = [member for member in family.members if member.is_born]
    member = next((one for one in born if str(one.pk) == chosen), born[0] if len(born) == 1 else None)
    holds = Enrolment.objects.filter(basket__household=family.household, state=EnrolmentState.HELD, held_until__gt=now)
    until = list(holds.values_list("held_until", flat=True))
    return Visitor(family, member, len(until), min((one for one in until if one), default=None))


@dataclass(frozen=True)
class Candidate:
    """A member on a group's page: may it be chosen for them, what is in the way, what it costs line by line."""

    member: Member
    reasons: Sequence[str]
    lines: Sequence[tuple[str, int]] = ()
    remarks: Sequence[str] = field(default_factory=list)
    total: int | None = None

    @property
    def can_choose(self) -> bool:
        return not self.reasons


def candidates(family: Family, group: Offered, now: datetime) -> list[Candidate]:
    found = []
    for member in family.members:
        if not member.is_born:
            continue
        reasons = [one.sentence for one in obstacles(family.persons[member.pk], group, now=now)]
        price = price_for(family, member, group, now=now)
        found.append(
            Candidate(
                member,
                reasons,
                [(say_line(line), line.amount) for line in price.lines] if price else [],
                [say_remark(remark) for remark in price.remarks] if price else [],
                price.total if price else None,
            )
        )
    return found
