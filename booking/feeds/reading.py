"""Reading a feed by its secret address: whose it is, whether it has changed, and only then what it says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Extract
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import vText

from booking.appointments.enums import CANCELLED, State
from booking.appointments.messages.entry import calendar_entries
from booking.appointments.models import Appointment
from booking.feeds.entries import joined
from booking.feeds.enums import FeedKind
from booking.feeds.exceptions import FeedGone, FeedUnknown
from booking.feeds.models import CalendarFeed
from booking.feeds.scopes import KEPT, Scope, first_moment, scope_of
from booking.feeds.state import FORMAT, FeedState, state_of
from booking.feeds.tokens import contact_hash, digest
from booking.ical import assemble, plain
from municipalities.zone import ZONE

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\Z")
#: After this the whole is counted again, whatever the mark says.
MARK_LASTS = timedelta(hours=1)
REFRESH = "PT1H"


@dataclass(frozen=True)
class Reading:
    """A feed as of now. `version` changes when, and only when, the text does; `text()` makes it."""

    standing: FeedState
    version: str
    modified_at: datetime
    text: Callable[[], bytes]


def open_feed(token: str, *, now: datetime | None = None) -> Reading:
    """The feed behind a secret address. Raises FeedRefused: FeedUnknown, FeedGone."""
    now = now or timezone.now()
    standing = state_of(token) if _TOKEN.match(token) else None
    if standing is None:
        raise FeedUnknown
    if standing.revoked_at is not None:
        raise FeedGone
    if standing.kind == FeedKind.RESIDENT:
        return _resident(standing, now)
    return _staff(standing, now)


def _resident(standing: FeedState, now: datetime) -> Reading:
    """One appointment, in its holder's words. Ends with the contact it was made for, or thirty days after."""
    feed = CalendarFeed.objects.get(pk=standing.feed_id)
    appointment = (
        Appointment.objects.filter(pk__in=[feed.appointment_id])
        .exclude(state=State.HELD)
        .only(
            "email", "phone", "state", "ends_at", "starts_at", "cancelled_at", "changed_at", "sequence",
            "purged_at", "language",
        )
        .first()
    )  # fmt: skip
    if appointment is None or appointment.purged_at:
        raise FeedGone
    if bytes(feed.contact_hash or b"") != contact_hash(appointment):
        raise FeedGone
    over = appointment.cancelled_at if appointment.state in CANCELLED else appointment.ends_at
    if over is None or over < now - KEPT:
        raise FeedGone
    version = digest(FORMAT, feed.pk, appointment.sequence, appointment.changed_at, appointment.language)

    def text() -> bytes:
        shown = Appointment.objects.select_related(
            "type", "facility__municipality", "facility__operator__municipality", "booked_through"
        )
        (entry,) = calendar_entries([shown.get(pk=appointment.pk)]).values()
        with override(appointment.language):
            return publish(_("Mon rendez-vous en mairie"), [entry])

    return Reading(standing, version, appointment.changed_at, text)


def _staff(standing: FeedState, now: datetime) -> Reading:
    mark = standing.mark_at(now)
    marked_at, modified_at = standing.marked_at, standing.modified_at
    is_recent = marked_at is not None and now - MARK_LASTS < marked_at <= now
    if standing.mark == mark and is_recent and modified_at and not standing.has_changed:
        return Reading(standing, standing.version, modified_at, lambda: _text(*_scoped(standing), now))
    feed, scope = _scoped(standing)
    _count_anew(feed, scope, now)
    CalendarFeed.objects.filter(pk=feed.pk).update(
        mark=mark, marked_at=now, version=feed.version, modified_at=feed.modified_at, places=sorted(scope.levels)
    )
    return Reading(standing, feed.version, feed.modified_at or feed.created_at, lambda: _text(feed, scope, now))


def _scoped(standing: FeedState) -> tuple[CalendarFeed, Scope]:
    """The feed and what its owner may see of it now. Raises FeedGone."""
    feed = CalendarFeed.objects.select_related("owner").filter(pk=standing.feed_id).first()
    scope = scope_of(feed, feed.owner) if feed and feed.owner else None
    if feed is None or scope is None:
        raise FeedGone
    return feed, scope


def _count_anew(feed: CalendarFeed, scope: Scope, now: datetime) -> None:
    """The version of what the feed shows, from one query: how many, the sum and the latest of their changes."""
    seen = scope.seen(now).aggregate(
        number=Count("pk"),
        purged=Count("purged_at"),
        cancelled=Count("pk", filter=Q(state__in=CANCELLED)),
        sequences=Sum("sequence"),
        changes=Sum(Extract(F("changed_at"), "epoch")),
        latest=Max("changed_at"),
    )
    version = digest(FORMAT, feed.pk, _language(feed), scope.name, sorted(scope.levels.items()), *seen.values())
    if version != feed.version:
        feed.version = version
        # What left the window, or was let go, changed the text without a change of any appointment.
        feed.modified_at = max(seen["latest"] or feed.created_at, first_moment(now)) if not feed.modified_at else now


def _text(feed: CalendarFeed, scope: Scope, now: datetime) -> bytes:
    return publish(scope.name, [joined(scope.seen(now), scope.levels, _language(feed))])


def _language(feed: CalendarFeed) -> str:
    """Its owner's of today: who changes the language of the pages means the calendar as well."""
    return feed.owner.language if feed.owner else feed.language


def publish(name: str, entries: list[str]) -> bytes:
    """A calendar to subscribe to, of ready entries. Without a METHOD: PUBLISH asks for an organiser in every entry."""
    return assemble(
        entries,
        properties=[
            ("X-WR-CALNAME", _value(name)),
            ("NAME", _value(name)),
            ("X-WR-TIMEZONE", ZONE.key),
            ("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
            ("X-PUBLISHED-TTL", REFRESH),
        ],
    )


def _value(text: str) -> str:
    return vText(plain(text)).to_ical().decode()
