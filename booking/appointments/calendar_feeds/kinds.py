"""The calendars of agents: a counter, a facility, or all that one's roles name. What each shows is asked at each read
of the rights its owner has today, never remembered."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Extract
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.appointments.calendar_feeds.entries import joined
from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment, Counter
from municipalities import rules
from municipalities.feeds import Counted, FeedKind, Privacy, Scope
from municipalities.forms.fields import number_in
from municipalities.models import Facility, StaffMember


def shown(since: datetime) -> QuerySet[Appointment]:
    """Appointments from then on and to come; cancelled ones as long after that; never holds."""
    return Appointment.objects.filter(starts_at__gte=since).exclude(
        Q(state=State.HELD) | Q(state__in=CANCELLED, cancelled_at__lt=since)
    )


def own_facilities(staff: StaffMember) -> QuerySet[Facility]:
    """Facilities with counters that a role of this person names, itself or who runs it. Whoever sees the whole
    territory subscribes place by place: all of it would be everybody's appointments in one pocket."""
    roles = staff.current_roles()
    return (
        Facility.objects.visible_to(staff)
        .filter(Q(pk__in=roles.facility_ids) | Q(operator__in=roles.operator_ids))
        .filter(pk__in=Counter.objects.values("facility"))
    )


def of_counter(subject_id: str, staff: StaffMember) -> Scope | None:
    counter = (
        Counter.objects.visible_to(staff)
        .filter(pk=_key(subject_id))
        .values_list("pk", "name", "facility_id", "facility__name", "facility__operator_id")
        .first()
    )
    if counter is None:
        return None
    pk, name, facility_id, place, operator_id = counter
    return _scope(f"{place}, {name}", Q(counter=pk), _most(staff, [(facility_id, operator_id)]))


def of_facility(subject_id: str, staff: StaffMember) -> Scope | None:
    facility = Facility.objects.visible_to(staff).filter(pk=_key(subject_id))
    found = facility.values_list("pk", "operator_id", "name").first()
    return _scope_of_places(found[2], staff, [found[:2]]) if found else None


def of_own_facilities(_subject_id: str, staff: StaffMember) -> Scope | None:
    facilities = list(own_facilities(staff).order_by("pk").values_list("pk", "operator_id", "name"))
    name = ", ".join(name for _pk, _operator, name in facilities[:3]) + (" …" if len(facilities) > 3 else "")
    return _scope_of_places(name, staff, [found[:2] for found in facilities]) if facilities else None


def _scope_of_places(name: str, staff: StaffMember, places: Iterable[tuple[int, int]]) -> Scope:
    most = _most(staff, places)
    return _scope(name, Q(facility__in=list(most)), most)


def _most(staff: StaffMember, places: Iterable[tuple[int, int]]) -> dict[int, Privacy]:
    """Names and initials are for those who receive people there; who merely looks on learns when it is busy."""
    return {
        pk: Privacy.FULL if rules.works_at(staff, Facility(pk=pk, operator_id=operator_id)) else Privacy.BUSY
        for pk, operator_id in places
    }


def _scope(name: str, which: Q, most: Mapping[int, Privacy]) -> Scope:
    def count(since: datetime) -> Counted:
        """One query: how many, the sum and the latest of their changes."""
        seen = (
            shown(since)
            .filter(which)
            .aggregate(
                number=Count("pk"),
                purged=Count("purged_at"),
                cancelled=Count("pk", filter=Q(state__in=CANCELLED)),
                sequences=Sum("sequence"),
                changes=Sum(Extract(F("changed_at"), "epoch")),
                latest=Max("changed_at"),
            )
        )
        return Counted([*seen.values()], seen["latest"])

    def entries(since: datetime, levels: Mapping[int, Privacy], language: str) -> str:
        return joined(shown(since).filter(which), levels, language)

    return Scope(name, most, count, entries)


def _key(subject_id: str) -> int:
    return number_in(subject_id) or 0


def _counters(staff: StaffMember) -> Sequence[tuple[str, str]]:
    counters = Counter.objects.visible_to(staff).select_related("facility").order_by("facility__slug", "name")
    return [(str(counter.pk), str(counter)) for counter in counters]


def _facilities(staff: StaffMember) -> Sequence[tuple[str, str]]:
    facilities = Facility.objects.visible_to(staff).filter(pk__in=Counter.objects.values("facility")).order_by("slug")
    return [(str(facility.pk), str(facility)) for facility in facilities]


def _own(staff: StaffMember) -> Sequence[tuple[str, str]]:
    return [("", _("Tous mes établissements"))] if own_facilities(staff).exists() else []


def _names_of_counters(ids: Collection[str]) -> dict[str, str]:
    counters = Counter.objects.filter(pk__in=map(_key, ids)).select_related("facility")
    return {str(counter.pk): str(counter) for counter in counters}


def _names_of_facilities(ids: Collection[str]) -> dict[str, str]:
    return {str(facility.pk): str(facility) for facility in Facility.objects.filter(pk__in=map(_key, ids))}


def _name_of_own(_ids: Collection[str]) -> dict[str, str]:
    return {"": _("Mes établissements")}


def _changed(more: str = "") -> str:
    """An appointment of these places was changed since, or has left them for another.

    The order asks for the index: the planner cannot know that changes are seldom, and would read the whole table.
    """
    return f"""EXISTS (
    SELECT FROM unnest(f.places) place CROSS JOIN LATERAL (
      SELECT FROM appointments_appointment a
      WHERE NOT (a.state = 'held') AND a.facility_id = place AND a.changed_at > f.since {more}
      ORDER BY a.changed_at DESC LIMIT 1
    ) changed
  ) OR EXISTS (
    SELECT FROM appointments_departure d WHERE d.facility_id = ANY (f.places) AND d.left_at > f.since
  )"""


COUNTER = FeedKind(
    name="appointments.counter",
    slug="guichet",
    group=_lazy("Guichets"),
    choices=_counters,
    names=_names_of_counters,
    scope=of_counter,
    changed=_changed("AND a.counter_id = f.subject_id::bigint"),
)
FACILITY = FeedKind(
    name="appointments.facility",
    slug="etablissement",
    group=_lazy("Établissements"),
    choices=_facilities,
    names=_names_of_facilities,
    scope=of_facility,
    changed=_changed(),
)
OWN_FACILITIES = FeedKind(
    name="appointments.own",
    slug="mes-etablissements",
    group="",
    choices=_own,
    names=_name_of_own,
    scope=of_own_facilities,
    changed=_changed(),
)
KINDS = (OWN_FACILITIES, FACILITY, COUNTER)
