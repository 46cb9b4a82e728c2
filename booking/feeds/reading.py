"""Reading a feed by its secret address: whose it is, whether it has changed, and only then what it says."""

import hashlib
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

from booking.appointments.calendar import ZONE, assemble, plain
from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment
from booking.feeds.entries import Line, lines
from booking.feeds.enums import FeedKind, Privacy
from booking.feeds.exceptions import FeedGone, FeedUnknown
from booking.feeds.models import CalendarFeed, FeedToken
from booking.feeds.scopes import KEPT, Scope, first_moment, scope_of
from booking.feeds.tokens import contact_hash, token_hash

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\Z")
#: What a transaction that began before the latest change we see may still have to commit.
SETTLED = timedelta(seconds=60)
#: After this the whole is counted again, whatever the mark says.
MARK_LASTS = timedelta(hours=1)
#: Rises when the way entries are put together changes.
FORMAT = "1"
REFRESH = "PT1H"


@dataclass(frozen=True)
class Reading:
    """A feed as of now. `version` changes when, and only when, the text does; `text()` makes it."""

    token: FeedToken
    version: str
    modified_at: datetime
    text: Callable[[], bytes]


def open_feed(token: str, *, now: datetime | None = None) -> Reading:
    """The feed behind a secret address. Raises FeedRefused: FeedUnknown, FeedGone.

    Looked up by hash: the time it takes says nothing about how near a guess came.
    """
    now = now or timezone.now()
    if not _TOKEN.match(token):
        raise FeedUnknown
    found = FeedToken.objects.filter(token_hash=token_hash(token)).select_related("feed__owner").first()
    if found is None:
        raise FeedUnknown
    if found.revoked_at is not None:
        raise FeedGone
    if found.feed.kind == FeedKind.RESIDENT:
        return _resident(found, now)
    return _staff(found, now)


def _resident(token: FeedToken, now: datetime) -> Reading:
    """One appointment, in its holder's words. Ends with the contact it was made for, or thirty days after."""
    feed = token.feed
    appointment = (
        Appointment.objects.filter(pk__in=[feed.appointment_id])
        .exclude(state=State.HELD)
        .only(
            "email", "phone", "state", "ends_at", "starts_at", "cancelled_at", "changed_at", "sequence",
            "purged_at", "calendar_entry", "language",
        )
        .first()
    )  # fmt: skip
    if appointment is None or appointment.purged_at or not appointment.calendar_entry:
        raise FeedGone
    if bytes(feed.contact_hash or b"") != contact_hash(appointment):
        raise FeedGone
    over = appointment.cancelled_at if appointment.state in CANCELLED else appointment.ends_at
    if over is None or over < now - KEPT:
        raise FeedGone
    version = _digest(FORMAT, feed.pk, appointment.sequence, appointment.changed_at.isoformat(), appointment.language)

    def text() -> bytes:
        with override(appointment.language):
            return _calendar(_("Mon rendez-vous en mairie"), [(appointment.starts_at, appointment.pk, entry)], now)

    entry = appointment.calendar_entry
    return Reading(token, version, appointment.changed_at, text)


def _staff(token: FeedToken, now: datetime) -> Reading:
    feed = token.feed
    owner = feed.owner
    scope = scope_of(feed, owner) if owner else None
    if scope is None:
        raise FeedGone
    latest = latest_change()
    rights = sorted(scope.levels.items())
    mark = _digest(FORMAT, latest and latest.isoformat(), timezone.localdate(now), scope.name, rights)
    is_fresh = feed.mark == mark and feed.marked_at is not None and now - MARK_LASTS < feed.marked_at <= now
    if not is_fresh:
        _count_anew(feed, scope, now)
        settled = latest is None or latest < now - SETTLED
        feed.mark, feed.marked_at = (mark, now) if settled else ("", None)
        CalendarFeed.objects.filter(pk=feed.pk).update(
            mark=feed.mark, marked_at=feed.marked_at, version=feed.version, modified_at=feed.modified_at
        )
    return Reading(token, feed.version, feed.modified_at or feed.created_at, lambda: _text(feed, scope, now))


def latest_change() -> datetime | None:
    """When any appointment of the territory changed last: the end of an index."""
    found: datetime | None = Appointment.objects.exclude(state=State.HELD).aggregate(latest=Max("changed_at"))["latest"]
    return found


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
    version = _digest(FORMAT, feed.pk, feed.language, scope.name, sorted(scope.levels.items()), *seen.values())
    if version != feed.version:
        feed.version = version
        # What left the window, or was let go, changed the text without a change of any appointment.
        feed.modified_at = max(seen["latest"] or feed.created_at, first_moment(now)) if not feed.modified_at else now


def _text(feed: CalendarFeed, scope: Scope, now: datetime) -> bytes:
    seen = scope.seen(now)
    found: list[Line] = []
    for level in set(scope.levels.values()):
        here = seen.filter(facility__in=scope.facilities_at(level))
        if level == Privacy.BUSY:
            found += lines(here, level, feed.language)
        else:
            # Whose identity was let go is busy time, whatever was rendered before.
            found += lines(here.filter(purged_at__isnull=True), level, feed.language)
            found += lines(here.filter(purged_at__isnull=False), Privacy.BUSY, feed.language)
    found.sort(key=lambda line: line[:2])
    return _calendar(scope.name, found, now)


def _calendar(name: str, found: list[Line], now: datetime) -> bytes:
    years = [line[0].astimezone(ZONE).year for line in (found[:1] + found[-1:])] or [timezone.localdate(now).year]
    return publish(name, [text for _starts_at, _pk, text in found], (years[0], years[-1]))


def publish(name: str, entries: list[str], years: tuple[int, int]) -> bytes:
    """A calendar to subscribe to, of ready entries. `years` the first and last year any of them lies in."""
    return assemble(
        entries,
        method="PUBLISH",
        years=years,
        properties=[
            ("X-WR-CALNAME", _value(name)),
            ("NAME", _value(name)),
            ("X-WR-TIMEZONE", "Europe/Paris"),
            ("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
            ("X-PUBLISHED-TTL", REFRESH),
        ],
    )


def _value(text: str) -> str:
    return vText(plain(text)).to_ical().decode()


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:40]
