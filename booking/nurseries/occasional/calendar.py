"""The half-days that are taken, in the calendar of the nursery's own people. What is free never stands in it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import override

from booking.ical import EntryFacts, render_entry
from booking.nurseries.enums import Section
from booking.nurseries.models import Nursery, OccasionalStay
from booking.nurseries.models.occasional import StayState
from booking.nurseries.occasional.days import HalfDay, care_of
from municipalities.feeds import Counted, FeedKind, Privacy, Scope
from municipalities.models import StaffMember

#: What was taken, and what was and has been given back since, which calendars are told as cancelled.
SHOWN = (StayState.TAKEN, StayState.GIVEN_BACK)


def _choices(staff: StaffMember) -> Sequence[tuple[str, str]]:
    mine = Nursery.objects.run_by(staff).filter(accepts_occasional=True).select_related("facility")
    return [(str(one.pk), one.facility.name) for one in mine.order_by("facility__name")]


def _names(ids: Collection[str]) -> Mapping[str, str]:
    found = Nursery.objects.filter(pk__in=[one for one in ids if one.isdecimal()]).select_related("facility")
    return {str(one.pk): _("Accueil occasionnel : %(place)s") % {"place": one.facility.name} for one in found}


def _scope(subject_id: str, staff: StaffMember) -> Scope | None:
    nursery = Nursery.objects.run_by(staff).select_related("facility").filter(pk=subject_id).first()
    if nursery is None:
        return None

    def stays(since: datetime) -> list[OccasionalStay]:
        found = OccasionalStay.objects.filter(
            place__nursery=nursery, day__gte=timezone.localdate(since), state__in=SHOWN, was_taken_at__isnull=False
        )
        return list(found.select_related("place", "child__member").order_by("day", "half", "made_at"))

    def count(since: datetime) -> Counted:
        found = OccasionalStay.objects.filter(place__nursery=nursery, day__gte=timezone.localdate(since))
        figures = found.aggregate(
            taken=Count("pk", filter=Q(state=StayState.TAKEN)),
            back=Count("pk", filter=Q(state=StayState.GIVEN_BACK, was_taken_at__isnull=False)),
            latest=Max("changed_at", filter=Q(was_taken_at__isnull=False)),
        )
        latest = figures.pop("latest")
        return Counted([*figures.values(), str(latest)], latest)

    def entries(since: datetime, levels: Mapping[int, Privacy], language: str) -> str:
        care = care_of(nursery)
        with override(language):
            return "".join(
                _entry(one, HalfDay(care, one.day, one.half), levels[nursery.facility_id], nursery)
                for one in stays(since)
            )

    name = _("Accueil occasionnel : %(place)s") % {"place": nursery.facility.name}
    return Scope(name, {nursery.facility_id: Privacy.FULL}, count, entries)


def _entry(stay: OccasionalStay, half_day: HalfDay, level: Privacy, nursery: Nursery) -> str:
    return render_entry(
        EntryFacts(
            uid=f"occasional-{stay.pk}@{settings.CALENDAR_DOMAIN}",
            sequence=int(stay.state != StayState.TAKEN),
            changed_at=stay.changed_at,
            starts_at=half_day.begins_at,
            ends_at=half_day.ends_at,
            summary=_summary(stay, level),
            location=nursery.facility.name,
            description="",
            is_cancelled=stay.state != StayState.TAKEN,
        )
    )


def _summary(stay: OccasionalStay, level: Privacy) -> str:
    section = Section(stay.place.section).label
    if level == Privacy.BUSY:
        return _("Accueil occasionnel")
    member = stay.child.member
    names = [member.given_name, member.family_name]
    who = " ".join(names) if level == Privacy.FULL else "".join(f"{name[:1]}." for name in names if name)
    return _("%(who)s, accueil occasionnel (%(section)s)") % {"who": who.strip(), "section": section}


HALF_DAYS = FeedKind(
    name="nurseries.occasional",
    slug="accueil-occasionnel",
    group=_lazy("Crèches : demi-journées prises"),
    choices=_choices,
    names=_names,
    scope=_scope,
)
