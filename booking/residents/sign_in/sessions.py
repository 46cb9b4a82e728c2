"""Who is signed in where. Tokens of 192 bits, stored by their SHA-256; never Django's session, which means *agent*."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.residents.models import Guardian, Household, HouseholdSession
from booking.residents.references import new_token, token_hash
from municipalities.database.transactions import patient_transaction

#: Without a page for so long, a computer that others use too is signed out.
IDLE_WHEN_SHARED = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: The last page is noted at most this often: reading is a read.
NOTED_EVERY = timedelta(minutes=1)


def begin(
    *, guardian: Guardian, is_shared: bool, device: str, token: str = "", logout_token: bytes | None = None
) -> tuple[str, HouseholdSession]:
    """A new session and its token, a new one unless it is given, which only the browser's cookie keeps."""
    token, now = token or new_token(), timezone.now()
    with patient_transaction():
        session = HouseholdSession.objects.create(
            guardian=guardian,
            token_hash=token_hash(token),
            is_shared=is_shared,
            device=device[:60],
            logout_token=logout_token,
            created_at=now,
            last_seen_at=now,
            ends_at=now + LONGEST,
        )
        _is_active(guardian.household_id, now)
    return token, session


def running(now: datetime | None = None) -> QuerySet[HouseholdSession]:
    """Sessions that let somebody in now."""
    now = now or timezone.now()
    idle = Q(is_shared=True, last_seen_at__lt=now - IDLE_WHEN_SHARED)
    return HouseholdSession.objects.filter(ends_at__gt=now, guardian__household__erased_at__isnull=True).exclude(idle)


def session_of(token: str) -> HouseholdSession | None:
    """Whose cookie this is, with the guardian and the household at hand; None when it lets nobody in. One query."""
    now = timezone.now()
    found = running(now).select_related("guardian__household")
    session = found.filter(token_hash=token_hash(token)).first()
    if session is not None and session.last_seen_at < now - NOTED_EVERY:
        HouseholdSession.objects.filter(pk=session.pk).update(last_seen_at=now)
        session.last_seen_at = now
        _is_active(session.guardian.household_id, now)
    return session


def _is_active(household: UUID, now: datetime) -> None:
    today = timezone.localdate(now)
    Household.objects.filter(pk=household, active_on__lt=today).update(active_on=today)


def sessions_of(household: Household) -> list[HouseholdSession]:
    """Everybody of the household who is signed in now, the last seen first."""
    mine = running().filter(guardian__household=household).select_related("guardian")
    return list(mine.order_by("-last_seen_at", "pk"))


def end(*, session: HouseholdSession) -> None:
    with patient_transaction():
        HouseholdSession.objects.filter(pk=session.pk).delete()


def end_others(*, session: HouseholdSession) -> int:
    """Every other session of the household. Returns how many."""
    with patient_transaction():
        others = HouseholdSession.objects.filter(guardian__household=session.guardian.household_id)
        return others.exclude(pk=session.pk).delete()[0]
