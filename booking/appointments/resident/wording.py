"""Preferences of a waiting person said in words, for a summary list."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.models import WaitingListEntry
from municipalities.models import Facility, Municipality
from municipalities.wording import of_town, say_day, say_time, say_weekday


def say_preferences(mine: WaitingListEntry) -> list[dict[str, str]]:
    """The wish in words, for a summary list."""
    rows = [{"label": _("Démarche"), "value": str(mine.type)}]
    if mine.people_count > 1:
        said = ngettext("%(n)s personne", "%(n)s personnes", mine.people_count) % {"n": mine.people_count}
        rows.append({"label": _("Pour"), "value": said})
    rows.append({"label": _("Où"), "value": _where(mine)})
    rows.append({"label": _("Quand"), "value": _when(mine.from_day, mine.until_day)})
    if mine.weekdays:
        rows.append({"label": _("Jours"), "value": ", ".join(say_weekday(number) for number in mine.weekdays)})
    hours = []
    if mine.earliest:
        hours.append(_("pas avant %(hour)s") % {"hour": say_time(mine.earliest)})
    if mine.latest:
        hours.append(_("pas après %(hour)s") % {"hour": say_time(mine.latest)})
    if hours:
        rows.append({"label": _("Heure d’arrivée"), "value": ", ".join(hours)})
    return rows


def _where(mine: WaitingListEntry) -> str:
    home: Municipality | None = mine.home_municipality
    if mine.radius_km and home is not None:
        return _("à %(km)s km au plus %(of_town)s") % {"km": mine.radius_km, "of_town": of_town(home.name)}
    if mine.facility_ids:
        places = Facility.objects.filter(pk__in=mine.facility_ids).order_by("slug")
        return ", ".join(facility.name for facility in places)
    return _("toutes les mairies qui proposent ce rendez-vous")


def _when(first: date, last: date) -> str:
    first = max(first, timezone.localdate())
    if first == last:
        return say_day(first)
    return _("du %(first)s au %(last)s") % {"first": say_day(first), "last": say_day(last)}
