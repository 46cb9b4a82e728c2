"""Whether the accounts are right: what is owed, what was paid, what was sold and what the journal says agree.

Each rule is one statement over all offices that returns what breaks it, so that ten seasons take seconds. Nothing is
mended: a fault is a bug or a hand in the database, and somebody must look.
"""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.db import connection
from django.utils import timezone

from booking.payments.door import sellers
from booking.payments.models import AccountsCheck, Charge, PaymentAlert
from municipalities.database.transactions import own_transaction

log = structlog.get_logger(__name__)

#: How many are told by name.
TOLD = 20

_PAID = """
paid AS (
    SELECT r.charge_id, sum(p.cents) AS cents FROM payments_receipt r
    JOIN payments_receiptpart p ON p.receipt_id = r.id WHERE NOT r.is_surplus GROUP BY r.charge_id
), taken_back AS (
    SELECT r.charge_id, sum(e.cents) AS cents FROM payments_journalentry e
    JOIN payments_receipt r ON r.id = e.receipt_id
    WHERE e.kind = 'reversal' AND NOT r.is_surplus GROUP BY r.charge_id
), sums AS (
    SELECT c.id, c.cents, c.state, c.settled_at, coalesce(p.cents, 0) + coalesce(b.cents, 0) AS paid
    FROM payments_charge c LEFT JOIN paid p ON p.charge_id = c.id LEFT JOIN taken_back b ON b.charge_id = c.id
)
"""

#: What is wrong → the ids of what it is wrong with.
RULES: dict[str, str] = {
    "lines of a charge do not add up to it": """
SELECT c.id::text FROM payments_charge c LEFT JOIN payments_chargeline l ON l.charge_id = c.id
GROUP BY c.id HAVING c.cents <> coalesce(sum(l.cents), 0)
""",
    "a settled charge is not paid in full": f"WITH {_PAID} SELECT id::text FROM sums"
    " WHERE state = 'settled' AND paid <> cents",
    "an unpaid charge has nothing open": f"WITH {_PAID} SELECT id::text FROM sums"
    " WHERE state = 'unpaid' AND NOT (paid >= 0 AND paid < cents)",
    "money came for a charge that is not settled": f"WITH {_PAID} SELECT id::text FROM sums"
    " WHERE settled_at IS NULL AND paid <> 0",
    "a charge is being paid by nothing": """
SELECT c.id::text FROM payments_charge c WHERE c.state = 'paying' AND NOT EXISTS (
    SELECT FROM payments_payment p WHERE p.charge_id = c.id AND p.state IN ('prepared', 'open', 'uncertain'))
""",
    "a charge was let go while it may be paid": """
SELECT c.id::text FROM payments_charge c JOIN payments_payment p ON p.charge_id = c.id
WHERE c.state IN ('open', 'released') AND p.state IN ('prepared', 'open', 'uncertain')
""",
    "a receipt and the journal differ": """
SELECT coalesce(p.receipt_id, e.receipt_id)::text FROM (
    SELECT receipt_id, means, sum(cents) AS cents FROM payments_receiptpart GROUP BY receipt_id, means
) p FULL JOIN (
    SELECT receipt_id, means, sum(cents) AS cents FROM payments_journalentry
    WHERE kind = 'collection' GROUP BY receipt_id, means
) e ON e.receipt_id = p.receipt_id AND e.means = p.means WHERE p.cents IS DISTINCT FROM e.cents
""",
    "an online payment and its receipt differ": """
SELECT coalesce(p.id, r.payment_id)::text FROM (SELECT * FROM payments_payment WHERE state = 'paid') p
FULL JOIN (SELECT * FROM payments_receipt WHERE payment_id IS NOT NULL) r ON r.payment_id = p.id
LEFT JOIN payments_receiptpart part ON part.receipt_id = r.id AND part.means = p.means
WHERE p.id IS NULL OR r.id IS NULL OR part.cents IS DISTINCT FROM coalesce(p.received_cents, p.cents)
    OR r.charge_id <> p.charge_id
""",
    "credit on receipts and credit spent differ": """
SELECT coalesce(p.charge_id, u.charge_id)::text FROM (
    SELECT r.charge_id, sum(p.cents) AS cents FROM payments_receiptpart p
    JOIN payments_receipt r ON r.id = p.receipt_id WHERE p.means = 'credit' GROUP BY r.charge_id
) p FULL JOIN (
    SELECT charge_id, sum(cents) AS cents FROM payments_credituse WHERE consumed_at IS NOT NULL GROUP BY charge_id
) u ON u.charge_id = p.charge_id WHERE p.cents IS DISTINCT FROM u.cents
""",
    "what is left of a credit note is not what was not used": """
SELECT n.id::text FROM payments_creditnote n
LEFT JOIN (SELECT note_id, sum(cents) AS cents FROM payments_credituse GROUP BY note_id) u ON u.note_id = n.id
LEFT JOIN (SELECT note_id, sum(cents) AS cents FROM payments_refundfile WHERE state <> 'refused' GROUP BY note_id) f
    ON f.note_id = n.id
LEFT JOIN (SELECT note_id, sum(cents) AS cents FROM payments_journalentry WHERE kind = 'reversal'
    AND note_id IS NOT NULL GROUP BY note_id) v ON v.note_id = n.id
WHERE n.left <> n.cents - coalesce(u.cents, 0) - coalesce(f.cents, 0) - coalesce(v.cents, 0)
""",
    "a credit note and the journal differ": """
SELECT n.id::text FROM payments_creditnote n LEFT JOIN (
    SELECT note_id, sum(cents) AS cents FROM payments_journalentry WHERE kind = 'credit_note' GROUP BY note_id
) e ON e.note_id = n.id WHERE n.cents <> -coalesce(e.cents, 0)
""",
    "money that came for nothing has no credit note of its sum": """
SELECT r.id::text FROM payments_receipt r LEFT JOIN payments_creditnote n ON n.payment_id = r.payment_id
LEFT JOIN payments_payment p ON p.id = r.payment_id
WHERE r.is_surplus AND (n.id IS NULL OR n.cents IS DISTINCT FROM coalesce(p.received_cents, p.cents))
""",
    "a refund and the journal differ": """
SELECT f.id::text FROM payments_refundfile f LEFT JOIN (
    SELECT refund_id, sum(cents) FILTER (WHERE means = 'transfer') AS gone, sum(cents) AS whole
    FROM payments_journalentry WHERE kind = 'refund' GROUP BY refund_id
) e ON e.refund_id = f.id
WHERE CASE WHEN f.state = 'paid' THEN e.gone IS DISTINCT FROM -f.cents OR e.whole <> 0 ELSE e.gone IS NOT NULL END
""",
    "a settled charge is not booked where it was sold": """
SELECT c.id::text FROM payments_charge c JOIN (
    SELECT charge_id, service, tariff_code, account, vat_rate, sum(cents) AS cents FROM payments_chargeline
    GROUP BY charge_id, service, tariff_code, account, vat_rate
) l ON l.charge_id = c.id LEFT JOIN (
    SELECT e.charge_id, e.service, e.tariff_code, e.account, e.vat_rate, sum(e.cents) AS cents
    FROM payments_journalentry e JOIN payments_receipt r ON r.id = e.receipt_id
    WHERE e.kind IN ('collection', 'reversal') AND NOT r.is_surplus
    GROUP BY e.charge_id, e.service, e.tariff_code, e.account, e.vat_rate
) b USING (charge_id, service, tariff_code, account, vat_rate)
WHERE c.state = 'settled' AND l.cents <> coalesce(b.cents, 0) GROUP BY c.id
""",
    "more was given back of a tariff than was sold": """
SELECT b.charge_id::text FROM (
    SELECT e.charge_id, e.service, e.tariff_code, e.account, e.vat_rate, -sum(e.cents) AS cents
    FROM payments_journalentry e JOIN payments_creditnote n ON n.id = e.note_id
    WHERE e.kind = 'credit_note' AND n.payment_id IS NULL
    GROUP BY e.charge_id, e.service, e.tariff_code, e.account, e.vat_rate
) b LEFT JOIN (
    SELECT charge_id, service, tariff_code, account, vat_rate, sum(cents) AS cents FROM payments_chargeline
    GROUP BY charge_id, service, tariff_code, account, vat_rate
) l USING (charge_id, service, tariff_code, account, vat_rate)
WHERE b.cents > coalesce(l.cents, 0) GROUP BY b.charge_id
""",
    "a reversal is not the opposite of its entry": """
SELECT r.id::text FROM payments_journalentry r JOIN payments_journalentry e ON e.id = r.reverses_id
WHERE r.kind = 'reversal' AND (r.cents <> -e.cents OR r.means <> e.means OR r.account <> e.account
    OR r.office_id <> e.office_id)
""",
    "numbers of the journal are missing": """
SELECT o.id::text FROM payments_cashoffice o LEFT JOIN payments_officecounter c ON c.office_id = o.id
LEFT JOIN (SELECT office_id, count(*) AS n, max(number) AS last FROM payments_journalentry GROUP BY office_id) e
    ON e.office_id = o.id
WHERE coalesce(e.n, 0) <> coalesce(c.entries, 0) OR coalesce(e.last, 0) <> coalesce(c.entries, 0)
""",
    "numbers of receipts are missing": """
SELECT o.id::text FROM payments_cashoffice o LEFT JOIN payments_officecounter c ON c.office_id = o.id
LEFT JOIN (SELECT office_id, count(*) AS n, max(number) AS last FROM payments_receipt GROUP BY office_id) r
    ON r.office_id = o.id
WHERE coalesce(r.n, 0) <> coalesce(c.receipts, 0) OR coalesce(r.last, 0) <> coalesce(c.receipts, 0)
""",
    "numbers of credit notes are missing": """
SELECT o.id::text FROM payments_cashoffice o LEFT JOIN payments_officecounter c ON c.office_id = o.id
LEFT JOIN (SELECT office_id, count(*) AS n, max(number) AS last FROM payments_creditnote GROUP BY office_id) n
    ON n.office_id = o.id
WHERE coalesce(n.n, 0) <> coalesce(c.credit_notes, 0) OR coalesce(n.last, 0) <> coalesce(c.credit_notes, 0)
""",
}


def faults() -> Iterator[str]:
    """Every rule that is broken, with the id of what breaks it; nothing where the accounts are right."""
    for what, statement in RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            for (pk,) in cursor.fetchall():
                yield f"{what}: {pk}"
    yield from _places()


def _places() -> Iterator[str]:
    """Places are settled charges: asked of every service that sells."""
    known = set()
    for seller in sellers():
        known.add(seller.subject_type)
        charged = set(
            Charge.objects.sold().filter(subject_type=seller.subject_type).values_list("subject_id", flat=True)
        )
        sold = set(seller.sold())
        for subject in sorted(charged - sold):
            yield f"paid without a place, {seller.subject_type}: {subject}"
        for subject in sorted(sold - charged):
            yield f"a place that nobody paid, {seller.subject_type}: {subject}"
    for stray in Charge.objects.exclude(subject_type__in=known).values_list("subject_type", flat=True).distinct():
        yield f"charges that no service sells: {stray}"


def check(now: datetime | None = None) -> list[str]:
    """Look at the accounts and keep what was found, for the state of the service. The faults."""
    found = list(faults())
    with own_transaction():
        AccountsCheck.objects.create(
            checked_at=now or timezone.now(), faults=len(found), first_faults="\n".join(found[:TOLD])
        )
    if found:
        log.error("accounts_wrong", faults=len(found), first=found[0])
    return found


def state() -> dict[str, int | None]:
    """For /sante/etat: what the last look found, its age in hours (None before the first), alerts nobody has seen."""
    last = AccountsCheck.objects.order_by("-checked_at", "-pk").first()
    return {
        "accounts_faults": last.faults if last else None,
        "accounts_checked_hours": round((timezone.now() - last.checked_at).total_seconds() / 3600) if last else None,
        "payment_alerts": PaymentAlert.objects.filter(seen_at__isnull=True).count(),
    }
