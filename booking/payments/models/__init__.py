"""Offices, what is owed, what was paid, and the journal that is never changed."""

from booking.payments.models.charges import Charge, ChargeLine, ChargeQuerySet
from booking.payments.models.credits import CreditNote, CreditNoteQuerySet, CreditUse, RefundFile, RefundFileQuerySet
from booking.payments.models.journal import (
    CashierClosing,
    ClosingLine,
    JournalEntry,
    Receipt,
    ReceiptPart,
)
from booking.payments.models.offices import CashOffice, CashOfficeQuerySet, OfficeCounter, OfficePerson
from booking.payments.models.payments import AccountsCheck, Payment, PaymentAlert, PaymentQuerySet

__all__ = [
    "AccountsCheck",
    "CashOffice",
    "CashOfficeQuerySet",
    "CashierClosing",
    "Charge",
    "ChargeLine",
    "ChargeQuerySet",
    "ClosingLine",
    "CreditNote",
    "CreditNoteQuerySet",
    "CreditUse",
    "JournalEntry",
    "OfficeCounter",
    "OfficePerson",
    "Payment",
    "PaymentAlert",
    "PaymentQuerySet",
    "Receipt",
    "ReceiptPart",
    "RefundFile",
    "RefundFileQuerySet",
]
