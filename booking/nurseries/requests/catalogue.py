"""The nurseries a family chooses among, by town, and which of them take a child of an age."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from booking.nurseries.enums import SECTION_FROM, Section
from booking.nurseries.models import Nursery
from booking.nurseries.requests.days import month_of


def nurseries() -> list[Nursery]:
    """Those that are open to requests, by town and name, each with its place at hand."""
    found = Nursery.objects.active().select_related("facility__municipality", "facility__operator")
    found = found.prefetch_related("openings")
    return list(found.order_by("facility__municipality__slug", "facility__slug"))


def by_town(found: list[Nursery]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices grouped by town: nurseries by the slug of their facility."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for nursery in found:
        groups.setdefault(nursery.facility.municipality.name, []).append((nursery.facility.slug, nursery.facility.name))
    return list(groups.items())


def towns(found: list[Nursery]) -> list[tuple[str, str]]:
    """The towns that have one, each with how many."""
    return list(dict(_towns(found)).items())


def _towns(found: list[Nursery]) -> Iterator[tuple[str, str]]:
    for nursery in found:
        town = nursery.facility.municipality
        yield town.slug, town.name


def refuses_age(nursery: Nursery, *, born: str, month: str) -> str:
    """Why it takes no child of that age in that month, as a sentence; empty where it does. Months like 2027-09."""
    age = max(0, _number(month) - _number(born))
    section = [one for one in Section if SECTION_FROM[one] <= age][-1]
    for row in nursery.openings.all():
        is_then = month_of(row.first_month) <= month and (row.last_month is None or month <= month_of(row.last_month))
        if is_then and row.sections.get(section) == 0:
            facts = {"name": nursery.facility.name, "section": section.label}
            return _("%(name)s n’accueille pas d’enfant de cet âge (%(section)s) ce mois-là.") % facts
    return ""


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)
