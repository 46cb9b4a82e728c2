"""Making, resetting and revoking calendar addresses. The raw token leaves here once and is kept nowhere."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from booking.feeds.exceptions import AlreadyReset, NotYours, TooManyFeeds
from booking.feeds.models import CalendarFeed, FeedToken
from booking.feeds.tokens import contact_hash
from booking.residents.references import new_token, token_hash
from municipalities import services
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.feeds import KEPT, Privacy
from municipalities.models import StaffMember

#: Calendars one person may have at once.
MOST_FEEDS = 40
#: The last use is noted at most this often: reading a calendar is a read.
NOTED_EVERY = timedelta(minutes=5)


def create_resident_feed(*, subject_type: str, subject_id: UUID) -> tuple[CalendarFeed, str]:
    """A calendar that follows one thing, and its token ("" when it exists already and its address was shown).

    One appointment and not all of this contact's: whoever holds a private link has shown a right to that one only. A
    mail is passed on, a telephone number is given to somebody else, an association books for many; a calendar of
    everything booked under a contact would show them each other's appointments, and those still to be made.
    Raises NotYours when there is nothing to follow, or no more.
    """
    subject = services.subject_of(subject_type)
    if subject is None or subject.following is None:
        raise NotYours
    with patient_transaction():
        followed = subject.following.read(subject_id, True)
        if followed is None or not followed.may_begin:
            raise NotYours
        current = contact_hash(subject_id, followed.contact)
        # A feed made for an earlier contact shows nothing any more; the new holder begins anew.
        CalendarFeed.objects.following(subject_type, subject_id).exclude(contact_hash=current).delete()
        feed, is_new = CalendarFeed.objects.get_or_create(
            owner=None,
            kind=subject_type,
            subject_id=str(subject_id),
            defaults={"contact_hash": current, "privacy": Privacy.FULL, "language": followed.language},
        )
        if not is_new and feed.tokens.filter(revoked_at__isnull=True).exists():
            return feed, ""
        return feed, _mint(feed)


def create_staff_feed(*, kind: str, subject_id: str, privacy: str, by: StaffMember) -> tuple[CalendarFeed, str]:
    """A calendar for an agent, and its token ("" when it exists already and its address was shown).

    `kind` is the name of a `FeedKind`, `subject_id` what it is to show. Raises NotYours (a place this person does not
    see, or more than their role tells), TooManyFeeds.
    """
    known = services.feed_kind(kind)
    scope = known.scope(subject_id, by) if known and by.is_active else None
    if scope is None:
        raise NotYours
    if subject_id and privacy != Privacy.BUSY and set(scope.most.values()) <= {Privacy.BUSY}:
        raise NotYours
    with patient_transaction(by=by):
        StaffMember.objects.select_for_update(of=("self",)).get(pk=by.pk)
        mine = CalendarFeed.objects.owned_by(by)
        feed = mine.filter(kind=kind, subject_id=subject_id, privacy=privacy).first()
        if feed is None:
            if mine.count() >= MOST_FEEDS:
                raise TooManyFeeds
            feed = CalendarFeed.objects.create(
                kind=kind, subject_id=subject_id, privacy=privacy, language=by.language, owner=by
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


def note_use(*, token_id: int, last_used_at: datetime | None) -> None:
    """Remember when the calendar was last fetched; not by whom nor from where."""
    now = timezone.now()
    if last_used_at is None or last_used_at < now - NOTED_EVERY:
        FeedToken.objects.filter(pk=token_id).update(last_used_at=now)


def tidy_up(*, now: datetime | None = None) -> int:
    """Forget calendars of what is long over, or gone. Returns how many."""
    return over_feeds(now or timezone.now()).delete()[1].get(CalendarFeed._meta.label, 0)


def over_feeds(now: datetime) -> QuerySet[CalendarFeed]:
    """Those that follow what was over two windows ago, and those of places that are no more."""
    over: list[int] = []
    for subject in services.subjects():
        if subject.following is not None:
            feeds = CalendarFeed.objects.filter(owner__isnull=True, kind=subject.type)
            ids = {UUID(subject_id): pk for pk, subject_id in feeds.values_list("pk", "subject_id")}
            over += [ids[pk] for pk in subject.following.over(ids, now - 2 * KEPT)]
    for kind in services.feed_kinds():
        of_kind = CalendarFeed.objects.filter(owner__isnull=False, kind=kind.name).values_list("pk", "subject_id")
        known = kind.names({subject_id for _pk, subject_id in of_kind})
        over += [pk for pk, subject_id in of_kind if subject_id not in known]
    return CalendarFeed.objects.filter(pk__in=over)


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
