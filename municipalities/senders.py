"""Whether the provider lets a municipality or an operator write in its own name, and who is told that it does not."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities.models import Municipality, Operator, RefusedSender, StaffMember
from municipalities.services import Task


def note(found: Mapping[str, bool]) -> None:
    """What became of mails by the address they should come from: taken, or refused. Two statements at most."""
    now = timezone.now()
    refused = [RefusedSender(address=address, refused_at=now) for address, taken in found.items() if not taken]
    if refused:
        RefusedSender.objects.bulk_create(
            refused, update_conflicts=True, unique_fields=["address"], update_fields=["refused_at"]
        )
    taken = [address for address, is_taken in found.items() if is_taken]
    if taken:
        RefusedSender.objects.filter(address__in=taken).delete()


def refusal_of(office: Municipality | Operator) -> RefusedSender | None:
    """That of the address which everybody sees as this office's; None where mails leave in its name."""
    return RefusedSender.objects.filter(address=office.sender_email).first()


def tasks_of(staff: StaffMember) -> list[Task]:
    """Refused addresses of the towns and operators whose identity this person keeps."""
    refused = set(RefusedSender.objects.values_list("address", flat=True))
    if not refused:
        return []
    towns = Municipality.objects.editable_by(staff).filter(sender_email__in=refused)
    operators = Operator.objects.editable_by(staff).filter(sender_email__in=refused)
    said = _("%(name)s : l’adresse d’envoi %(address)s est refusée")
    return [
        Task(said % {"name": name, "address": address}, reverse(page, args=[pk]))
        for page, offices in (("staff:municipality", towns), ("staff:operator", operators))
        for pk, name, address in offices.values_list("pk", "name", "sender_email").order_by("name")
    ]
