"""The list of the day, mailed at seven: for the day the network fails."""

from django.db.models import Q
from django.utils import timezone

from booking.appointments.counter.day_queries import bounds
from booking.appointments.counter.messages import owed_day_list
from booking.appointments.enums import CANCELLED, State
from booking.appointments.free_time.gaps import computed
from booking.appointments.models import Appointment, Counter, MorningList
from municipalities.database.transactions import patient_transaction
from municipalities.models import Facility, StaffMember


def set_morning_list(
    *,
    facility: Facility,
    to_me: bool,
    by: StaffMember,
    to_facility: bool | None = None,
    shows_names: bool | None = None,
) -> MorningList:
    """Subscribe oneself or not; `to_facility` and `shows_names` None leave what the facility gets as it is."""
    with patient_transaction(by=by):
        chosen, _made = MorningList.objects.get_or_create(facility=facility)
        wanted = {"to_facility": to_facility, "shows_names": shows_names}
        for name in [name for name, value in wanted.items() if value is not None]:
            setattr(chosen, name, wanted[name])
        chosen.save(update_fields=["to_facility", "shows_names"])
        if to_me:
            chosen.agents.add(by)
        else:
            chosen.agents.remove(by)
    return chosen


def send_morning_lists() -> int:
    """Owe today's list to all who want it, once a day whatever the number of calls. The number of mails.

    Nothing for facilities out of service, on days they are closed, or when nobody is expected.
    """
    today = timezone.localdate()
    start, end = bounds(today)
    expected = (
        Appointment.objects.filter(starts_at__gte=start, starts_at__lt=end)
        .exclude(state__in=[State.HELD, *CANCELLED])
        .values("facility")
    )
    due = MorningList.objects.filter(
        Q(sent_on__isnull=True) | Q(sent_on__lt=today), facility__is_active=True, facility__in=expected
    )
    owed = 0
    for chosen in due.select_related("facility__municipality").prefetch_related("agents"):
        if not is_open(chosen.facility):
            continue
        with patient_transaction():
            # Whoever sets the date sends; the other worker finds it set.
            if due.filter(pk=chosen.pk).update(sent_on=today):
                owed += owed_day_list(chosen, today)
    return owed


def is_open(facility: Facility) -> bool:
    """Whether any counter is open at any time today, holidays and closures considered."""
    counters = list(Counter.objects.filter(facility=facility, is_active=True).select_related("facility__municipality"))
    return any(computed(counters, [timezone.localdate()], appointments=False).values())
