"""What the pages about calendars read."""

from dataclasses import dataclass
from uuid import UUID

from booking.feeds.models import CalendarFeed, FeedToken
from booking.feeds.tokens import contact_hash
from municipalities import services
from municipalities.feeds import Followed
from municipalities.models import StaffMember


@dataclass(frozen=True)
class FeedLine:
    """A feed and its open address. `is_readable` is false when its owner's role no longer shows the place."""

    feed: CalendarFeed
    name: str
    token: FeedToken | None
    is_readable: bool


def feeds_of(staff: StaffMember) -> list[FeedLine]:
    """Those of its agents' kinds that an installed service knows, kind by kind."""
    feeds = list(CalendarFeed.objects.owned_by(staff).order_by("pk"))
    tokens = {token.feed_id: token for token in FeedToken.objects.filter(feed__in=feeds, revoked_at__isnull=True)}
    lines = []
    for kind in services.feed_kinds():
        mine = [feed for feed in feeds if feed.kind == kind.name]
        names = kind.names([feed.subject_id for feed in mine]) if mine else {}
        lines += [
            FeedLine(
                feed,
                names.get(feed.subject_id, str(kind.group)),
                tokens.get(feed.pk),
                staff.is_active and kind.scope(feed.subject_id, staff) is not None,
            )
            for feed in mine
        ]
    return lines


def name_of(feed: CalendarFeed) -> str:
    kind = services.feed_kind(feed.kind)
    return kind.names([feed.subject_id]).get(feed.subject_id, "") if kind else ""


def feed_of(subject_type: str, subject_id: UUID, followed: Followed) -> FeedLine | None:
    """The calendar that follows this, if one was made for the contact it has now."""
    current = contact_hash(subject_id, followed.contact)
    feed = CalendarFeed.objects.following(subject_type, subject_id).filter(contact_hash=current).first()
    if feed is None:
        return None
    return FeedLine(feed, str(followed.name), feed.tokens.filter(revoked_at__isnull=True).first(), True)
