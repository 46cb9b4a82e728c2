"""What the cash offices tell the house: what is kept of people, for how long, and what is forgotten."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.payments import panel, retention
from booking.payments.families import outlives, still_needs, tells_of
from booking.payments.retention import ACCOUNTS_OF_PEOPLE, JOURNAL, NAMES
from municipalities import rules
from municipalities.services import Link, Service


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    return {
        _("noms sur des reçus"): retention.forget_names(now, dry_run),
        _("comptes bancaires"): retention.forget_accounts(now, dry_run),
    }


PAGES = ("new_office", "office", "journal", "months", "pending", "closing", "refunds", "bounced", "receipt", "decide")

SERVICE = Service(
    name="payments",
    family_pages=(("payments:mine", _lazy("Mes paiements")),),
    menu=(Link("cash:offices", _lazy("Régies"), rules.works_with_money, frozenset(f"cash:{name}" for name in PAGES)),),
    retention=(NAMES, ACCOUNTS_OF_PEOPLE, JOURNAL),
    impersonal={
        "payments.CashOffice": ("name", "numcli"),
        "payments.Charge": ("subject_type",),
        # What was sold and how it is booked; whom it is for stands in `about`.
        "payments.ChargeLine": ("label", "service", "tariff_code", "account"),
        "payments.PaymentAlert": ("code",),
        "payments.AccountsCheck": ("first_faults",),
        "payments.JournalEntry": ("service", "tariff_code", "account"),
    },
    purge=purge,
    still_needs=still_needs,
    tells_of=tells_of,
    outlives=outlives,
    family_panels=(panel.render,),
)
