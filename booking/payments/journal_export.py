"""The journal of a period as CSV: one line per entry, sums in euros with a comma, for a French spreadsheet."""

import csv
import io
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils import translation

from booking.payments.models import CashOffice, JournalEntry
from booking.payments.queries import journal_of
from booking.residents.models import Guardian
from municipalities.lists import unreckoned
from municipalities.zone import ZONE

HEAD = (
    "numero", "jour", "heure", "nature", "recu", "avoir", "payeur", "service", "code_tarif", "compte", "tva", "moyen",
    "autorisation", "reference", "montant", "contre_passe",
)  # fmt: skip


def as_csv(office: CashOffice, first: date, last: date) -> str:
    """With a byte order mark, and nothing that a spreadsheet takes for a formula. In French, whoever asks for it: the
    public accountant reads it. The journal has no name: the payers' are those of today, and none once they are erased.
    """
    with translation.override("fr"):
        return _written(journal_of(office, first, last).select_related("note"))


def _payers(entries: QuerySet[JournalEntry]) -> dict[UUID, str]:
    """The adults of each household, in the order in which they came."""
    found: dict[UUID, list[str]] = {}
    named = Guardian.objects.exclude(name="").filter(household__in=entries.order_by().values("household"))
    for household, name in named.values_list("household", "name"):
        found.setdefault(household, []).append(name)
    return {household: ", ".join(names) for household, names in found.items()}


def _written(entries: QuerySet[JournalEntry]) -> str:
    page = io.StringIO()
    page.write("\ufeff")
    payers = _payers(entries)
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
                unreckoned(payers.get(entry.household_id, "")),
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
