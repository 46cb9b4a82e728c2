"""Nothing is free: what each filter given up would bring. Asked only then, two statements each (config/adr/0044)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from booking.appointments.resident.search_request import WHEN, SearchRequest
from booking.appointments.search.answers import Search, Slot
from booking.appointments.search.availability import first_of
from municipalities.query_names import Param


@dataclass(frozen=True)
class WayOut:
    """One filter given up: where that leads, and the first start it brings where that was looked up."""

    label: str
    href: str
    first: Slot | None = None
    is_known: bool = True


def ways_out(asked: SearchRequest) -> list[WayOut]:
    return [
        WayOut(label, asked.link(jour=None, mois=None, **changes), first_of(search))
        for label, changes, search in _given_up(asked)
    ]


def _given_up(asked: SearchRequest) -> Iterator[tuple[str, dict[str, str | list[str] | None], Search]]:
    """(in words, changes of the address, the search without it); all of the time at once where there are several."""
    data, search = asked.form.cleaned_data, asked.search()
    at_any_time = replace(search, from_day=None, until_day=None, weekdays=frozenset(), earliest=None, latest=None)
    given = [
        bool(data[Param.FROM_DAY] or data[Param.UNTIL_DAY]),
        bool(data[Param.WEEKDAYS]),
        bool(data[Param.NOT_BEFORE] or data[Param.NOT_AFTER]),
    ]
    if given[1]:
        yield _("Chercher tous les jours de la semaine"), {Param.WEEKDAYS: None}, replace(search, weekdays=frozenset())
    if given[2]:
        without = replace(search, earliest=None, latest=None)
        yield _("Chercher à toutes les heures"), {Param.NOT_BEFORE: None, Param.NOT_AFTER: None}, without
    if given[0]:
        without = replace(search, from_day=None, until_day=None)
        yield _("Chercher à toutes les dates"), {Param.FROM_DAY: None, Param.UNTIL_DAY: None}, without
    if sum(given) > 1:
        all_of_them: dict[str, str | list[str] | None] = dict.fromkeys(WHEN)
        yield _("Chercher tous les jours, à toutes les heures"), all_of_them, at_any_time
    if asked.people > 1 and asked.moving is None:
        fewer = replace(search, people=asked.people - 1)
        changes: dict[str, str | list[str] | None] = {Param.PEOPLE: str(asked.people - 1)}
        yield _("Chercher pour une personne de moins, et prendre deux rendez-vous"), changes, fewer
    if asked.facilities and asked.type and not asked.type.is_collection:
        yield _("Chercher dans toutes les mairies"), {Param.TOWN_HALL: None}, replace(search, facilities=None)
