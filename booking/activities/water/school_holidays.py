"""School holidays of the territory's zone: filled from the published list, which ends some day, and edited by hand."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from vacances_scolaires_france import SchoolHolidayDates

from booking.activities.models import SchoolHoliday
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.wording import say_day

ZONE = "B"


class HolidaysOverlap(Refusal):
    code = "holidays_overlap"
    sentence = _("D’autres vacances couvrent déjà une partie de ces jours.")


def published(years: Iterable[int]) -> list[tuple[str, date, date]]:
    """Name, first and last day of the holidays of the zone, in order; years that the list does not know give none."""
    source = SchoolHolidayDates()
    days: dict[date, str] = {}
    for year in years:
        if source.min_year <= year <= source.max_year:
            for day, said in source.holidays_for_year_and_zone(year, ZONE).items():
                days[day] = said["nom_vacances"].replace("'", "’")
    found: list[tuple[str, date, date]] = []
    for day, name in sorted(days.items()):
        if found and found[-1][0] == name and found[-1][2] + timedelta(days=1) == day:
            found[-1] = (name, found[-1][1], day)
        else:
            found.append((name, day, day))
    return found


def fill(*, from_day: date, by: StaffMember | None) -> int:
    """Add what is published from a day on and overlaps nothing that is there. How many."""
    source = SchoolHolidayDates()
    with patient_transaction(by=by):
        there = list(SchoolHoliday.objects.filter(last_day__gte=from_day))
        new = [
            SchoolHoliday(name=name, first_day=first, last_day=last)
            for name, first, last in published(range(from_day.year, source.max_year + 1))
            if last >= from_day and not any(one.first_day <= last and one.last_day >= first for one in there)
        ]
        return len(SchoolHoliday.objects.bulk_create(new, ignore_conflicts=True))


def save(*, holiday: SchoolHoliday, by: StaffMember | None) -> SchoolHoliday:
    """What is planned already stays as it is. Raises HolidaysOverlap."""
    try:
        with patient_transaction(by=by):
            holiday.save()
    except IntegrityError as error:
        if not refused_by(error, "school_holidays_never_overlap"):
            raise
        raise HolidaysOverlap from error
    return holiday


def remove(*, holiday: SchoolHoliday, by: StaffMember | None) -> None:
    with patient_transaction(by=by):
        holiday.delete()


def known_until() -> date | None:
    """The last day of which anything is known; after it nothing is a school holiday because nobody knows."""
    return SchoolHoliday.objects.order_by("-last_day").values_list("last_day", flat=True).first()


def beyond(last_day: date) -> str:
    """What to say of a season that goes on after what is known; empty where it does not."""
    until = known_until()
    if until is None:
        return gettext("Les vacances scolaires ne sont pas encore saisies : aucune n’est sautée.")
    if last_day <= until:
        return ""
    return gettext("Les vacances scolaires sont connues jusqu’au %(until)s : après, aucune n’est sautée.") % {
        "until": say_day(until)
    }
