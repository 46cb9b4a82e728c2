"""A nursery of tests that takes children now and then, and families it knows."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from booking.nurseries.enums import HALF_DAYS, CareKind
from booking.nurseries.models import ApplicationChild, Nursery, NurseryOpening, OccasionalAdmission, OccasionalPlace
from booking.nurseries.occasional.opening import open_places
from municipalities.holidays import public_holidays
from municipalities.models import StaffMember
from tests import people
from tests.factories import (
    ApplicationChildFactory,
    CareNeedFactory,
    MemberFactory,
    NurseryApplicationFactory,
    NurseryFactory,
)


@dataclass
class Occasional:
    nursery: Nursery
    manager: StaffMember
    day: date

    def child(self, name: str = "Alpha", *, admitted: bool = True) -> ApplicationChild:
        """Not a year old, of a family with a complete request for occasional care."""
        request = NurseryApplicationFactory.create(authority=self.nursery.authority)
        born = timezone.localdate() - timedelta(days=200)
        member = MemberFactory.create(given_name=name, family_name=f"Nom{name}", born_on=born)
        child = ApplicationChildFactory.create(application=request, member=member)
        CareNeedFactory.create(child=child, kind=CareKind.OCCASIONAL)
        if admitted:
            OccasionalAdmission.objects.create(child=child, nursery=self.nursery, admitted_by=self.manager)
        return child

    def open(self, number: int = 1, half: str = "am") -> list[OccasionalPlace]:
        return open_places(
            nursery=self.nursery, day=self.day, half=half, section="small", number=number, by=self.manager
        )


def working_day(ahead: int = 5) -> date:
    """A day on which nurseries work, so many days ahead or a little later."""
    day = timezone.localdate() + timedelta(days=ahead)
    while day.weekday() > 4 or day in public_holidays(day.year, insee_code="68224", good_friday=True):
        day += timedelta(days=1)
    return day


def make_occasional(name: str = "Les Lutins") -> Occasional:
    nursery = NurseryFactory.create(facility__name=name, accepts_occasional=True)
    NurseryOpening.objects.create(
        nursery=nursery,
        first_month=timezone.localdate().replace(day=1),
        authorised=dict.fromkeys(HALF_DAYS, 4),
    )
    return Occasional(nursery, people.nursery_manager(nursery.facility), working_day())
