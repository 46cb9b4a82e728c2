"""The door of a service that sells: what becomes of its subjects when their charge is paid, let go, or paid too late.

A service registers its `Seller` in `AppConfig.ready()`. This app calls it inside the transaction in which the money's
state changes, so that place and money are one; it never imports the service.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from booking.payments.models.charges import AccountItem


@dataclass(frozen=True)
class Seller:
    """`subject_type` is what its charges carry; every callable takes the subject's id.

    `settled`: it is paid, the place is sold. Called once per charge, also for one of nothing.
    `released`: it was not paid and cannot be any more; the place may go to somebody else.
    `paid_late`: money came after `released`. Seats whoever it can and returns what of the charge is seated again, in
    cents of each item, empty for nothing: the rest becomes a credit note, each part from where it was sold.
    `sold`: the subjects that have a place by a settled charge, or had one until it ended: for `accounts --check`.
    `bounced`: the bank took the money back; the enrolment is flagged, not ended.
    `page`: where the household goes on from the page of payment; "" for nowhere.
    """

    subject_type: str
    label: str | Promise
    settled: Callable[[UUID], None]
    released: Callable[[UUID], None]
    paid_late: Callable[[UUID], Sequence[tuple[AccountItem, int]]]
    sold: Callable[[], Iterable[UUID]]
    bounced: Callable[[UUID], None] = lambda _subject: None
    page: Callable[[UUID], str] = lambda _subject: ""


_sellers: dict[str, Seller] = {}


def register(seller: Seller) -> None:
    _sellers[seller.subject_type] = seller


def seller_of(subject_type: str) -> Seller:
    """Raises KeyError for a type that no service sells."""
    return _sellers[subject_type]


def sellers() -> list[Seller]:
    return [_sellers[name] for name in sorted(_sellers)]
