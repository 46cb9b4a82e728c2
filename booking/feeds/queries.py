"""What the pages about calendars read."""

from dataclasses import dataclass

from booking.appointments.models import Appointment
from booking.feeds.models import CalendarFeed, FeedToken
from booking.feeds.scopes import scope_of
from booking.feeds.tokens import contact_hash
from municipalities.models import StaffMember


@dataclass(frozen=True)
class FeedLine:
    """A feed and its open address. `is_readable` is false when its owner's role no longer shows the place."""

    feed: CalendarFeed
    token: FeedToken | None
    is_readable: bool


def feeds_of(staff: StaffMember) -> list[FeedLine]:
    feeds = list(
        CalendarFeed.objects.owned_by(staff).select_related("counter__facility", "facility").order_by("kind", "pk")
    )
    tokens = {token.feed_id: token for token in FeedToken.objects.filter(feed__in=feeds, revoked_at__isnull=True)}
    return [FeedLine(feed, tokens.get(feed.pk), scope_of(feed, staff) is not None) for feed in feeds]


def feed_of(appointment: Appointment) -> FeedLine | None:
    """The calendar that follows this appointment, if one was made for the contact it has now."""
    feed = CalendarFeed.objects.filter(appointment=appointment, contact_hash=contact_hash(appointment)).first()
    if feed is None:
        return None
    return FeedLine(feed, feed.tokens.filter(revoked_at__isnull=True).first(), True)
