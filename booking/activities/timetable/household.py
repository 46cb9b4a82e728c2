"""A family's own calendar: one entry for each seat of whoever belongs to it, also of a child with two homes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from booking.activities.models import EnrolmentState, Seat
from booking.ical import EntryFacts, render_entry
from booking.residents.families import finding
from booking.residents.models import Household
from municipalities.feeds import Followed, Following, first_moment
from municipalities.services import Subject

#: What this calendar is about: a family, as the pools know it.
SCHEDULE = "activities.schedule"


def seats_of(household: UUID, since: datetime) -> QuerySet[Seat]:
    """From a moment on; those of sessions that are called off too, for a calendar must say so."""
    found = Seat.objects.filter(
        member__memberships__household=household,
        enrolment__state=EnrolmentState.ENROLLED,
        period__endswith__gt=since,
    )
    return (
        found.exclude(freed_at__isnull=False, session__called_off_at__isnull=True)
        .select_related("member", "session__group__activity", "session__group__basin__pool__facility__municipality")
        .order_by("period", "pk")
    )


def _read(pk: UUID, lock: bool) -> Followed | None:
    homes = Household.objects.living().filter(pk=pk).order_by("pk")
    household = (homes.select_for_update(of=("self",), no_key=True) if lock else homes).first()
    if household is None:
        return None
    now = timezone.now()
    seats = list(seats_of(pk, first_moment(now)))
    changed = [seat.session.called_off_at for seat in seats if seat.session.called_off_at]
    return Followed(
        # It follows the family, whichever of its mailboxes asked for it.
        contact=str(pk),
        may_begin=True,
        over_at=now,
        figures=[
            (
                seat.pk,
                seat.period.lower.isoformat(),
                seat.session.is_called_off,
                dict(seat.session.reason),
                str(seat.member),
                dict(seat.session.group.activity.name),
                dict(seat.session.group.basin.name),
                seat.session.group.basin.pool.facility.address_line,
            )
            for seat in seats
        ],
        modified_at=max([household.created_at, *changed]),
        language=household.language,
        name=_lazy("Piscine : ma famille"),
        entry=lambda: "".join(_entry(seat) for seat in seats),
    )


def _entry(seat: Seat) -> str:
    session, group = seat.session, seat.session.group
    facility = group.basin.pool.facility
    return render_entry(
        EntryFacts(
            uid=f"place-{seat.pk}@{settings.CALENDAR_DOMAIN}",
            # An entry is moved, then called off: what happened last counts more.
            sequence=2 * session.is_called_off + session.is_moved,
            changed_at=session.called_off_at or seat.period.lower,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            summary=f"{seat.member.given_name}, {group.activity}",
            location=facility.address_line,
            latitude=facility.latitude,
            longitude=facility.longitude,
            description=str(session.reason) if session.is_called_off else str(group.basin),
            is_cancelled=session.is_called_off,
        )
    )


def _over(ids: Collection[UUID], _before: datetime) -> Collection[UUID]:
    """A family's calendar lasts as long as the family is kept."""
    return set(ids) - set(Household.objects.living().filter(pk__in=ids).values_list("pk", flat=True))


def _find(pk: UUID) -> Household | None:
    return Household.objects.living().filter(pk=pk).first()


SUBJECT = Subject(
    type=SCHEDULE,
    label=_lazy("séances de piscine d’une famille"),
    page="swim_calendar:back",
    find=_find,
    names=finding.names,
    look_up=finding.look_up,
    # A family signs in: no private link opens it, and none is sent.
    send_links=lambda _contact: None,
    following=Following(template="timetable/family_calendar.html", read=_read, over=_over),
    see=_lazy("Voir l’espace famille"),
)
