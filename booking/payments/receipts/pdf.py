"""A receipt as a file to keep. Never set in a web process: a child does it, one at a time, and ends.

The same receipt in the same language is the same bytes.
"""

import threading
from datetime import date
from pathlib import Path
from typing import Any

import structlog
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.payments import queries
from booking.payments.exceptions import ReceiptNotReady
from booking.payments.models import Receipt
from booking.payments.sums import say_cents
from municipalities.typesetting import NotSet, set_sheet
from municipalities.wording import colon, say_moment, say_phone

log = structlog.get_logger(__name__)

SHEET = Path(__file__).with_name("receipt.typ")
#: Seconds a child may take (0.2 on a quiet machine), and a request waits for the one before it.
PATIENCE, WAIT = 10.0, 5.0
#: Children at once in one process: each is forty megabytes while it lasts.
_turn = threading.BoundedSemaphore(1)


def pdf_of(receipt: Receipt, language: str) -> bytes:
    """The receipt with its office and operator at hand. Raises ReceiptNotReady."""
    if not _turn.acquire(timeout=WAIT):
        raise ReceiptNotReady
    try:
        return set_sheet(SHEET, words_of(receipt, language), seconds=PATIENCE)
    except NotSet as error:
        log.error("receipt_not_set", reason=str(error))
        raise ReceiptNotReady from None
    finally:
        _turn.release()


def name_of(receipt: Receipt) -> str:
    return f"recu-{receipt.office_id}-{receipt.number}.pdf"


def words_of(receipt: Receipt, language: str) -> dict[str, Any]:
    """Everything that stands on it, as text in that language."""
    office, identity = receipt.office, receipt.office.operator.identity
    back = queries.taken_back(receipt)
    with translation.override(language):
        notices = [
            (office.has_invented_data, _("Régie et montants fictifs.")),
            (back > 0, _("La banque a repris %(sum)s de ce paiement.") % {"sum": say_cents(back)}),
            (receipt.is_surplus, _("Reçu en trop : un avoir de la même somme a été accordé.")),
        ]
        lines = [(str(line.label), line.about, line.cents) for line in receipt.charge.lines.order_by("position")]
        # Every date with its year: "today" is another one tomorrow.
        day = timezone.localdate(receipt.issued_at)
        reference = receipt.payment.refdet if receipt.payment else ""
        return {
            "language": language,
            "title": _("Reçu n° %(number)s") % {"number": receipt.number},
            "operator": str(identity.name),
            "contact": [line for line in (identity.address, say_phone(identity.phone), identity.email) if line],
            "day": [day.year, day.month, day.day],
            "where": f"{office.name}, {say_moment(receipt.issued_at, today=date.min)}",
            "notices": [sentence for holds, sentence in notices if holds],
            "what": _("Objet"),
            "sum": _("Montant"),
            "lines": [[f"{label} ({about})" if about else label, say_cents(cents)] for label, about, cents in lines],
            "total": [_("Total"), say_cents(receipt.charge.cents)],
            "paid_by": _("Réglé par"),
            "parts": [f"{means}{colon()} {say_cents(cents)}" for means, cents in queries.receipt_parts(receipt)],
            "reference": _("Référence du paiement : %(reference)s") % {"reference": reference} if reference else "",
        }
