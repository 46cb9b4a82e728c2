"""What search engines read of a town: its offices, where they are and when they are open (schema.org)."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.models import OpeningPeriod
from municipalities.models import Facility, Municipality

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: In a data block nothing may end the element or open a comment; as in Django's own json_script.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def offices_of(municipality: Municipality, facilities: Sequence[Facility], url: str) -> str:
    """A `GovernmentOffice` for each facility, or for the town itself where it has none. JSON, safe inside a script."""
    openings = _openings([facility.pk for facility in facilities])
    offices = [
        _without_blanks(
            {
                "@type": "GovernmentOffice",
                "@id": f"{url}#{facility.slug}",
                "name": facility.name,
                "url": url,
                "telephone": facility.phone or municipality.phone,
                "email": facility.email or municipality.email,
                "address": _address(facility.address, facility.postal_code, municipality.name),
                "geo": {"@type": "GeoCoordinates", "latitude": facility.latitude, "longitude": facility.longitude},
                "openingHoursSpecification": openings.get(facility.pk, []),
                "parentOrganization": {"@type": "GovernmentOrganization", "name": municipality.name},
            }
        )
        for facility in facilities
    ] or [
        _without_blanks(
            {
                "@type": "GovernmentOffice",
                "@id": url,
                "name": municipality.name,
                "url": url,
                "telephone": municipality.phone,
                "email": municipality.email,
                "address": _address(municipality.address, "", municipality.name),
                "parentOrganization": {"@type": "GovernmentOrganization", "name": settings.TERRITORY_NAME},
            }
        )
    ]
    return json.dumps({"@context": "https://schema.org", "@graph": offices}, ensure_ascii=False).translate(_ESCAPES)


def _openings(facilities: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """When counters are open to everybody, by facility; several counters at the same hours are one opening."""
    today = timezone.localdate()
    rows = (
        OpeningPeriod.objects.filter(
            counter__facility__in=list(facilities),
            counter__is_active=True,
            audience=Audience.PUBLIC,
            # schema.org has no word for every second week or the first Saturday: left out rather than told wrongly.
            every_weeks=1,
            nth__isnull=True,
        )
        .exclude(valid_until__lt=today)
        .values_list("counter__facility", "weekday", "starts", "ends", "valid_from", "valid_until")
        .order_by("counter__facility", "weekday", "starts", "ends", "valid_from", "valid_until")
        .distinct()
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for facility, weekday, starts, ends, valid_from, valid_until in rows:
        found.setdefault(facility, []).append(
            _without_blanks(
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": f"https://schema.org/{DAYS[weekday]}",
                    "opens": f"{starts:%H:%M}",
                    "closes": f"{ends:%H:%M}",
                    "validFrom": valid_from.isoformat() if valid_from > today else "",
                    "validThrough": valid_until.isoformat() if valid_until else "",
                }
            )
        )
    return found


def _address(street: str, postal_code: str, town: str) -> dict[str, str]:
    return _without_blanks(
        {
            "@type": "PostalAddress",
            "streetAddress": street,
            "postalCode": postal_code,
            "addressLocality": town,
            "addressCountry": "FR",
        }
    )


def _without_blanks(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in ("", [], None)}
