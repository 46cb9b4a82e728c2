"""The filters in force, each as a word and the search without it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from booking.appointments.resident.forms.search import WEEKDAYS
from booking.appointments.resident.search_request import SearchRequest
from municipalities.query_names import Param
from municipalities.wording import say_day, say_time


def chips(asked: SearchRequest) -> list[tuple[str, str]]:
    """(what is asked, the address of the search without it), in the order of the form."""
    data = asked.form.cleaned_data
    return [
        (said, asked.link(jour=None, mois=None, **{name: left or None})) for said, name, left in _filters(asked, data)
    ]


def _filters(asked: SearchRequest, data: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(in words, the parameter, what is left of it without this one)."""
    if data[Param.FROM_DAY]:
        yield _("à partir du %(day)s") % {"day": say_day(data[Param.FROM_DAY])}, Param.FROM_DAY, []
    if data[Param.UNTIL_DAY]:
        yield _("jusqu’au %(day)s") % {"day": say_day(data[Param.UNTIL_DAY])}, "au", []
    days = data[Param.WEEKDAYS]
    for code, name in WEEKDAYS:
        if code in days:
            yield str(name), Param.WEEKDAYS, [other for other in days if other != code]
    if data[Param.NOT_BEFORE]:
        yield _("pas avant %(hour)s") % {"hour": say_time(data[Param.NOT_BEFORE])}, "de", []
    if data[Param.NOT_AFTER]:
        yield _("pas après %(hour)s") % {"hour": say_time(data[Param.NOT_AFTER])}, "a", []
    if asked.type is None or not asked.type.is_collection:
        slugs = [facility.slug for facility in asked.facilities]
        for facility in asked.facilities:
            yield facility.name, Param.TOWN_HALL, [slug for slug in slugs if slug != facility.slug]
