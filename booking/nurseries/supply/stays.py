"""Children who came by an offer, in their operator's list: one row of the list for each, changed in one transaction.

An operator's list is its last word: what it says of a child's week is the week, and a child it leaves out has left.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from booking.nurseries.models import NurseryOffer, PresentChild, Stay
from booking.nurseries.supply.saving import judge


def month_start(day: date) -> date:
    return day.replace(day=1)


def row_of(stay: Stay) -> PresentChild | None:
    """Its line in the list of the children who are there."""
    return PresentChild.objects.filter(nursery=stay.nursery_id, number=stay.number).first()


def write_row(stay: Stay, born: date, **said: Any) -> PresentChild:
    """The child's line as the stay says it; in the caller's transaction, which holds the nursery. Raises Contradiction.

    `born`: the month of birth. `said`: `section` and `is_guaranteed`, where they are told.
    """
    last = None if stay.left_on is None else month_start(stay.left_on)
    facts = {"half_days": stay.half_days, "week_hours": stay.week_hours, "last_month": last, **said}
    row, _is_new = PresentChild.objects.update_or_create(
        nursery_id=stay.nursery_id, number=stay.number, defaults=facts, create_defaults=facts | {"born": born}
    )
    judge(stay.nursery)
    return row


def end(stay: Stay, day: date) -> None:
    """The child has left, or will; its place is looked at from now on. In the caller's transaction."""
    stay.left_on = day
    stay.save(update_fields=["left_on"])
    NurseryOffer.objects.filter(pk=stay.offer_id).update(freed_at=timezone.now())


def follow_list(nurseries: Collection[int]) -> None:
    """Open stays as these nurseries' lists say them now, in the transaction that loaded them."""
    rows = {(one.nursery_id, one.number): one for one in PresentChild.objects.filter(nursery__in=nurseries)}
    today = timezone.localdate()
    for stay in Stay.objects.open().filter(nursery__in=nurseries):
        row = rows.get((stay.nursery_id, stay.number))
        if row is None:
            end(stay, max(today, stay.entered_on))
            continue
        if row.last_month is not None:
            end(stay, max(_last_day(row.last_month), stay.entered_on))
        if (stay.half_days, stay.week_hours) != (row.half_days, row.week_hours):
            stay.half_days, stay.week_hours = row.half_days, _decimal(row.week_hours)
            stay.save(update_fields=["half_days", "week_hours"])


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _last_day(month: date) -> date:
    year, next_month = divmod(month.year * 12 + month.month, 12)
    return date.fromordinal(date(year, next_month + 1, 1).toordinal() - 1)
