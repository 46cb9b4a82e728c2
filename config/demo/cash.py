"""Cash offices of the pools, the people who sit at them, and a way to write a year's sales at once. All invented."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from booking.activities.models import Pool
from booking.payments.charges import Line
from booking.payments.enums import COUNTER_MEANS, ONLINE_MEANS, ChargeState, EntryKind, Means, PaymentState
from booking.payments.models import (
    CashierClosing,
    CashOffice,
    Charge,
    ChargeLine,
    ClosingLine,
    JournalEntry,
    OfficeCounter,
    OfficePerson,
    Payment,
    Receipt,
    ReceiptPart,
)
from booking.payments.models.charges import net
from booking.payments.online import LETTERS
from booking.payments.sums import allocate
from municipalities.models import Operator, StaffMember
from municipalities.zone import ZONE

CASHIER, ACCOUNTANT = "caisse@m2a.example", "comptable@m2a.example"
NUMCLI = "090909"
BATCH = 2000


def build_offices() -> list[CashOffice]:
    """One for every operator of a pool, with a number that the simulator of PayFiP takes: its pools sell through it."""
    offices = []
    people = StaffMember.objects.filter(email__in=[CASHIER, ACCOUNTANT])
    for operator in Operator.objects.filter(facilities__pool__isnull=False).distinct().order_by("pk"):
        office = CashOffice.objects.create(
            operator=operator, name="Régie des piscines (fictive)", numcli=NUMCLI, has_invented_data=True
        )
        Pool.objects.filter(facility__operator=operator).update(cash_office=office)
        theirs = people.filter(roles__operator=operator).distinct()
        OfficePerson.objects.bulk_create(OfficePerson(office=office, staff=person) for person in theirs)
        offices.append(office)
    return offices


@dataclass(frozen=True)
class Sale:
    """Something that was sold and paid: `means` and their cents add up to the lines. `by` is the cashier, None online."""

    subject_type: str
    subject_id: UUID
    household: UUID
    lines: Sequence[Line]
    at: datetime
    means: Sequence[tuple[Means, int]]
    by: StaffMember | None = None

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)


def paid_by(chance: random.Random, cents: int, by: StaffMember) -> tuple[list[tuple[Means, int]], StaffMember | None]:
    """By which means a sum came, as people pay: seven of ten online, at the counter now and then by two means."""
    if cents >= 100 and chance.random() < 0.7:
        return [(chance.choices(ONLINE_MEANS, (9, 1))[0], cents)], None
    first, second = chance.sample(COUNTER_MEANS, 2)
    if cents > 2000 and chance.random() < 0.2:
        part = cents // 200 * 100
        return [(first, part), (second, cents - part)], by
    return [(first, cents)] if cents else [], by


class _Book:
    """What one office writes, in the order of its days; its numbers have no hole."""

    def __init__(self, office: CashOffice, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        counter = OfficeCounter.objects.filter(office=office).first()
        self.entries, self.receipts = (counter.entries, counter.receipts) if counter else (0, 0)
        self.rows: dict[type, list[object]] = {
            kind: []
            for kind in (Charge, ChargeLine, Payment, Receipt, ReceiptPart, JournalEntry, CashierClosing, ClosingLine)
        }

    def add(self, sale: Sale) -> None:
        charge = Charge(
            office=self.office,
            household_id=sale.household,
            subject_type=sale.subject_type,
            subject_id=sale.subject_id,
            cents=sale.cents,
            state=ChargeState.SETTLED,
            created_at=sale.at - timedelta(minutes=4),
            settled_at=sale.at,
        )
        lines = [ChargeLine(charge=charge, position=position, **vars(line)) for position, line in enumerate(sale.lines)]
        self.rows[Charge].append(charge)
        self.rows[ChargeLine] += lines
        if not sale.cents:
            return
        self.receipts += 1
        payment = self._payment(charge, sale) if sale.by is None else None
        receipt = Receipt(
            office=self.office,
            number=self.receipts,
            charge=charge,
            payment=payment,
            issued_at=sale.at,
            by=sale.by,
        )
        self.rows[Receipt].append(receipt)
        self.rows[ReceiptPart] += [
            ReceiptPart(receipt=receipt, means=means, cents=cents) for means, cents in sale.means
        ]
        for item, means, cents in allocate(net(lines), sale.means):
            self.entries += 1
            self.rows[JournalEntry].append(
                JournalEntry(
                    office=self.office,
                    number=self.entries,
                    kind=EntryKind.COLLECTION,
                    at=sale.at,
                    day=sale.at.astimezone(ZONE).date(),
                    receipt=receipt,
                    charge=charge,
                    household_id=sale.household,
                    **item._asdict(),
                    means=means,
                    cents=cents,
                    by=sale.by,
                    numauto=payment.numauto if payment else "",
                    refdet=payment.refdet if payment else "",
                )
            )

    def _payment(self, charge: Charge, sale: Sale) -> Payment:
        ((means, cents),) = sale.means
        payment = Payment(
            charge=charge,
            cents=cents,
            state=PaymentState.PAID,
            refdet="".join(self.chance.choices(LETTERS, k=20)),
            numcli=NUMCLI,
            capture="T",
            idop=str(UUID(int=self.chance.getrandbits(128))),
            created_at=charge.created_at,
            asked_at=charge.created_at,
            opened_at=charge.created_at,
            ended_at=sale.at,
            means=means,
            numauto=str(self.chance.randrange(10**5, 10**6)),
            result="P" if means == Means.CARD_ONLINE else "V",
            last_answer="P" if means == Means.CARD_ONLINE else "V",
            last_asked_at=sale.at,
        )
        self.rows[Payment].append(payment)
        return payment

    def close(self, cashier: StaffMember, before: date) -> None:
        """The cashier counts at the end of every day that is over; now and then some cents are missing."""
        after = 0
        for day, entries in self._days(cashier, before):
            closing = CashierClosing(
                office=self.office,
                cashier=cashier,
                closed_at=datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=19),
                after=after,
                up_to=entries[-1].number,
            )
            after = closing.up_to
            self.rows[CashierClosing].append(closing)
            missing = 50 if self.chance.random() < 0.04 else 0
            for means in COUNTER_MEANS:
                expected = sum(entry.cents for entry in entries if entry.means == means)
                counted = max(0, expected - missing) if means == Means.CASH else expected
                self.rows[ClosingLine].append(
                    ClosingLine(closing=closing, means=means, expected=expected, counted=counted)
                )

    def _days(self, cashier: StaffMember, before: date) -> Iterator[tuple[date, list[JournalEntry]]]:
        by_day: dict[date, list[JournalEntry]] = {}
        for entry in self.rows[JournalEntry]:
            if isinstance(entry, JournalEntry) and entry.by_id == cashier.pk and entry.day < before:
                by_day.setdefault(entry.day, []).append(entry)
        yield from sorted(by_day.items())

    def save(self) -> None:
        for kind, rows in self.rows.items():
            kind._default_manager.bulk_create(rows, batch_size=BATCH)  # type: ignore[attr-defined]
        OfficeCounter.objects.update_or_create(
            office=self.office, defaults={"entries": self.entries, "receipts": self.receipts}
        )


def write(office: CashOffice, sales: Sequence[Sale], *, seed: int, today: date) -> int:
    """Settled charges, receipts, journal and the cashiers' closings for all these, as if each had been taken on its day.

    In bulk: what `manage.py accounts --check` finds right, and nobody is told anything. Once for an office. How many
    entries its journal has.
    """
    book = _Book(office, seed)
    for sale in sorted(sales, key=lambda one: one.at):
        book.add(sale)
    for cashier in {sale.by.pk: sale.by for sale in sales if sale.by}.values():
        book.close(cashier, today)
    book.save()
    return book.entries
