"""From the basket to the charge, and back: what becomes of places when their money comes, comes late, or never does.

Every function here runs under the charge's lock or makes the charge: the order is charge, basket, enrolments.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone, translation

from booking.activities.enrolling import numbers
from booking.activities.enrolling.holding import BASKET_SQL, change_of, group_of, price_anew
from booking.activities.enrolling.messages import owe_enrolled
from booking.activities.enrolling.numbers import BASKET, HOLD, Wanted
from booking.activities.enrolling.people import say_place
from booking.activities.enrolling.prices import SERVICE, lines_of, sold_as
from booking.activities.enrolling.refusals import (
    BasketClosed,
    BasketEmpty,
    Change,
    NotEnrolled,
    NothingLeft,
    PriceChanged,
    TogetherBroken,
)
from booking.activities.models import (
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    LeftBecause,
    Seat,
    Waiting,
)
from booking.activities.pricing import Kind, Line
from booking.activities.tariffs.wording import say_line
from booking.payments import charges
from booking.payments.charges import Line as ChargeLine
from booking.payments.enums import ChargeState
from booking.payments.models import Charge
from booking.payments.models.charges import AccountItem
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.languages import LANGUAGES, Translated
from municipalities.models import StaffMember


def begin_paying(
    *,
    basket: Basket,
    shown: Mapping[str, Any] | None = None,
    by: StaffMember | None = None,
    now: datetime | None = None,
) -> Charge:
    """What the basket holds is owed: its charge, the same one however often it is asked for. Nothing is settled by it
    but what costs nothing.

    `shown` is the `prices.fingerprint` that was looked at before: PriceChanged where it is another one. Raises
    BasketEmpty, BasketClosed, TogetherBroken, NothingLeft.
    """
    now = now or timezone.now()
    _price_what_lapsed(basket, now)
    with patient_transaction(by=by):
        locked = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=basket.pk)
        if locked.state in (BasketState.PAYING, BasketState.PAID):
            return charge_of(locked)
        if locked.state != BasketState.OPEN:
            raise BasketClosed
        lines = lock_lines(locked)
        if not lines:
            raise BasketEmpty
        _all_or_none(locked, lines)
        _something_ahead(lines, now)
        if shown is not None:
            _as_shown(lines, shown)
        ids = [line.pk for line in lines]
        Enrolment.objects.filter(pk__in=ids).update(state=EnrolmentState.PAYING, held_until=None, asked_in=locked)
        Basket.objects.filter(pk=locked.pk).update(state=BasketState.PAYING)
        owed = [one for line in lines for one in charge_lines(line)]
        return charges.create_charge(
            office=locked.office,
            household=locked.household,
            subject_type=BASKET,
            subject_id=locked.pk,
            lines=owed,
            expires_at=now + HOLD,
            language=locked.language,
            now=now,
        )


def lock_lines(basket: Basket) -> list[Enrolment]:
    """What the basket still holds, and keeps to the end of the transaction: whoever wants an expired one passes on."""
    held = Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD).order_by("created_at", "pk")
    return list(held.select_for_update(of=("self",), no_key=True))


def charge_of(basket: Basket) -> Charge:
    return Charge.objects.filter(subject_type=BASKET, subject_id=basket.pk).latest("created_at")


def _all_or_none(basket: Basket, lines: Sequence[Enrolment]) -> None:
    bonds = {line.together for line in lines if line.together is not None}
    lost = Enrolment.objects.filter(basket=basket, together__in=bonds, end_reason=EndReason.EXPIRED)
    if bonds and lost.exists():
        raise TogetherBroken


def _price_what_lapsed(basket: Basket, now: datetime) -> None:
    """Whoever comes back to places whose time is over pays for the sessions that are left, at the prices of today. Kept
    whatever is refused afterwards, for that is what is shown then.
    """
    over = Seat.objects.filter(
        enrolment__basket=basket,
        enrolment__state=EnrolmentState.HELD,
        enrolment__held_until__lte=now,
        enrolment__session=None,
        period__startswith__lte=now,
    )
    if not over.exists():
        return
    with patient_transaction():
        locked = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=basket.pk)
        if over.filter(enrolment__in=lock_lines(locked)).delete()[0]:
            price_anew(basket=locked, now=now)


def _something_ahead(lines: Sequence[Enrolment], now: datetime) -> None:
    """Whoever still holds a place when its session begins has bought it before. Raises NothingLeft."""
    held = Q(enrolment__held_until__gt=now) | Q(period__startswith__gt=now)
    ahead = set(Seat.objects.taken().filter(held, enrolment__in=lines).values_list("enrolment", flat=True))
    for line in lines:
        if line.pk not in ahead:
            start = line.session.starts_at if line.session else None
            raise NothingLeft(f"{line.member.given_name}, {say_place(group_of(line.group_id), start)}")


def _as_shown(lines: Sequence[Enrolment], shown: Mapping[str, Any]) -> None:
    """Raises PriceChanged with every line that is new, gone, or costs something else."""
    changes: list[Change] = []
    known = {str(line.pk): line for line in lines}
    for pk, line in known.items():
        before = shown.get(pk, [])
        if before != line.price.get("lines", []):
            group = group_of(line.group_id)
            changes.append(change_of(line, line.member, group, lines_of({"lines": before}), lines_of(line.price)))
    for gone in Enrolment.objects.filter(pk__in=[pk for pk in shown if pk not in known]).select_related("member"):
        before = lines_of({"lines": shown[str(gone.pk)]})
        changes.append(change_of(gone, gone.member, group_of(gone.group_id), before, []))
    if changes:
        raise PriceChanged(changes)


def charge_lines(enrolment: Enrolment) -> list[ChargeLine]:
    """What one enrolment adds to a charge."""
    group = group_of(enrolment.group_id)
    about = str(enrolment.member)
    item = _item_of(enrolment)
    start = enrolment.session.starts_at if enrolment.session else None

    def label(line: Line) -> Translated:
        said = Translated()
        for language in LANGUAGES:
            with translation.override(language):
                what = say_place(group, start)
                said[language] = what if line.kind == Kind.PRICE else f"{what} · {say_line(line)}"
        return said

    return [
        ChargeLine(
            label=label(line),
            cents=line.amount,
            service=item.service,
            tariff_code=item.tariff_code,
            account=item.account,
            about=about[:120],
        )
        for line in lines_of(enrolment.price)
    ]


def _item_of(enrolment: Enrolment) -> AccountItem:
    known = sold_as(enrolment.price)
    if known is not None:
        return known
    # Hidden or not by now.
    group = enrolment.group
    return AccountItem(SERVICE, group.tariff_code, group.activity.account, vat_rate=0)


def reopen(*, basket: Basket, by: StaffMember | None = None, now: datetime | None = None) -> Basket:
    """Back to choosing, before anything was paid: the places stay held, in the family's open basket.

    Raises PaymentUnderway while the charge may still be paid, NotPayable once it is, BasketClosed
    for one that is not being paid.
    """
    now = now or timezone.now()
    charge = charge_of(basket)
    with patient_transaction(by=by):
        charges.lock(charge.pk)
        locked = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=basket.pk)
        if locked.state == BasketState.PAYING:
            Basket.objects.filter(pk=locked.pk).update(state=BasketState.LET_GO)
        charges.release_charge(charge.pk)
        if locked.state != BasketState.PAYING:
            raise BasketClosed
        asked = Enrolment.objects.filter(asked_in=locked, state=EnrolmentState.PAYING)
        following = _open_again(locked, by, now)
        asked.update(basket=following, state=EnrolmentState.HELD, held_until=now + HOLD)
        Enrolment.objects.filter(basket=following, state=EnrolmentState.HELD).update(held_until=now + HOLD)
        return Basket.objects.get(pk=following)


def _open_again(basket: Basket, by: StaffMember | None, now: datetime) -> UUID:
    said = [uuid4(), basket.household_id, basket.office_id, basket.language, now, by.pk if by else None]
    (row,) = Basket.objects.raw(BASKET_SQL, said)
    return UUID(str(row.pk))


def settled(pk: UUID) -> None:
    """The basket is paid: its places are sold."""
    basket = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    now = timezone.now()
    asked = Enrolment.objects.filter(asked_in=basket, state=EnrolmentState.PAYING)
    asked.update(state=EnrolmentState.ENROLLED, enrolled_at=now)
    Basket.objects.filter(pk=pk).update(state=BasketState.PAID)
    _wait_no_more(basket, now)
    owe_enrolled(basket, now=now)


def released(pk: UUID) -> None:
    """It was not paid and cannot be any more: its places are free. One that was opened again keeps what it holds."""
    basket = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if basket.state != BasketState.PAYING:
        return
    asked = Enrolment.objects.filter(asked_in=basket, state=EnrolmentState.PAYING).order_by("pk")
    ids = list(asked.values_list("pk", flat=True))
    numbers.end_rows(ids, reason=EndReason.UNPAID, now=timezone.now())
    Basket.objects.filter(pk=pk).update(state=BasketState.LET_GO)


def paid_late(pk: UUID) -> list[tuple[AccountItem, int]]:
    """Money came after the places were let go: seats whoever still finds one, those wanted together all or none.

    What of the charge is seated, in cents of what it was sold as. What the family took out itself is not seated again.
    """
    basket = Basket.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    lost = Q(state=EnrolmentState.ENDED, end_reason__in=[EndReason.UNPAID, EndReason.EXPIRED])
    asked = Enrolment.objects.filter(lost | Q(state=EnrolmentState.HELD), asked_in=basket).order_by("created_at", "pk")
    bonds: dict[UUID, list[Enrolment]] = {}
    for line in asked:
        bonds.setdefault(line.together or line.pk, []).append(line)
    seated = [line for lines in bonds.values() if _seat_all(basket, lines) for line in lines]
    if seated:
        Basket.objects.filter(pk=pk).update(state=BasketState.PAID)
        _wait_no_more(basket, timezone.now())
        owe_enrolled(basket, now=timezone.now())
    return [(_item_of(line), line.cents) for line in seated]


def _wait_no_more(basket: Basket, now: datetime) -> None:
    """Whoever has a place in a group waits for it no more; nor for others of the activity, where they said so."""
    for place in Enrolment.objects.enrolled().whole().filter(basket=basket).select_related("group"):
        waits = Waiting.objects.filter(member=place.member_id, left_at__isnull=True)
        here = waits.filter(group=place.group_id)
        if here.filter(leaves_others=True).exists():
            # An offer of another group in hand stays theirs to answer.
            others = waits.filter(group__activity=place.group.activity_id, offer__isnull=True)
            others.exclude(group=place.group_id).update(left_at=now, left_because=LeftBecause.ENROLLED)
        waits_no_more(group=place.group_id, member=place.member_id, now=now)


def waits_no_more(*, group: int, member: UUID, now: datetime) -> None:
    """Whoever has a place in a group is not on its list, however they came to it."""
    waits = Waiting.objects.filter(group=group, member=member, left_at__isnull=True)
    waits.update(left_at=now, left_because=LeftBecause.ENROLLED, offer=None)


def _seat_all(basket: Basket, lines: Sequence[Enrolment]) -> bool:
    now = timezone.now()
    try:
        with inner_transaction():
            numbers.lock_members({line.member_id for line in lines})
            for line in lines:
                _seat(basket, line, now)
    except (NotEnrolled, IntegrityError):
        return False
    return True


def _seat(basket: Basket, line: Enrolment, now: datetime) -> None:
    held = Enrolment.objects.filter(pk=line.pk, state=EnrolmentState.HELD)
    if held.update(state=EnrolmentState.ENROLLED, held_until=None, enrolled_at=now, basket=basket):
        return
    again = Wanted(
        basket=basket.pk,
        asked_in=basket.pk,
        group=line.group_id,
        session=line.session_id,
        trial_of=line.trial_of_id,
        member=line.member_id,
        state=EnrolmentState.ENROLLED,
        together=line.together,
        cents=line.cents,
        price=json.dumps(line.price),
        reason=line.override_reason,
        moved_from=line.pk,
    )
    numbers.take(again, now=now)


def unpaid_of(enrolments: Iterable[Enrolment]) -> set[UUID]:
    """Those whose money the bank has taken back and nobody has paid again: they stay, and whoever sells is told."""
    by_basket = {one.pk: one.asked_in_id for one in enrolments if one.asked_in_id is not None}
    owed = Charge.objects.filter(
        subject_type=BASKET, subject_id__in=by_basket.values(), settled_at__isnull=False
    ).exclude(state=ChargeState.SETTLED)
    unpaid = set(owed.values_list("subject_id", flat=True))
    return {pk for pk, basket in by_basket.items() if basket in unpaid}


def sold() -> Iterable[UUID]:
    """Baskets that are paid, whatever became of their places since."""
    return Basket.objects.filter(state=BasketState.PAID).values_list("pk", flat=True)
