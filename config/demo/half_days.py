"""What goes on at nurseries between two commissions: a place that came free, half-days for occasional care. Invented."""

from datetime import date, timedelta

from django.utils import timezone

from booking.nurseries.enums import ApplicationState, CareKind, Half, Section
from booking.nurseries.models import ApplicationChild, Nursery, OccasionalPlace, PresentChild
from booking.nurseries.occasional import taking
from booking.nurseries.occasional.days import days_ahead, section_of
from booking.nurseries.occasional.exceptions import MoreThanFree
from booking.nurseries.occasional.opening import admit, open_places
from booking.nurseries.vacancies.running import look
from config.demo.commission import DIRECTOR, RULES_BY
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember

#: Nurseries with half-days, and families who take some of them.
NURSERIES, FAMILIES = 3, 6
#: So far ahead they have opened half-days.
WORKING_DAYS = 5
#: Children who leave sooner than their nursery had said: enough of them that somebody on the list is next.
LEAVING = 12


def build_half_days(today: date) -> int:
    """A vacancy on the desk, and open half-days, some of them taken. Their number."""
    director = StaffMember.objects.get(email=DIRECTOR)
    mine = list(Nursery.objects.run_by(director).select_related("facility").order_by("facility__name"))
    _let_some_leave(mine[0].authority_id, today)
    for one in mine[:NURSERIES]:
        Nursery.objects.filter(pk=one.pk).update(accepts_occasional=True)
        one.refresh_from_db()
        _open(one, today, director)
    _take(mine[:NURSERIES], StaffMember.objects.get(email=RULES_BY))
    return OccasionalPlace.objects.count()


def _let_some_leave(authority_id: int, today: date) -> None:
    """Children are told to leave with this month until the next of the list has a place to confirm."""
    staying = PresentChild.objects.filter(nursery__authority=authority_id, last_month__isnull=False)
    last = today.replace(day=1)
    for pk in list(
        staying.filter(last_month__gt=last).order_by("-last_month", "pk").values_list("pk", flat=True)[:LEAVING]
    ):
        PresentChild.objects.filter(pk=pk).update(last_month=last)
    look(authority_id)


def _open(nursery: Nursery, today: date, director: StaffMember) -> None:
    """Where the capacity leaves room, up to two places of each section, for a week from tomorrow on."""
    for day in [one for one in days_ahead(today) if one > today][:WORKING_DAYS]:
        for half in Half.values:
            for section in Section.values:
                try:
                    _up_to_two(nursery, day, half, section, director)
                except Refusal:
                    continue


def _up_to_two(nursery: Nursery, day: date, half: str, section: str, director: StaffMember) -> None:
    try:
        open_places(nursery=nursery, day=day, half=half, section=section, number=2, by=director)
    except MoreThanFree as refusal:
        if refusal.free:
            open_places(nursery=nursery, day=day, half=half, section=section, number=refusal.free, by=director)


def _take(nurseries: list[Nursery], by: StaffMember) -> None:
    """Families who asked for occasional care are admitted, and have taken what was free first."""
    waiting = ApplicationChild.objects.filter(
        is_live=True,
        need__kind=CareKind.OCCASIONAL,
        application__state=ApplicationState.COMPLETE,
        member__born_on__lt=timezone.localdate() - timedelta(days=90),
    )
    for nth, child in enumerate(waiting.select_related("member", "application").order_by("number")[:FAMILIES]):
        nursery = nurseries[nth % len(nurseries)]
        admit(child=child, nursery=nursery, by=by)
        free = OccasionalPlace.objects.free().filter(nursery=nursery).order_by("day", "half", "number")
        place = next((one for one in free if one.section == section_of(child, one.day)), None)
        if place is not None:
            stay = taking.hold(child=child, nursery=nursery, day=place.day, half=place.half)
            taking.confirm(stay_id=stay.pk)
