"""What families are told of their money: a receipt, and a credit note. No name stands in it: mailboxes are shared."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from booking.payments.models import ChargeLine, CreditNote, Receipt
from booking.payments.sums import say_cents
from booking.residents.families.reaching import addresses_of
from booking.residents.models import Household
from notifications.kinds import Mail
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

RECEIPT, CREDIT = "payments.receipt", "payments.credit"
#: `Message.subject_type`: no private link opens these, a family signs in.
OF_RECEIPT, OF_CREDIT = "receipt", "credit_note"


def register() -> None:
    register_kind(RECEIPT, render_receipt, _receipts)
    register_kind(CREDIT, render_credit, _notes)


def owe_receipt(receipt: Receipt) -> int:
    """To every adult of the family who reads their mailbox, in the transaction in which the money came.

    One that nobody has confirmed may be somebody else's: at the counter the receipt is printed and handed over.
    """
    return _owe(RECEIPT, OF_RECEIPT, {receipt: receipt.charge.household_id})


def owe_credits(notes: Sequence[CreditNote]) -> int:
    """The same of credit notes, each with its charge. Few queries, whatever their number."""
    return _owe(CREDIT, OF_CREDIT, {note: note.household_id for note in notes})


def _owe(kind: str, subject_type: str, told: Mapping[Receipt, UUID] | Mapping[CreditNote, UUID]) -> int:
    mailboxes: dict[UUID, list[str]] = defaultdict(list)
    for one in addresses_of(set(told.values())):
        mailboxes[one.guardian.household_id].append(one.recipient)
    return enqueue(
        [
            Owed(
                kind=kind,
                channel=Channel.MAIL,
                recipient=mailbox,
                due_at=subject.issued_at,
                language=subject.charge.language,
                subject_type=subject_type,
                subject_id=subject.pk,
            )
            for subject, household in told.items()
            for mailbox in mailboxes[household]
        ]
    )


def _receipts(messages: Sequence[Message]) -> Mapping[int, Receipt]:
    lines = Prefetch("charge__lines", ChargeLine.objects.order_by("position"))
    found = (
        Receipt.objects.select_related("office__operator__municipality", "charge__household", "payment")
        .prefetch_related(lines, "parts")
        .in_bulk({one.subject_id for one in messages})
    )
    return {one.pk: found[one.subject_id] for one in messages if one.subject_id in found}


def _notes(messages: Sequence[Message]) -> Mapping[int, CreditNote]:
    found = CreditNote.objects.select_related("office__operator__municipality", "household").in_bulk(
        {one.subject_id for one in messages}
    )
    return {one.pk: found[one.subject_id] for one in messages if one.subject_id in found}


def render_receipt(message: Message, receipt: Receipt | None) -> Mail | None:
    """None for a family that was erased since."""
    if receipt is None or _is_gone(receipt.charge.household):
        return None
    with translation.override(message.language):
        subject = _("Reçu n° %(number)s : %(sum)s") % {
            "number": receipt.number,
            "sum": say_cents(sum(part.cents for part in receipt.parts.all())),
        }
        link = f"{settings.PUBLIC_URL}{reverse('payments:receipt', args=[receipt.pk])}"
    context = {
        "receipt": receipt,
        "lines": receipt.charge.lines.all(),
        "parts": receipt.parts.all(),
        "link": link,
    }
    sender = Sender.of(receipt.office.operator.identity)
    return letter("mail/receipt", context, subject=subject, sender=sender, language=message.language)


def render_credit(message: Message, note: CreditNote | None) -> Mail | None:
    if note is None or _is_gone(note.household):
        return None
    with translation.override(message.language):
        subject = _("Un avoir de %(sum)s pour votre famille") % {"sum": say_cents(note.cents)}
        link = f"{settings.PUBLIC_URL}{reverse('payments:mine')}"
    context = {"note": note, "link": link}
    sender = Sender.of(note.office.operator.identity)
    return letter("mail/credit_note", context, subject=subject, sender=sender, language=message.language)


def _is_gone(household: Household) -> bool:
    return household.erased_at is not None
