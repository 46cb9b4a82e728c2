"""Whoever leaves takes no calendar along."""

from django.utils import timezone

from booking.feeds.models import CalendarFeed, FeedToken
from municipalities.models import StaffMember


def revoke_feeds_of(member: StaffMember) -> None:
    """Every address of theirs answers that it is gone, even if they come back. In the caller's transaction."""
    tokens = FeedToken.objects.filter(feed__in=CalendarFeed.objects.owned_by(member), revoked_at__isnull=True)
    tokens.update(revoked_at=timezone.now())
