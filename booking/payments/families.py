"""What the accounts know of a family, and why they may still need it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.payments.enums import ChargeState, RefundState
from booking.payments.models import Charge, CreditNote, JournalEntry, RefundFile
from municipalities.wording import say_day


def still_needs(ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Families with money on the way, in either direction. Others are let go: the journal names an empty row."""
    found: dict[UUID, str] = {}
    credit = CreditNote.objects.filter(household__in=ids, left__gt=0, expires_on__gte=timezone.localdate())
    for pk, until in credit.order_by("expires_on").values_list("household", "expires_on"):
        found[pk] = _("Un avoir reste à utiliser jusqu’au %(day)s.") % {"day": say_day(until)}
    refunds = RefundFile.objects.filter(note__household__in=ids, state=RefundState.ASKED)
    for pk in refunds.values_list("note__household", flat=True):
        found[pk] = _("Un remboursement est en cours.")
    due = Charge.objects.filter(household__in=ids, state__in=[ChargeState.OPEN, ChargeState.PAYING, ChargeState.UNPAID])
    for pk in due.values_list("household", flat=True):
        found[pk] = _("Un montant est encore à régler.")
    return found


def outlives(household: UUID) -> str:
    """Said before a family erases itself: accounts are not erased, by nobody."""
    if not JournalEntry.objects.filter(household=household).exists():
        return ""
    return _(
        "Les comptes restent : sommes, dates, moyens de paiement, numéros de reçus et d’avoirs, sans votre nom. "
        "La loi veut qu’une régie les justifie, et personne ne peut les effacer. Gardez vos reçus s’ils vous servent."
    )


def tells_of(household: UUID) -> Mapping[str, Any]:
    """What was owed, paid and credited, in cents: what the law keeps stays after an erasure, without a name."""
    charges = Charge.objects.filter(household=household).order_by("created_at", "pk").prefetch_related("lines")
    entries = JournalEntry.objects.filter(household=household).order_by("at", "number")
    notes = CreditNote.objects.filter(household=household).order_by("issued_at", "number")
    return {
        "charges": [
            {
                "asked_at": charge.created_at.isoformat(),
                "state": charge.state,
                "cents": charge.cents,
                "lines": [
                    {"label": str(line.label), "about": line.about, "cents": line.cents} for line in charge.lines.all()
                ],
            }
            for charge in charges
        ],
        "journal": [
            {"at": entry.at.isoformat(), "kind": entry.kind, "means": entry.means, "cents": entry.cents}
            for entry in entries
        ],
        "credit_notes": [
            {
                "issued_at": note.issued_at.isoformat(),
                "expires_on": note.expires_on.isoformat(),
                "cents": note.cents,
                "left": note.left,
            }
            for note in notes
        ],
    }
