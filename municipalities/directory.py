"""The municipalities and their facilities, as cached: shared by all requests, so never to be changed."""

from django.db.models import BooleanField, ExpressionWrapper, Q

from municipalities.database.cached import cached_until_changed
from municipalities.models import Facility, Municipality, Operator


@cached_until_changed
def municipalities() -> dict[int, Municipality]:
    """All of them by key, in the order of their addresses. The logo's bytes stay where they are: `has_logo` says."""
    has_logo = ExpressionWrapper(Q(logo__isnull=False), output_field=BooleanField())
    found = Municipality.objects.defer("logo").annotate(has_logo=has_logo).order_by("slug")
    return {municipality.pk: municipality for municipality in found}


@cached_until_changed
def members() -> dict[str, Municipality]:
    """The members of the territory by address, in that order."""
    return {found.slug: found for found in municipalities().values() if found.is_member}


@cached_until_changed
def facilities() -> dict[int, Facility]:
    """All of them by key, in the order of their addresses, each with its municipality and its operator."""
    places = municipalities()
    operators = Operator.objects.in_bulk()
    for operator in operators.values():
        operator.municipality = places.get(operator.municipality_id or 0)
    found = {}
    for facility in Facility.objects.order_by("slug"):
        # One whose municipality or operator came after this version comes with the next.
        if facility.municipality_id in places and facility.operator_id in operators:
            facility.municipality = places[facility.municipality_id]
            facility.operator = operators[facility.operator_id]
            found[facility.pk] = facility
    return found
