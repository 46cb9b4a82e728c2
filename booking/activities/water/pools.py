"""What a pool is made of: its limit, its basins and lanes, and whether it is shut until further notice."""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import IntegrityError
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.activities.exceptions import TooManyHeads
from booking.activities.models import Basin, Group, Lane, LaneUse, Pool, PoolMoment, UseSeries
from booking.activities.water.moments import Crowded
from booking.payments.models import CashOffice
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_moment


class NameTaken(Refusal):
    code = "name_taken"
    sentence = _("Ce nom existe déjà ici : choisissez-en un autre.")


class LaneInUse(Refusal):
    code = "lane_in_use"
    sentence = _(
        "Un créneau, une série ou un groupe est inscrit ici, passé ou à venir : rien n’est retiré. "
        "Mettez plutôt hors service : plus rien n’y sera proposé."
    )

    def __init__(self, next_use: LaneUse | None = None) -> None:
        said = gettext("Prochain créneau ici : %(when)s, %(who)s.")
        told = {"when": say_moment(next_use.period.lower), "who": next_use.who} if next_use else {}
        super().__init__(f"{self.sentence} {said % told}" if told else None)


class BasinHasGroups(Refusal):
    code = "basin_has_groups"
    sentence = _("Des groupes ont lieu dans ce bassin, ou y ont eu lieu : il ne se retire pas.")


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
        _name_taken(error)
        raise
    return basin


def add_lanes(*, basin: Basin, lanes: Sequence[Translated], by: StaffMember | None) -> None:
    """Raises NameTaken."""
    try:
        with patient_transaction(by=by):
            _add_lanes(basin, lanes)
    except IntegrityError as error:
        _name_taken(error)
        raise


def _sisters_of(place: Basin | Lane) -> QuerySet[Basin] | QuerySet[Lane]:
    """The basins of its pool or the lanes of its basin, in their order; itself among them."""
    if isinstance(place, Basin):
        return Basin.objects.filter(pool=place.pool_id).order_by("position", "pk")
    return Lane.objects.filter(basin=place.basin_id).order_by("position", "pk")


def rank_of(place: Basin | Lane) -> int:
    """Where it stands among its sisters, 1 the first."""
    return list(_sisters_of(place).values_list("pk", flat=True)).index(place.pk) + 1


def edit(*, place: Basin | Lane, name: Translated, rank: int | None = None, by: StaffMember | None) -> None:
    """What is planned there goes by the new name from now on; `rank` is where it stands among its sisters, 1 the first.

    Raises NameTaken.
    """
    try:
        with patient_transaction(by=by):
            type(place)._default_manager.filter(pk=place.pk).update(name=name)
            if rank is not None:
                _put_at(place, rank)
    except IntegrityError as error:
        _name_taken(error)
        raise


def _put_at(place: Basin | Lane, rank: int) -> None:
    order = list(_sisters_of(place).select_for_update(of=("self",), no_key=True).values_list("pk", "position"))
    others = [one for one in order if one[0] != place.pk]
    placed = [*others[: rank - 1], *(one for one in order if one[0] == place.pk), *others[rank - 1 :]]
    for position, (pk, before) in enumerate(placed, 1):
        if position != before:
            type(place)._default_manager.filter(pk=pk).update(position=position)


def set_lanes(*, lanes: QuerySet[Lane], is_active: bool, by: StaffMember | None) -> int:
    """Out of service, nothing new is planned in them; what is planned stays: how many things that is."""
    with patient_transaction(by=by):
        ids = list(lanes.values_list("pk", flat=True))
        Lane.objects.filter(pk__in=ids).exclude(is_active=is_active).update(is_active=is_active)
        return _ahead(ids).order_by().values("event").distinct().count()


def remove_lane(*, lane: Lane, by: StaffMember | None) -> None:
    """One that nobody ever had: a typing mistake. Raises LaneInUse."""
    with patient_transaction(by=by):
        _remove_lanes(Lane.objects.filter(pk=lane.pk))


def remove_basin(*, basin: Basin, by: StaffMember | None) -> None:
    """With its lanes, where nobody ever had one. Raises LaneInUse, BasinHasGroups."""
    with patient_transaction(by=by):
        # Held before we look: a group that is being planned here is waited for, or finds the basin gone.
        list(Basin.objects.select_for_update().filter(pk=basin.pk).order_by("pk"))
        _remove_lanes(Lane.objects.filter(basin=basin.pk))
        if Group.objects.filter(basin=basin.pk).exists():
            raise BasinHasGroups
        Basin.objects.filter(pk=basin.pk).delete()


def _remove_lanes(lanes: QuerySet[Lane]) -> None:
    ids = [lane.pk for lane in lanes.select_for_update(of=("self",)).order_by("pk")]
    kept = (LaneUse.objects.filter(lane__in=ids), UseSeries.objects.filter(lanes__in=ids))
    if any(some.exists() for some in kept) or Group.objects.filter(lanes__in=ids).exists():
        raise LaneInUse(_ahead(ids).order_by("period", "pk").first())
    Lane.objects.filter(pk__in=ids).delete()


def _ahead(lanes: Sequence[int]) -> QuerySet[LaneUse]:
    return LaneUse.objects.filter(lane__in=lanes, period__endswith__gt=timezone.now())


def _add_lanes(basin: Basin, names: Sequence[Translated]) -> None:
    last = basin.lanes.aggregate(last=Max("position"))["last"] or 0
    Lane.objects.bulk_create([Lane(basin=basin, name=name, position=last + n) for n, name in enumerate(names, 1)])


def _name_taken(error: IntegrityError) -> None:
    """Raises NameTaken where that is what the database says."""
    if refused_by(error, "basin_name_is_unique_in_its_pool") or refused_by(error, "lane_name_is_unique_in_its_basin"):
        raise NameTaken from error
