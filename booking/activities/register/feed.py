"""A coach’s groups in their own calendar: when, where, how many; never who."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.activities.models import EnrolmentState, LaneUse, Session
from booking.activities.register.roster import kept_by
from booking.activities.timetable.calendar import AHEAD, BEGINNING
from booking.ical import EntryFacts, render_entry
from municipalities import rules
from municipalities.feeds import Counted, FeedKind, Privacy, Scope
from municipalities.models import StaffMember


def _sessions(staff: StaffMember, since: datetime) -> list[Session]:
    taken = Q(seats__freed_at__isnull=True, seats__enrolment__state=EnrolmentState.ENROLLED)
    # A session changes with the lanes it has: they say when.
    changed = LaneUse.objects.filter(event=OuterRef("pk")).order_by("-changed_at").values("changed_at")[:1]
    found = (
        kept_by(staff)
        .select_related("group__basin__pool__facility__municipality")
        .planned()
        .filter(group__coach=staff, ends_at__gt=since, starts_at__lt=timezone.now() + AHEAD)
        .annotate(expected=Count("seats", filter=taken), changed_at=Subquery(changed))
    )
    return list(found.order_by("starts_at", "pk"))


def _choices(staff: StaffMember) -> Sequence[tuple[str, str]]:
    return [("", _("Mes groupes"))] if rules.teaches(staff) else []


def _names(_ids: Collection[str]) -> Mapping[str, str]:
    return {"": _("Mes groupes")}


def _scope(_subject: str, staff: StaffMember) -> Scope | None:
    if not rules.teaches(staff) or not rules.keeps_register(staff):
        return None

    def count(since: datetime) -> Counted:
        figures: list[object] = [
            (one.pk, one.starts_at, one.ends_at, vars(one)["expected"], str(one.group), str(one.group.basin.pool))
            for one in _sessions(staff, since)
        ]
        return Counted(figures, None)

    def entries(since: datetime, _levels: Mapping[int, Privacy], language: str) -> str:
        with translation.override(language):
            return "".join(_entry(one) for one in _sessions(staff, since))

    return Scope(_("Mes groupes"), _places(staff), count, entries)


def _places(staff: StaffMember) -> dict[int, Privacy]:
    found = kept_by(staff).filter(group__coach=staff).order_by().values_list("group__basin__pool__facility", flat=True)
    return dict.fromkeys(found.distinct(), Privacy.FULL)


def _entry(session: Session) -> str:
    facility = session.group.basin.pool.facility
    expected: int = vars(session)["expected"]
    changed: datetime = vars(session)["changed_at"] or BEGINNING
    return render_entry(
        EntryFacts(
            uid=f"{session.pk}-groupe@{settings.CALENDAR_DOMAIN}",
            sequence=max(0, int((changed - BEGINNING) // timedelta(minutes=1))),
            changed_at=changed,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            summary=f"{session.group.activity} ({session.group.code})",
            location=facility.address_line,
            latitude=facility.latitude,
            longitude=facility.longitude,
            description=_("Inscrits : %(sold)s sur %(heads)s") % {"sold": expected, "heads": session.group.capacity},
            has_alarms=False,
            takes_time=True,
        )
    )


COACH = FeedKind(
    name="activities.coach",
    slug="mes-groupes",
    group=_lazy("Piscines"),
    choices=_choices,
    names=_names,
    scope=_scope,
)
