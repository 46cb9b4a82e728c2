"""What a pool is made of: its limit, its basins and lanes, and whether it is shut until further notice."""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.exceptions import TooManyHeads
from booking.activities.models import Basin, Lane, Pool, PoolMoment
from booking.activities.water.moments import Crowded
from booking.payments.models import CashOffice
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import Facility, StaffMember


class NameTaken(Refusal):
    code = "name_taken"
    sentence = _("Ce nom existe déjà ici : choisissez-en un autre.")


#: Who must know, in its transaction, that a pool is closed for good from a day on; refuses by raising a Refusal.
when_closed: set[Callable[[Pool], None]] = set()


def set_pool(
    *,
    facility: Facility,
    most_heads: int,
    closed_since: date | None,
    closed_why: Translated,
    cash_office: CashOffice | None = None,
    by: StaffMember | None,
) -> Pool:
    """Another limit holds for all that is planned from now on.

    Raises TooManyHeads with the moments above it, and what whoever must know of a closed pool refuses with.
    """
    said = {
        "most_heads": most_heads,
        "closed_since": closed_since,
        "closed_why": closed_why,
        "cash_office": cash_office,
    }
    with patient_transaction(by=by):
        # Plans that are being saved share this row: we wait for them, and those to come for us.
        pool, _is_new = Pool.objects.update_or_create(facility=facility, defaults=said)
        ahead = PoolMoment.objects.filter(pool=pool, at__gte=timezone.now())
        above = list(ahead.filter(heads__gt=most_heads).order_by("at"))
        if above:
            raise TooManyHeads([Crowded(one.at, one.heads, most_heads) for one in above])
        ahead.exclude(most=most_heads).update(most=most_heads)
        if pool.closed_since is not None:
            for told in when_closed:
                told(pool)
    return pool


def add_basin(*, pool: Pool, name: Translated, lanes: Sequence[Translated], by: StaffMember | None) -> Basin:
    """After those that are there, with its lanes or areas in this order. Raises NameTaken."""
    try:
        with patient_transaction(by=by):
            last = pool.basins.aggregate(last=Max("position"))["last"] or 0
            basin = Basin.objects.create(pool=pool, name=name, position=last + 1)
            _add_lanes(basin, lanes)
    except IntegrityError as error:
        if not (refused_by(error, "basin_name_is_unique_in_its_pool") or _lane_name_taken(error)):
            raise
        raise NameTaken from error
    return basin


def add_lanes(*, basin: Basin, lanes: Sequence[Translated], by: StaffMember | None) -> None:
    """Raises NameTaken."""
    try:
        with patient_transaction(by=by):
            _add_lanes(basin, lanes)
    except IntegrityError as error:
        if not _lane_name_taken(error):
            raise
        raise NameTaken from error


def set_lane(*, lane: Lane, is_active: bool, by: StaffMember | None) -> None:
    """Out of service, nothing new is planned in it; what is planned stays."""
    with patient_transaction(by=by):
        Lane.objects.filter(pk=lane.pk).update(is_active=is_active)


def _add_lanes(basin: Basin, names: Sequence[Translated]) -> None:
    last = basin.lanes.aggregate(last=Max("position"))["last"] or 0
    Lane.objects.bulk_create([Lane(basin=basin, name=name, position=last + n) for n, name in enumerate(names, 1)])


def _lane_name_taken(error: IntegrityError) -> bool:
    return refused_by(error, "lane_name_is_unique_in_its_basin")
