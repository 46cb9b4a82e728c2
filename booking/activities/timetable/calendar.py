"""Pools in calendars: for everybody what each lane is for, for those who work there by name."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.activities.enums import UseKind
from booking.activities.models import EnrolmentState, LaneUse, Pool, Seat
from booking.activities.water.days import closures_of, why_closed
from booking.activities.water.grid import event_uses, say_lanes
from booking.activities.water.queries import lanes_of, pools_with_place
from booking.ical import EntryFacts, assemble, render_entry
from municipalities.feeds import KEPT, Counted, FeedKind, Privacy, Scope, first_moment
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.zone import ZONE

#: How far ahead calendars go: what is planned further on may well change, and a phone keeps every entry.
AHEAD = timedelta(days=8 * 7)
#: Sequences count minutes from here: they rise with every change, and no row needs to count them.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def version_of(pool: Pool, now: datetime, language: str) -> str:
    """Changes with whatever the public calendar of a pool shows: its uses, its closures, its name, and the day."""
    since, until = _window(now)
    closures = [(one.pk, one.period, str(one.reason)) for one in closures_of(pool, since, until)]
    said = (pool.facility.name, pool.closed_since, since, language, closures, _figures(pool, since, until))
    return hashlib.sha256(repr((*said, _lane_names(pool))).encode()).hexdigest()[:32]


def public_calendar(pool: Pool, now: datetime, language: str) -> bytes:
    """Lane by lane what is for whom, schools and clubs as such; nothing while the pool is closed."""
    since, until = _window(now)
    closures = closures_of(pool, since, until)
    with translation.override(language):
        entries = [
            _entry(pool, uses, str(uses[0].get_kind_display()), "")
            for uses in event_uses(list(_uses(pool, since, until))).values()
            if not why_closed(pool, closures, uses[0].period.lower, uses[0].period.upper)
        ]
        name = _("%(name)s : horaires des bassins") % {"name": pool.facility.name}
    properties = [("X-WR-CALNAME", name), ("X-WR-TIMEZONE", ZONE.key), ("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")]
    return assemble(entries, properties=properties)


def _window(now: datetime) -> tuple[datetime, datetime]:
    since = first_moment(now)
    return since, since + KEPT + AHEAD


def _uses(pool: Pool, since: datetime, until: datetime) -> QuerySet[LaneUse]:
    uses = LaneUse.objects.filter(lane__basin__pool=pool).within(since, until).select_related("lane__basin")
    return uses.order_by("period", "lane__basin__position", "lane__position", "pk")


def _figures(pool: Pool, since: datetime, until: datetime) -> dict[str, Any]:
    """One query: how many, which, and the latest of their changes."""
    return (
        LaneUse.objects.filter(lane__basin__pool=pool)
        .within(since, until)
        .aggregate(number=Count("pk"), which=Sum("pk"), latest=Max("changed_at"))
    )


def _lane_names(pool: Pool) -> list[object]:
    """A lane goes by another name without any change of what is planned in it."""
    return [(dict(lane.basin.name), dict(lane.name)) for lane in lanes_of(pool)]


def _entry(pool: Pool, uses: Sequence[LaneUse], who: str, more: str) -> str:
    first, facility = uses[0], pool.facility
    changed = max(use.changed_at for use in uses)
    return render_entry(
        EntryFacts(
            uid=f"{first.event}@{settings.CALENDAR_DOMAIN}",
            sequence=max(0, int((changed - BEGINNING) // timedelta(minutes=1))),
            changed_at=changed,
            starts_at=first.period.lower,
            ends_at=first.period.upper,
            summary=f"{who} ({say_lanes([use.lane for use in uses])})",
            location=facility.address_line,
            latitude=facility.latitude,
            longitude=facility.longitude,
            description=more,
            has_alarms=False,
            takes_time=False,
        )
    )


def _choices(staff: StaffMember) -> Sequence[tuple[str, str]]:
    return [(str(pool.pk), pool.facility.name) for pool in pools_with_place().visible_to(staff)]


def _names(ids: Collection[str]) -> Mapping[str, str]:
    found = pools_with_place().filter(pk__in=[_key(one) for one in ids])
    return {str(pool.pk): pool.facility.name for pool in found}


def _scope(subject_id: str, staff: StaffMember) -> Scope | None:
    pool = pools_with_place().visible_to(staff).filter(pk=_key(subject_id)).first()
    if pool is None:
        return None

    def count(since: datetime) -> Counted:
        until = timezone.now() + AHEAD
        figures = _figures(pool, since, until)
        said = (*_lane_names(pool), *figures.values(), *_sold_in(pool, since, until))
        return Counted([pool.facility.name, *said], figures["latest"])

    def entries(since: datetime, _levels: Mapping[int, Privacy], language: str) -> str:
        with translation.override(language):
            until = timezone.now() + AHEAD
            found = event_uses(list(_uses(pool, since, until))).values()
            sold = dict(_sold_in(pool, since, until))
            return "".join(_entry(pool, uses, uses[0].who, _heads(uses, sold)) for uses in found)

    # Who has a lane is a school or a club, never a person: whoever reads the plan reads all of it.
    return Scope(pool.facility.name, {pool.facility_id: Privacy.FULL}, count, entries)


def _sold_in(pool: Pool, since: datetime, until: datetime) -> list[tuple[UUID, int]]:
    """Places sold by session, in one order; how many, never whose."""
    sold = Seat.objects.taken().filter(
        enrolment__state=EnrolmentState.ENROLLED,
        session__group__basin__pool=pool,
        session__starts_at__lt=until,
        session__ends_at__gt=since,
    )
    return list(sold.values_list("session").annotate(number=Count("pk")).order_by("session"))


def _heads(uses: Sequence[LaneUse], sold: Mapping[UUID, int]) -> str:
    heads = sum(use.heads for use in uses)
    if uses[0].kind == UseKind.GROUP:
        said = _("Inscrits : %(sold)s sur %(heads)s")
        return said % {"sold": sold.get(uses[0].event, 0), "heads": heads}
    return _("Personnes attendues : %(heads)s") % {"heads": heads}


def _key(subject_id: str) -> int:
    return number_in(subject_id) or 0


WATER = FeedKind(
    name="activities.water",
    slug="bassins",
    group=_lazy("Piscines"),
    choices=_choices,
    names=_names,
    scope=_scope,
)
