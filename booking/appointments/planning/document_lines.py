"""What one municipality asks for, line by line."""

from dataclasses import dataclass

from django.db.models import Q

from booking.appointments.models import (
    AppointmentType,
    RequiredDocument,
)
from municipalities.models import Municipality


@dataclass(frozen=True)
class DocumentLine:
    """One line for one type. `own` is the municipality's row, `common` the territory's that it covers, if any."""

    own: RequiredDocument | None
    common: RequiredDocument | None

    @property
    def row(self) -> RequiredDocument:
        found = self.own or self.common
        assert found is not None
        return found

    @property
    def is_dropped(self) -> bool:
        return self.own is not None and self.own.is_dropped

    @property
    def is_in_french_only(self) -> bool:
        return not (self.row.label.get("de") and self.row.label.get("en"))


def document_lines(municipality: Municipality) -> list[tuple[AppointmentType, list[DocumentLine]]]:
    """What this municipality asks for, by type, with what it has changed or dropped. Three queries."""
    rows = list(
        RequiredDocument.objects.filter(Q(municipality__isnull=True) | Q(municipality=municipality))
        .prefetch_related("types")
        .order_by("position", "code")
    )
    found = []
    for kind in AppointmentType.objects.filter(is_active=True).order_by("position", "code"):
        mine = [row for row in rows if kind.pk in {one.pk for one in row.types.all()}]
        common = {row.code: row for row in mine if row.municipality_id is None}
        own = {row.code: row for row in mine if row.municipality_id is not None}
        lines = [DocumentLine(own.get(code), common.get(code)) for code in dict.fromkeys([*common, *own])]
        found.append((kind, sorted(lines, key=lambda line: (line.row.position, line.row.code))))
    return found
