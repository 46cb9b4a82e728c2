"""Making, resetting and revoking calendar addresses. The raw token leaves here once and is kept nowhere."""

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.bookings.queries import can_be_changed
from booking.appointments.enums import CANCELLED
from booking.appointments.models import Appointment, Counter
from booking.feeds.enums import FeedKind, Privacy
from booking.feeds.exceptions import AlreadyReset, NotYours, TooManyFeeds
from booking.feeds.models import CalendarFeed, Departure, FeedEntry, FeedToken
from booking.feeds.scopes import KEPT, first_moment, most_told, own_facilities
from booking.feeds.tokens import contact_hash
from booking.residents.references import new_token, token_hash
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.models import Facility, StaffMember

#: Calendars one person may have at once.
MOST_FEEDS = 40
#: The last use is noted at most this often: reading a calendar is a read.
NOTED_EVERY = timedelta(minutes=5)


def create_resident_feed(*, appointment: Appointment) -> tuple[CalendarFeed, str]:
    """A calendar that follows one appointment, and its token ("" when it exists already and its address was shown).

    One appointment and not all of this contact's: whoever holds a private link has shown a right to that one only. A
    mail is passed on, a telephone number is given to somebody else, an association books for many; a calendar of
    everything booked under a contact would show them each other's appointments, and those still to be made.
    Raises NotYours when the appointment is over.
    """
    if not can_be_changed(appointment):
        raise NotYours
    with patient_transaction():
        Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        current = contact_hash(appointment)
        # A feed made for an earlier contact shows nothing any more; the new holder begins anew.
        CalendarFeed.objects.filter(appointment=appointment).exclude(contact_hash=current).delete()
        feed, is_new = CalendarFeed.objects.get_or_create(
            kind=FeedKind.RESIDENT,
            appointment=appointment,
            defaults={"contact_hash": current, "privacy": Privacy.FULL, "language": appointment.language},
        )
        if not is_new and feed.tokens.filter(revoked_at__isnull=True).exists():
            return feed, ""
        return feed, _mint(feed)


def create_staff_feed(
    *,
    kind: str,
    privacy: str,
    by: StaffMember,
    counter: Counter | None = None,
    facility: Facility | None = None,
) -> tuple[CalendarFeed, str]:
    """A calendar for an agent, and its token ("" when it exists already and its address was shown).

    Raises NotYours (a place this person does not see, or more than their role tells), TooManyFeeds.
    """
    place = facility
    if counter is not None:
        if not Counter.objects.visible_to(by).filter(pk=counter.pk).exists():
            raise NotYours
        place = counter.facility
    elif facility is not None:
        if not Facility.objects.visible_to(by).filter(pk=facility.pk).exists():
            raise NotYours
    elif kind != FeedKind.STAFF or not own_facilities(by).exists():
        raise NotYours
    if place is not None and privacy != Privacy.BUSY and most_told(by, place) == Privacy.BUSY:
        raise NotYours
    with patient_transaction(by=by):
        StaffMember.objects.select_for_update(of=("self",)).get(pk=by.pk)
        mine = CalendarFeed.objects.owned_by(by)
        feed = mine.filter(kind=kind, counter=counter, facility=facility, privacy=privacy).first()
        if feed is None:
            if mine.count() >= MOST_FEEDS:
                raise TooManyFeeds
            feed = CalendarFeed.objects.create(
                kind=kind, privacy=privacy, language=by.language, owner=by, counter=counter, facility=facility
            )
        elif feed.tokens.filter(revoked_at__isnull=True).exists():
            return feed, ""
        return feed, _mint(feed)


def reset_feed(*, feed: CalendarFeed, seen_token_id: int | None) -> str:
    """A new address; the old one is dead at once. `seen_token_id` is the address the person saw and wants replaced.

    Raises AlreadyReset when that is not the open one any more: a reload must not kill the address just copied.
    """
    with patient_transaction():
        CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
        open_token = feed.tokens.filter(revoked_at__isnull=True).first()
        if (open_token.pk if open_token else None) != seen_token_id:
            raise AlreadyReset
        _close_open_tokens(feed)
        return _mint(feed)


def revoke_feed(*, feed: CalendarFeed) -> None:
    """Nobody reads this calendar any more; its address answers that it is gone. Revoking twice changes nothing."""
    _close_open_tokens(feed)


def delete_feed(*, feed: CalendarFeed) -> None:
    """Forget a calendar and its addresses."""
    feed.delete()


def note_use(*, token_id: int, last_used_at: datetime | None, now: datetime | None = None) -> None:
    """Remember when the calendar was last fetched; not by whom nor from where."""
    now = now or timezone.now()
    if last_used_at is None or last_used_at < now - NOTED_EVERY:
        FeedToken.objects.filter(pk=token_id).update(last_used_at=now)


def tidy_up(*, now: datetime | None = None) -> int:
    """Forget entries that no feed shows any more, names of those whose identity was let go, and feeds of what is over.

    Returns how many entries went.
    """
    now = now or timezone.now()
    gone = untidy_entries(now).delete()[0]
    Departure.objects.filter(left_at__lt=now - timedelta(days=1)).delete()
    CalendarFeed.objects.filter(kind=FeedKind.RESIDENT, appointment__ends_at__lt=now - 2 * KEPT).delete()
    return gone


def untidy_entries(now: datetime) -> QuerySet[FeedEntry]:
    return FeedEntry.objects.filter(
        Q(appointment__starts_at__lt=first_moment(now))
        | Q(appointment__state__in=CANCELLED, appointment__cancelled_at__lt=first_moment(now))
        | Q(appointment__purged_at__isnull=False) & ~Q(level=Privacy.BUSY)
    )


def _mint(feed: CalendarFeed) -> str:
    token = new_token()
    try:
        with inner_transaction():
            FeedToken.objects.create(feed=feed, token_hash=token_hash(token))
    except IntegrityError as error:
        raise AlreadyReset from error
    return token


def _close_open_tokens(feed: CalendarFeed) -> None:
    feed.tokens.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
