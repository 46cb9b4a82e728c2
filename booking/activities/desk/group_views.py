"""Who is in a group, for those who plan it, sell it or teach it; and two groups made one."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.activities.changes import merging
from booking.activities.desk.forms import MergeForm
from booking.activities.enrolling.paying import unpaid_of
from booking.activities.models import Enrolment, EnrolmentState, Group, Waiting
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.enums import Role
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects
from municipalities.rules import RIGHTS, Ability, manages_territory

_WHOLE = ("activity__season__operator", "basin__pool__facility", "coach")


@dataclass(frozen=True)
class Place:
    """An enrolment as this person may see it: `who` is empty for whoever reads no names."""

    enrolment: Enrolment
    who: str


@dataclass(frozen=True)
class Waits:
    """Somebody on the list of the group, as this person may see it."""

    entry: Waiting
    who: str

    @property
    def until(self) -> datetime | None:
        """Until when something is offered to them; None where nothing is."""
        return self.entry.offer.held_until if self.entry.offer else None


def seen_by(staff: StaffMember) -> QuerySet[Group]:
    """Groups whose places this person sees: those they plan, those they sell, those they teach."""
    found = Group.objects.select_related(*_WHOLE)
    if manages_territory(staff):
        return found
    roles = staff.current_roles()
    sold = Q(activity__season__operator__in=roles.operators_with(*RIGHTS[Ability.SERVE_FAMILIES]))
    taught = Q(coach=staff, activity__season__operator__in=roles.operators_with(Role.COACH))
    return found.filter(Q(pk__in=Group.objects.visible_to(staff)) | sold | taught)


def names_of(staff: StaffMember, group: Group) -> bool:
    """Whoever serves families there reads their names, and whoever teaches the group."""
    if manages_territory(staff):
        return True
    operator, roles = group.activity.season.operator_id, staff.current_roles()
    if group.coach_id == staff.pk and operator in roles.operators_with(Role.COACH):
        return True
    return rules.serves_families(staff) and operator in roles.operators_with(*RIGHTS[Ability.SERVE_FAMILIES])


@staff_page
@require_GET
def mine(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The groups this person teaches."""
    roles = staff.current_roles()
    if not rules.teaches(staff):
        raise Http404
    now = timezone.now()
    ahead = Q(sessions__called_off_at__isnull=True, sessions__starts_at__gt=now)
    found = (
        Group.objects.filter(coach=staff, activity__season__operator__in=roles.operators_with(Role.COACH))
        .select_related(*_WHOLE)
        .annotate(next=Min("sessions__starts_at", filter=ahead))
        .filter(next__isnull=False)
        .order_by("next", "pk")
    )
    enrolled = Enrolment.objects.enrolled().whole().filter(group__in=found).values_list("group").annotate(n=Count("pk"))
    taken = dict(enrolled.order_by("group"))
    context = {"groups": [(group, taken.get(group.pk, 0)) for group in found]}
    return render_staff(request, staff, "desk/mine.html", context)


@staff_page
@require_GET
def places(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    group = get_object_or_404(seen_by(staff), pk=pk)
    now = timezone.now()
    waiting = list(Waiting.objects.still().filter(group=group).select_related("member", "offer"))
    standing = Enrolment.objects.standing().whole().filter(group=group).exclude(pk__in=Enrolment.objects.expired(now))
    rows = list(standing.select_related("member", "basket").order_by("member__family_name", "number"))
    reads, sells = names_of(staff, group), rules.serves_families(staff)
    if reads:
        homes = {row.basket.household_id for row in rows} | {one.household_id for one in waiting}
        note_subjects(HOUSEHOLD, *homes, why=Why.SEARCH, view="desk:places", by=staff)
    context = {
        "group": group,
        "places": [Place(row, str(row.member) if reads else "") for row in rows],
        "waiting": [Waits(one, str(one.member) if reads else "") for one in waiting],
        "reads": reads,
        # Money is for whoever sells: who teaches needs to know who comes.
        "unpaid": unpaid_of(rows) if reads and sells else set(),
        "enrolled": sum(row.state == EnrolmentState.ENROLLED for row in rows),
        "underway": sum(row.state != EnrolmentState.ENROLLED for row in rows),
        "free": max(0, group.capacity - len(rows)),
        "plans": Group.objects.visible_to(staff).filter(pk=pk).exists(),
        "sells": sells,
        "next": group.sessions.planned().filter(starts_at__gt=now).order_by("starts_at").first(),
    }
    return render_staff(request, staff, "desk/places.html", context)


@staff_page
def merge(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Into which group, what that means, and then, by another button, that it be done."""
    group = get_object_or_404(Group.objects.visible_to(staff).select_related(*_WHOLE), pk=pk)
    at_first = {"into": request.GET.get(Param.GROUP_CHOSEN, "")}
    form = MergeForm(posted(request), initial=at_first, others=merging.others_of(group))
    found: merging.Merger | None = None
    refusal = ""
    if request.method == "POST" and form.is_valid():
        into: Group = form.cleaned_data["into"]
        try:
            if Param.MERGE in request.POST:
                seen = number_in(request.POST.get(Param.SHOWN, ""))
                merging.merge(group=group, into=into, by=staff, seen=seen)
                messages.success(request, _("Les deux groupes n’en font plus qu’un, les familles sont prévenues."))
                return redirect("seasons:group", into.pk)
            found = merging.preview(group=group, into=into)
        except Refusal as told:
            refusal = str(told)
    context = {"group": group, "form": form, "found": found, "refusal": refusal}
    return render_staff(request, staff, "desk/merge.html", context)
