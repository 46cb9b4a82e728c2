"""What the accounts keep of people: names for two years, a bank account until the money is back. Figures stay."""

from contextlib import suppress
from datetime import datetime

from django.utils.translation import gettext_lazy as _lazy

from booking.payments.enums import RefundState
from booking.payments.exceptions import RefundDone
from booking.payments.models import ChargeLine, RefundFile
from booking.payments.refunds import refuse_refund
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept

NAMES = Kept(
    what=_lazy("Nom de la personne pour qui une activité a été payée, sur le reçu"),
    fields={"payments.ChargeLine": ("about",)},
    days=730,
    since=_lazy("après le paiement ; le reçu lui-même reste, sans nom"),
    reason=_lazy("Obligation légale : la régie justifie ce qu’elle encaisse."),
)
#: No end: triggers refuse every UPDATE and DELETE, so that no hand can make money disappear.
JOURNAL = Kept(
    what=_lazy("Journal des régies, reçus, avoirs et clôtures : sommes, dates, moyens et numéros, sans nom"),
    fields={
        "payments.JournalEntry": ("numauto", "refdet"),
        "payments.Payment": ("refdet", "numcli", "idop", "numauto", "last_answer", "closed_reason"),
    },
    since=_lazy("Sans limite : la base refuse de les changer et de les effacer."),
    reason=_lazy("Obligation légale : une régie justifie ses comptes, dix ans au moins."),
)
ACCOUNTS_OF_PEOPLE = Kept(
    what=_lazy("Compte bancaire pour un remboursement"),
    fields={"payments.RefundFile": ("holder", "iban")},
    days=365,
    since=_lazy("après la demande, ou dès que l’argent est rendu"),
    reason=_lazy("Obligation légale : rendre ce qui est dû."),
)


def forget_names(now: datetime, dry_run: bool) -> int:
    """The trace of changes never had them."""
    due = ChargeLine.objects.filter(charge__created_at__lt=NAMES.before(now)).exclude(about="")
    if dry_run:
        return due.count()
    with patient_transaction():
        return due.update(about="")


def forget_accounts(now: datetime, dry_run: bool) -> int:
    """A file that nobody has done in a year is closed: the credit note is the household's again, as where it is
    refused.
    """
    due = RefundFile.objects.filter(state=RefundState.ASKED, asked_at__lt=ACCOUNTS_OF_PEOPLE.before(now))
    if dry_run:
        return due.count()
    forgotten = 0
    for pk in list(due.values_list("pk", flat=True)):
        with suppress(RefundDone):
            refuse_refund(refund_id=pk, by=None, now=now)
            forgotten += 1
    return forgotten
