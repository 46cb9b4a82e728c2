"""The nurseries a family chooses among, by town, and which of them take a child of an age."""

from collections.abc import Iterator

from booking.nurseries.models import Nursery


def nurseries() -> list[Nursery]:
    """Those that are open to requests, by town and name, each with its place at hand."""
    found = Nursery.objects.active().select_related("facility__municipality", "facility__operator")
    return list(found.order_by("facility__municipality__name", "facility__name", "pk"))


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
