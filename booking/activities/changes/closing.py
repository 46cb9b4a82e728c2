"""No family is left enrolled in a closed pool: its closing calls off what is not sold, and what is sold refuses it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.activities.enrolling.numbers import release_expired
from booking.activities.exceptions import TOLD
from booking.activities.models import Group, Pool, Session
from booking.activities.water.closing import LISTED
from booking.activities.water.closing import touched_by as touched_water
from booking.activities.water.days import at
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import Closure, Facility, StaffMember
from municipalities.services import Touched
from municipalities.wording import say_moment


class SessionsSold(Refusal):
    """Families are enrolled in sessions that would be in a closed pool; `sessions` are those, with `taken` seats."""

    code = "sessions_sold"
    sentence = _("Des familles sont inscrites à des séances de ces dates : annulez-les d’abord.")

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.sessions = list(sessions)
        told = "; ".join(f"{one.group.activity}, {say_moment(one.starts_at)}" for one in self.sessions[:TOLD])
        number = len(self.sessions)
        said = ngettext(
            "Rien n’est fermé : des familles sont inscrites à %(n)d séance (%(told)s). Annulez-la d’abord, chaque"
            " famille sera prévenue.",
            "Rien n’est fermé : des familles sont inscrites à %(n)d séances (%(told)s). Annulez-les d’abord, chaque"
            " famille sera prévenue.",
            number,
        )
        super().__init__(said % {"n": number, "told": told + ("…" if number > TOLD else "")})


def touched_by(request: HttpRequest, staff: StaffMember, closure: Closure) -> Touched:
    """What happens in the water meanwhile, and which sessions people are enrolled in: these refuse the closure."""
    water = touched_water(request, staff, closure)
    mine = Facility.objects.water_seen_by(staff)
    hit = sessions_hit(closure).filter(group__basin__pool__facility__in=mine)
    sold = list(_with_seats(hit, timezone.now()).filter(taken__gt=0))  # type: ignore[misc]
    context = {"sold": sold[:LISTED], "number": len(sold), "more": max(0, len(sold) - LISTED)}
    piece = render_to_string("changes/_sold.html", context, request) if sold else ""
    return Touched(water.number, water.piece + piece)


@contextmanager
def closing(closure: Closure, _keep: bool) -> Iterator[None]:
    """Around making or lifting a closure. Whatever was seen and is to be kept: nobody stays enrolled in a closed pool.

    Raises SessionsSold.
    """
    if closure._state.adding:
        yield
        _hold_pools(_pools_of(closure))
        call_off_unsold(sessions_hit(closure), reason=closure.reason, closure=closure)
        return
    back = list(Session.objects.filter(closure=closure.pk).order_by("pk").values_list("pk", flat=True))
    yield
    _take_place_again(back)


def closed_for_good(pool: Pool) -> None:
    """A pool is closed from a day on until further notice; its row is held. Raises SessionsSold."""
    assert pool.closed_since is not None
    begins = max(at(pool.closed_since, time()), timezone.now())
    hit = Session.objects.planned().filter(group__basin__pool=pool, ends_at__gt=begins)
    call_off_unsold(hit, reason=Translated(pool.closed_why), closure=None)


def sessions_hit(closure: Closure) -> QuerySet[Session]:
    """Those to come that would take place while it lasts."""
    start, end = max(closure.period.lower, timezone.now()), closure.period.upper
    found = Session.objects.planned().filter(starts_at__lt=end, ends_at__gt=start)
    return found.filter(group__basin__pool__in=_pools_of(closure))


def call_off_unsold(hit: QuerySet[Session], *, reason: Translated, closure: Closure | None) -> int:
    """Call these off where nobody has a seat. In the caller's transaction, which holds their pools; how many.

    Whoever takes a place meanwhile shares the group's row, which we hold: they find the session called off, or we find
    their seat. Raises SessionsSold.
    """
    now = timezone.now()
    groups = sorted(set(hit.values_list("group", flat=True)))
    _hold_groups(groups)
    for group in groups:
        release_expired(group=group, now=now)
    sold = list(_with_seats(hit, now).filter(taken__gt=0))  # type: ignore[misc]
    if sold:
        raise SessionsSold(sold)
    ids = list(hit.values_list("pk", flat=True))
    return Session.objects.filter(pk__in=ids).update(called_off_at=now, reason=reason, closure=closure)


def _with_seats(sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
    """In order, each with `taken`: the seats that somebody has or is paying for."""
    expired = Q(seats__enrolment__state="held", seats__enrolment__held_until__lte=now)
    return (
        sessions.select_related("group__activity", "group__basin__pool__facility")
        .annotate(taken=Count("seats", filter=Q(seats__freed_at__isnull=True) & ~expired))
        .order_by("starts_at", "pk")
    )


def _pools_of(closure: Closure) -> QuerySet[Pool]:
    if closure.facility_id is not None:
        return Pool.objects.filter(facility=closure.facility_id)
    if closure.municipality_id is not None:
        return Pool.objects.filter(facility__operator__municipality=closure.municipality_id)
    return Pool.objects.all()


def _hold_pools(pools: QuerySet[Pool]) -> None:
    """Whoever plans a course there shares the pool's row: they have finished, or will find it closed."""
    ids = list(pools.values_list("pk", flat=True))
    list(Pool.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _hold_groups(ids: Sequence[int]) -> None:
    list(Group.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _take_place_again(ids: Sequence[UUID]) -> None:
    """What a closure had called off, unless another session of its group has taken its hour. Its lanes were kept."""
    now = timezone.now()
    off = Session.objects.filter(pk__in=ids, starts_at__gt=now).order_by("pk")
    groups = sorted(set(off.values_list("group", flat=True)))
    _hold_groups(groups)
    held = set(Session.objects.planned().filter(group__in=groups).values_list("group", "starts_at"))
    again = [pk for pk, group, start in off.values_list("pk", "group", "starts_at") if (group, start) not in held]
    Session.objects.filter(pk__in=again).update(called_off_at=None, reason=Translated(), closure=None)
