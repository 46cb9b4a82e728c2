"""A hold with everything its confirmation says of it, in one prepared statement."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection, models

from booking.appointments.models import Appointment, AppointmentType
from municipalities.database.prepared import prepared_cursor
from municipalities.models import Facility, Municipality
from notifications.models import ReminderPolicy
from notifications.queries import POLICY_SQL


class _Part:
    """The columns of one table in a joined row, and the object they make; its other fields stay deferred."""

    def __init__(self, model: type[models.Model], alias: str, *names: str) -> None:
        fields = [field for field in model._meta.concrete_fields if not names or field.attname in names]
        self.model = model
        self.names = [field.attname for field in fields]
        self.key = self.names.index("id")
        self.loaders = [(n, field.from_db_value) for n, field in enumerate(fields) if hasattr(field, "from_db_value")]
        self.columns = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def take(self, row: Iterator[Any]) -> Any:
        """The next columns as an object; None where an outer join found nothing."""
        values = [next(row) for _ in self.names]
        if values[self.key] is None:
            return None
        for place, load in self.loaders:
            values[place] = load(values[place], None, connection)
        return self.model.from_db(connection.alias, self.names, values)


_APPOINTMENT = _Part(
    Appointment, "a", *(field.attname for field in Appointment._meta.concrete_fields if field.name != "calendar_entry")
)
_TYPE = _Part(AppointmentType, "t", "id", "code", "name", "kind")
_FACILITY = _Part(
    Facility, "f", "id", "name", "address", "postal_code", "latitude", "longitude", "municipality_id"
)  # fmt: skip
_TOWN = _Part(Municipality, "m", "id", "name", "slug", "sender_name")
_THROUGH = _Part(Municipality, "b", "id", "name", "slug", "sender_name")
_POLICY = _Part(ReminderPolicy, "p")

_READ = f"""
SELECT {", ".join(part.columns for part in (_APPOINTMENT, _TYPE, _FACILITY, _TOWN, _THROUGH, _POLICY))}
FROM appointments_appointment a
JOIN appointments_appointmenttype t ON t.id = a.type_id
JOIN municipalities_facility f ON f.id = a.facility_id
JOIN municipalities_municipality m ON m.id = f.municipality_id
LEFT JOIN municipalities_municipality b ON b.id = a.booked_through_id
LEFT JOIN LATERAL ({POLICY_SQL.format(facility="f.id")}) p ON true
WHERE a.id = %s
"""


def hold_to_confirm(hold_id: UUID) -> tuple[Appointment, ReminderPolicy] | None:
    """The appointment with its type, places and sender, and the reminders its facility sends. Nothing is locked."""
    with prepared_cursor() as cursor:
        cursor.execute(_READ, [hold_id])
        found = cursor.fetchone()
    if found is None:
        return None
    row = iter(found)
    appointment: Appointment = _APPOINTMENT.take(row)
    appointment.type = _TYPE.take(row)
    appointment.facility = _FACILITY.take(row)
    appointment.facility.municipality = _TOWN.take(row)
    appointment.booked_through = _THROUGH.take(row)
    return appointment, _POLICY.take(row) or ReminderPolicy()
