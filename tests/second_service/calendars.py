"""Visits in the calendars of those who receive them, and of whoever comes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from booking.ical import EntryFacts, render_entry
from municipalities import rules
from municipalities.feeds import Counted, FeedKind, Followed, Following, Privacy, Scope
from municipalities.models import Facility, StaffMember
from tests.second_service.models import Visit

LENGTH = timedelta(hours=1)


def _choices(staff: StaffMember) -> Sequence[tuple[str, str]]:
    return [
        (str(place.pk), f"Visites : {place}") for place in Facility.objects.visible_to(staff).filter(kind="nursery")
    ]


def _names(ids: Collection[str]) -> Mapping[str, str]:
    return {str(place.pk): f"Visites : {place}" for place in Facility.objects.filter(pk__in=ids)}


def _scope(subject_id: str, staff: StaffMember) -> Scope | None:
    place = Facility.objects.visible_to(staff).filter(pk=subject_id).first()
    if place is None:
        return None

    def count(since: datetime) -> Counted:
        seen = Visit.objects.filter(facility=place, starts_at__gte=since)
        figures = seen.aggregate(visits=Count("pk"), off=Count("pk", filter=Q(is_called_off=True)))
        return Counted([*figures.values()], None)

    def entries(since: datetime, levels: Mapping[int, Privacy], _language: str) -> str:
        seen = Visit.objects.filter(facility=place, starts_at__gte=since)
        return "".join(_entry(visit, levels[place.pk]) for visit in seen)

    return Scope(place.name, {place.pk: Privacy.FULL if rules.works_at(staff, place) else Privacy.BUSY}, count, entries)


def _entry(visit: Visit, level: Privacy) -> str:
    return render_entry(
        EntryFacts(
            uid=str(visit.pk),
            sequence=int(visit.is_called_off),
            changed_at=datetime(2026, 1, 1, tzinfo=UTC),
            starts_at=visit.starts_at,
            ends_at=visit.starts_at + LENGTH,
            summary=visit.name if level == Privacy.FULL else "Visite",
            location="",
            description="",
            is_cancelled=visit.is_called_off,
        )
    )


def _read(pk: UUID, lock: bool) -> Followed | None:
    found = Visit.objects.select_for_update(of=("self",)) if lock else Visit.objects.all()
    visit = found.filter(pk=pk).first()
    if visit is None:
        return None
    return Followed(
        contact=visit.email,
        may_begin=not visit.is_called_off,
        over_at=visit.starts_at + LENGTH,
        figures=(visit.is_called_off,),
        modified_at=visit.starts_at,
        language="fr",
        name="Ma visite",
        entry=lambda: _entry(visit, Privacy.BUSY),
    )


def _over(ids: Collection[UUID], before: datetime) -> Collection[UUID]:
    return set(ids) - set(Visit.objects.filter(pk__in=ids, starts_at__gte=before).values_list("pk", flat=True))


VISITS = FeedKind(name="second.visits", slug="visites", group="Crèches", choices=_choices, names=_names, scope=_scope)
FOLLOWING = Following(template="second/follow.html", read=_read, over=_over)
