"""Credit notes: kept for a charge, spent with it, given back with it; issued for what is cancelled or came for nothing.

All but `issue_credit` run in the caller's transaction, under the lock of the charge.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Sum
from django.utils import timezone

from booking.payments import journal, messages
from booking.payments.enums import SOLD, CreditReason, EntryKind, Means
from booking.payments.exceptions import MoreThanPaid
from booking.payments.models import Charge, CreditNote, CreditNoteQuerySet, CreditUse, JournalEntry, Payment
from booking.payments.models.charges import AccountItem, net
from booking.payments.sums import credits_to_use, items_given_back, spread
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember
from municipalities.zone import ZONE


def keep_for(charge: Charge, cents: int, *, online: bool, now: datetime) -> int:
    """Keep the household's credit for these cents of a charge, the first to expire first; what is left to pay in money.

    Online that is nothing or at least one euro, as far as the notes allow.
    """
    give_back(charge)
    notes = _usable(charge, now)
    used = credits_to_use(cents, [note.left for note in notes], online=online)
    return cents - _keep(charge, list(zip(notes, used, strict=True)))


def keep_exactly(charge: Charge, cents: int, *, now: datetime) -> int:
    """Keep so much credit for this charge, or as much as there is; how much."""
    notes = _usable(charge, now)
    used = credits_to_use(cents, [note.left for note in notes], online=False)
    return _keep(charge, list(zip(notes, used, strict=True)))


def _usable(charge: Charge, now: datetime) -> list[CreditNote]:
    return list(_valid(charge, now).select_for_update().order_by("expires_on", "number"))


def _valid(charge: Charge, now: datetime) -> CreditNoteQuerySet:
    return CreditNote.objects.filter(
        household_id=charge.household_id,
        office=charge.office_id,
        left__gt=0,
        expires_on__gte=now.astimezone(ZONE).date(),
    )


def usable_cents(charge: Charge, now: datetime) -> int:
    """Credit that could be used for this charge, what is kept for it included."""
    free = _valid(charge, now).aggregate(sum=Sum("left"))["sum"] or 0
    return free + kept_for(charge)


def _keep(charge: Charge, wanted: list[tuple[CreditNote, int]]) -> int:
    for note, cents in wanted:
        if cents:
            CreditUse.objects.create(note=note, charge=charge, cents=cents)
            CreditNote.objects.filter(pk=note.pk).update(left=F("left") - cents)
    return sum(cents for _, cents in wanted)


def kept_for(charge: Charge) -> int:
    """Cents of credit kept for this charge and not spent."""
    return charge.credit_uses.filter(consumed_at__isnull=True).aggregate(sum=Sum("cents"))["sum"] or 0


def give_back(charge: Charge) -> None:
    """What was kept and not spent is free again."""
    for use in charge.credit_uses.filter(consumed_at__isnull=True).order_by("note_id"):
        CreditNote.objects.filter(pk=use.note_id).update(left=F("left") + use.cents)
        use.delete()


def spend(charge: Charge, now: datetime) -> int:
    """What was kept is spent; its cents."""
    kept = charge.credit_uses.filter(consumed_at__isnull=True)
    cents = kept.aggregate(sum=Sum("cents"))["sum"] or 0
    kept.update(consumed_at=now)
    return cents


def issue_in_transaction(
    *,
    charge: Charge,
    cents: int,
    reason: CreditReason,
    now: datetime,
    payment: Payment | None = None,
    sold_as: Sequence[tuple[AccountItem | None, int]] = (),
    by: StaffMember | None = None,
) -> CreditNote:
    """A credit note over part of a charge, or over a payment that came for nothing. `sold_as` says what the journal
    knows each part of it by, where that is known.
    """
    if payment:
        parts = spread(charge.items, cents)
    else:
        parts = items_given_back(charge.items, _given_back([charge.pk])[charge.pk], sold_as or [(None, cents)])
    rows = [(item, Means.CREDIT.value, part) for item, part in parts]
    _, _, number = journal.take_numbers(charge.office_id, credit_notes=1)
    note = CreditNote.objects.create(
        office_id=charge.office_id,
        household_id=charge.household_id,
        number=number,
        charge=charge,
        payment=payment,
        reason=reason,
        cents=cents,
        left=cents,
        issued_at=now,
        expires_on=now.astimezone(ZONE).date() + timedelta(days=charge.office.credit_days),
        issued_by=by,
    )
    journal.note_credit(note, rows, now=now, by=by)
    messages.owe_credits([note])
    return note


def _given_back(charges: Collection[UUID]) -> dict[UUID, Counter[AccountItem]]:
    """What credit notes have taken back of each item of these charges, in cents."""
    entries = JournalEntry.objects.filter(charge__in=charges, kind=EntryKind.CREDIT_NOTE, note__payment__isnull=True)
    found: dict[UUID, Counter[AccountItem]] = defaultdict(Counter)
    for entry in entries.order_by("number"):
        found[entry.charge_id][entry.item] -= entry.cents
    return found


def issue_credit(
    *,
    charge: Charge,
    cents: int,
    reason: CreditReason,
    by: StaffMember | None,
    sold_as: AccountItem | None = None,
    now: datetime | None = None,
) -> CreditNote:
    """Give back part of what was paid for a settled charge, as a credit note. Raises MoreThanPaid."""
    now = now or timezone.now()
    with patient_transaction(by=by):
        locked = Charge.objects.select_for_update().get(pk=charge.pk)
        before = CreditNote.objects.filter(charge=locked, payment__isnull=True).aggregate(sum=Sum("cents"))["sum"] or 0
        if locked.state not in SOLD or not 0 < cents <= locked.cents - before:
            raise MoreThanPaid
        given = [(sold_as, cents)]
        return issue_in_transaction(charge=locked, cents=cents, reason=reason, now=now, sold_as=given, by=by)


def issue_many(
    wanted: Mapping[UUID, Sequence[tuple[AccountItem | None, int]]],
    *,
    reason: CreditReason,
    by: StaffMember | None,
    now: datetime,
) -> list[CreditNote]:
    """Give back of each of these charges (by their id) so many cents of what was sold as this, in the caller's
    transaction, which holds them.

    The families are told by whoever calls: it owes them one letter about everything. Few statements, whatever the
    number. Raises MoreThanPaid.
    """
    charges = Charge.objects.filter(pk__in=wanted).select_related("office").prefetch_related("lines").order_by("pk")
    given = CreditNote.objects.filter(charge__in=wanted, payment__isnull=True).values_list("charge")
    before = dict(given.annotate(sum=Sum("cents")).order_by("charge"))
    of_items, sums = _given_back(wanted), {pk: sum(cents for _, cents in some) for pk, some in wanted.items()}
    by_office: dict[int, list[Charge]] = {}
    for charge in charges:
        if charge.state not in SOLD or not 0 < sums[charge.pk] <= charge.cents - before.get(charge.pk, 0):
            raise MoreThanPaid
        by_office.setdefault(charge.office_id, []).append(charge)
    issued = []
    for office_id, some in sorted(by_office.items()):
        _, _, last = journal.take_numbers(office_id, credit_notes=len(some))
        today = now.astimezone(ZONE).date()
        notes = [
            CreditNote(
                office_id=office_id,
                household_id=charge.household_id,
                number=last - len(some) + 1 + index,
                charge=charge,
                reason=reason,
                cents=sums[charge.pk],
                left=sums[charge.pk],
                issued_at=now,
                expires_on=today + timedelta(days=charge.office.credit_days),
                issued_by=by,
            )
            for index, charge in enumerate(some)
        ]
        CreditNote.objects.bulk_create(notes)
        rows = [
            (note, [(item, Means.CREDIT.value, part) for item, part in parts])
            for note, charge in zip(notes, some, strict=True)
            for parts in [items_given_back(_items(charge), of_items[charge.pk], wanted[charge.pk])]
        ]
        journal.note_credits(rows, now=now, by=by)
        issued += notes
    return issued


def _items(charge: Charge) -> list[tuple[AccountItem, int]]:
    """As `Charge.items`, from the lines that came with it."""
    return net(sorted(charge.lines.all(), key=lambda line: line.position))
