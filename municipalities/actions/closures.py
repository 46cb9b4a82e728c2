"""Closing a facility, a municipality or the whole territory, and opening again. The services do what follows."""

from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from municipalities import services
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from municipalities.models import Closure, Facility, Municipality, StaffMember


def closure_of(place: Facility | Municipality | None, period: tuple[datetime, datetime]) -> Closure:
    """A closure that is not made yet; without a place, of the whole territory."""
    return Closure(
        municipality=place if isinstance(place, Municipality) else None,
        facility=place if isinstance(place, Facility) else None,
        period=DateTimeTZRange(*period),
    )


def close_place(
    *,
    municipality: Municipality | None = None,
    facility: Facility | None = None,
    period: tuple[datetime, datetime],
    reason: Translated,
    by: StaffMember,
    keep: bool = False,
) -> Closure:
    """Close a facility, a municipality, or with neither the whole territory.

    Every service does what follows in the same transaction, or refuses. `keep` says that whoever closes has seen what
    is touched and leaves it where it is. Raises Busy and the refusals of the services.
    """
    closure = closure_of(facility or municipality, period)
    closure.reason, closure.created_by = reason, by
    with patient_transaction(by=by), services.closing(closure, keep):
        closure.save()
    return closure


def reopen_place(*, closure: Closure, by: StaffMember) -> None:
    """Take a closure back. Raises Busy."""
    with patient_transaction(by=by), services.closing(closure, True):
        closure.delete()
