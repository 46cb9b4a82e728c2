"""What is done to visits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.html import format_html

from booking.residents import retention as links
from municipalities import audit
from municipalities.database.transactions import patient_transaction
from municipalities.models import Closure, StaffMember
from municipalities.retention import Kept
from municipalities.services import Touched
from notifications import retention as outbox
from tests.second_service.messages import owe_link
from tests.second_service.models import Visit, VisitQuerySet

VISITORS = Kept(
    what="Visiteurs : nom et adresse électronique",
    fields={"second.Visit": ("name", "email")},
    days=20,
    since="après la visite",
    reason="Mission d’intérêt public.",
)


def call_off(visit: Visit) -> None:
    with patient_transaction():
        Visit.objects.filter(pk=visit.pk).update(is_called_off=True)


def find(pk: UUID) -> Visit | None:
    return Visit.objects.filter(pk=pk).first()


def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    return {pk: str(pk)[:8] for pk in ids}


def look_up(typed: str) -> list[UUID]:
    return [pk for pk in Visit.objects.values_list("pk", flat=True) if str(pk).startswith(typed)]


def send_links(contact: str) -> None:
    for visit in Visit.objects.filter(email__iexact=contact):
        owe_link(visit)


def _touched(closure: Closure) -> VisitQuerySet:
    period = closure.period
    found = Visit.objects.filter(starts_at__gte=period.lower, starts_at__lt=period.upper, is_called_off=False)
    if closure.facility_id:
        return found.filter(facility=closure.facility_id)
    return found.filter(facility__operator__municipality=closure.municipality_id) if closure.municipality_id else found


def touched_by(_request: HttpRequest, staff: StaffMember, closure: Closure) -> Touched:
    number = _touched(closure).visible_to(staff).count()
    return Touched(number, format_html("<p>Visites touchées : {}</p>", number))


@contextmanager
def closing(closure: Closure, keep: bool) -> Iterator[None]:
    """Whoever comes to a closed house hears of it."""
    yield
    if closure.pk:
        _touched(closure).update(is_called_off=True)


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    due = Visit.objects.filter(starts_at__lt=VISITORS.before(now)).exclude(email="")
    ids = list(due.values_list("pk", flat=True))
    if not dry_run:
        with patient_transaction():
            outbox.forget(ids)
            links.close(ids)
            Visit.objects.filter(pk__in=ids).update(name="", email="")
            audit.forget(table=Visit._meta.db_table, ids=ids, keys=("name", "email"))
    return {"visites": len(ids)}
