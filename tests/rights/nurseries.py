"""Nurseries, with a row of every table that speaks of their places or of a family's request."""

from datetime import date, timedelta

from django.utils import timezone

from booking.nurseries.enums import ApplicationState, DocumentKind
from booking.nurseries.models import (
    ApplicationNote,
    FamilyDocument,
    LikelyDouble,
    Nursery,
    NurseryApplication,
    NurseryHours,
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
    Wish,
    WishedTown,
)
from municipalities.models import Municipality, Operator, StaffMember
from tests.factories import (
    ApplicationChildFactory,
    ApplicationParentFactory,
    CareNeedFactory,
    CommissionMeetingFactory,
    HeldBackFactory,
    MemberFactory,
    NurseryApplicationFactory,
    NurseryFactory,
    NurseryOpeningFactory,
    PresentChildFactory,
    StaffMemberFactory,
    TownChildcareFactory,
)

BORN = date(2026, 4, 12)


def make_request(*, authority: Operator, town: Municipality, agent: StaffMember) -> NurseryApplication:
    """Complete, with everything in it; and a draft that may be its double."""
    request = NurseryApplicationFactory.create(
        authority=authority, email="crypte@mail.example", phone="+33612000000", draft={"x": ["Cryptée"]}
    )
    nursery = NurseryFactory.create(authority=authority, facility__municipality=town)
    child = MemberFactory.create(given_name="Ada", family_name="Cryptée", born_on=BORN)
    CareNeedFactory.create(child=ApplicationChildFactory.create(application=request, member=child))
    ApplicationParentFactory.create(application=request, name="Paul Cryptée", municipality=town)
    Wish.objects.create(application=request, rank=1, nursery=nursery)
    WishedTown.objects.create(application=request, municipality=town)
    ApplicationNote.objects.create(application=request, text="Rappel cryptée", by=agent)
    FamilyDocument.objects.create(application=request, kind=DocumentKind.ADDRESS, content=b"x" * 40)
    other = NurseryApplicationFactory.create(authority=authority, state=ApplicationState.WITHDRAWN)
    LikelyDouble.objects.create(one=other, other=request, is_same=False, settled_at=timezone.now(), settled_by=agent)
    NurseryApplicationFactory.create(
        authority=authority, state=ApplicationState.DRAFT, received_at=None, confirmed_at=None, draft={"x": ["Cryptée"]}
    )
    return request


def make_nursery() -> Nursery:
    nursery = NurseryFactory.create(facility__name="Crèche Secrète")
    NurseryOpeningFactory.create(nursery=nursery)
    HeldBackFactory.create(nursery=nursery)
    PresentChildFactory.create(nursery=nursery)
    NurseryHours.objects.create(nursery=nursery, month="2026-01-01", attended=900, billed=1000)
    TownChildcareFactory.create(municipality=nursery.facility.municipality)
    CommissionMeetingFactory.create(authority=nursery.authority)
    make_half_day(nursery)
    return nursery


def make_half_day(nursery: Nursery) -> None:
    """A nursery that takes a child now and then, with a place that is taken and one who waits."""
    Nursery.objects.filter(pk=nursery.pk).update(accepts_occasional=True)
    child, agent = ApplicationChildFactory.create(application__authority=nursery.authority), StaffMemberFactory.create()
    day = timezone.localdate() + timedelta(days=3)
    OccasionalCare.objects.create(nursery=nursery)
    OccasionalAdmission.objects.create(child=child, nursery=nursery, admitted_by=agent)
    place = OccasionalPlace.objects.create(nursery=nursery, day=day, half="am", section="small", number=1)
    OccasionalStay.objects.create(place=place, child=child, day=day, half="am", state="taken")
    OccasionalWish.objects.create(child=child, nursery=nursery, day=day, half="pm", section="small")
