"""Reading a feed by its secret address: whose it is, whether it has changed, and only then what it says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import override
from icalendar import vText

from booking.feeds.exceptions import FeedGone, FeedUnknown
from booking.feeds.models import CalendarFeed
from booking.feeds.state import FORMAT, FeedState, state_of
from booking.feeds.tokens import contact_hash, digest
from booking.ical import assemble, plain
from municipalities import services
from municipalities.feeds import KEPT, Privacy, Scope, first_moment
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


def open_feed(token: str) -> Reading:
    """The feed behind a secret address. Raises FeedRefused: FeedUnknown, FeedGone."""
    now = timezone.now()
    standing = state_of(token) if _TOKEN.match(token) else None
    if standing is None:
        raise FeedUnknown
    if standing.revoked_at is not None:
        raise FeedGone
    return _staff(standing, now) if standing.is_staffs else _resident(standing, now)


def _resident(standing: FeedState, now: datetime) -> Reading:
    """One thing, in its holder's words. Ends with the contact it was made for, or thirty days after."""
    feed = CalendarFeed.objects.get(pk=standing.feed_id)
    subject = services.subject_of(feed.kind)
    followed = subject.following.read(UUID(feed.subject_id), False) if subject and subject.following else None
    if followed is None or followed.over_at < now - KEPT:
        raise FeedGone
    if bytes(feed.contact_hash or b"") != contact_hash(feed.subject_id, followed.contact):
        raise FeedGone
    version = digest(FORMAT, feed.pk, *followed.figures)

    def text() -> bytes:
        with override(followed.language):
            return publish(str(followed.name), [followed.entry()])

    return Reading(standing, version, followed.modified_at, text)


def _staff(standing: FeedState, now: datetime) -> Reading:
    mark = standing.mark_at(now)
    marked_at, modified_at = standing.marked_at, standing.modified_at
    is_recent = marked_at is not None and now - MARK_LASTS < marked_at <= now
    if standing.mark == mark and is_recent and modified_at and not standing.has_changed:
        return Reading(standing, standing.version, modified_at, lambda: _text(*_scoped(standing), now))
    feed, scope = _scoped(standing)
    _count_anew(feed, scope, now)
    CalendarFeed.objects.filter(pk=feed.pk).update(
        mark=mark, marked_at=now, version=feed.version, modified_at=feed.modified_at, places=sorted(scope.most)
    )
    return Reading(standing, feed.version, feed.modified_at or feed.created_at, lambda: _text(feed, scope, now))


def _scoped(standing: FeedState) -> tuple[CalendarFeed, Scope]:
    """The feed and what its owner may see of it now. Raises FeedGone."""
    feed = CalendarFeed.objects.select_related("owner").filter(pk=standing.feed_id).first()
    kind = services.feed_kind(feed.kind) if feed else None
    if feed is None or kind is None or feed.owner is None or not feed.owner.is_active:
        raise FeedGone
    scope = kind.scope(feed.subject_id, feed.owner)
    if scope is None:
        raise FeedGone
    return feed, scope


def _levels(feed: CalendarFeed, scope: Scope) -> dict[int, Privacy]:
    """What was asked for, where its reader may know it."""
    return {pk: Privacy(feed.privacy) if most == Privacy.FULL else Privacy.BUSY for pk, most in scope.most.items()}


def _count_anew(feed: CalendarFeed, scope: Scope, now: datetime) -> None:
    """The version of what the feed shows."""
    since = first_moment(now)
    seen = scope.count(since)
    version = digest(FORMAT, feed.pk, _language(feed), scope.name, sorted(_levels(feed, scope).items()), *seen.figures)
    if version != feed.version:
        feed.version = version
        # What left the window, or was let go, changed the text without a change of any entry.
        feed.modified_at = max(seen.latest or feed.created_at, since) if not feed.modified_at else now


def _text(feed: CalendarFeed, scope: Scope, now: datetime) -> bytes:
    return publish(scope.name, [scope.entries(first_moment(now), _levels(feed, scope), _language(feed))])


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
