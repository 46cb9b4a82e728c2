"""The journal of a period as CSV: one line per entry, sums in euros with a comma, for a French spreadsheet."""

import csv
import io
from datetime import date

from django.db.models import QuerySet
from django.utils import translation

from booking.payments.models import CashOffice, JournalEntry
from booking.payments.queries import journal_of
from municipalities.lists import unreckoned
from municipalities.zone import ZONE

HEAD = (
    "numero", "jour", "heure", "nature", "recu", "avoir", "service", "code_tarif", "compte", "tva", "moyen",
    "autorisation", "reference", "montant", "contre_passe",
)  # fmt: skip


def as_csv(office: CashOffice, first: date, last: date) -> str:
    """With a byte order mark, and nothing a spreadsheet takes for a formula: every text is ours or a bank's number. In
    French, whoever asks for it: the public accountant reads it.
    """
    with translation.override("fr"):
        return _written(journal_of(office, first, last).select_related("note"))


def _written(entries: QuerySet[JournalEntry]) -> str:
    page = io.StringIO()
    page.write("\ufeff")
    lines = csv.writer(page, delimiter=";", lineterminator="\r\n")
    lines.writerow(HEAD)
    for entry in entries:
        local = entry.at.astimezone(ZONE)
        lines.writerow(
            (
                entry.number,
                f"{local:%d/%m/%Y}",
                f"{local:%H:%M}",
                entry.get_kind_display(),
                entry.receipt.number if entry.receipt else "",
                entry.note.number if entry.note else "",
                unreckoned(entry.service),
                unreckoned(entry.tariff_code),
                unreckoned(entry.account),
                f"{entry.vat_rate / 100:.2f}".replace(".", ","),
                entry.get_means_display(),
                unreckoned(entry.numauto),
                entry.refdet,
                f"{entry.cents / 100:.2f}".replace(".", ","),
                entry.reverses.number if entry.reverses else "",
            )
        )
    return page.getvalue()
