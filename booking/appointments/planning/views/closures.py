from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.free_time.gaps import counters_with_place
from booking.appointments.models import Counter, CounterClosure
from booking.appointments.planning.closing import touched_at
from booking.appointments.planning.forms.openings import ClosureForm
from booking.appointments.planning.openings import close_counter, reopen
from booking.appointments.planning.queries import closures_seen_by, liftable_closures
from booking.appointments.planning.views.attempts import Attempt, attempt
from municipalities import rules, services
from municipalities.access import done, posted, render_staff, staff_page
from municipalities.actions.closures import close_place, closure_of, reopen_place
from municipalities.idempotency import one_press
from municipalities.models import Closure, Facility, Municipality, StaffMember
from municipalities.query_names import Param

#: Closures that ended this long ago still show in the list.
KEPT_IN_SIGHT = timedelta(days=30)
#: Name of the button that shows what a closure touches, and changes nothing.
PREVIEW = Param.PREVIEW


@staff_page
def closures(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    found = closures_seen_by(staff, since=timezone.now() - KEPT_IN_SIGHT)
    context = {
        "coming": [line for line in found if not line.is_over],
        "past": [line for line in found if line.is_over],
        "may_close": rules.manages_a_facility(staff),
        "municipalities": Municipality.objects.editable_by(staff),
    }
    return render_staff(request, staff, "planning/closures.html", context)


@staff_page
@one_press
def new_closure(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.manages_a_facility(staff):
        sentence = _("Fermer un guichet ou un établissement demande le rôle de responsable.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    today = timezone.localdate()
    initial = {"place": request.GET.get(Param.PLACE, ""), "from_day": today, "until_day": today}
    form = ClosureForm(posted(request), by=staff, initial=initial)
    context: dict[str, Any] = {"form": form}
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        if PREVIEW in request.POST:
            context |= _preview(request, staff, form)
        else:
            tried = attempt(request, staff, _closing(form, staff))
            if tried.is_done:
                messages.success(request, _("La fermeture est enregistrée, les créneaux sont à jour."))
                return redirect("counter:closures")
    return render_staff(request, staff, "planning/closure_new.html", {**context, "tried": tried})


def _preview(request: HttpRequest, staff: StaffMember, form: ClosureForm) -> dict[str, Any]:
    """What the closure takes, before it is made: of a counter's its appointments, of a place's every service's."""
    place, period = form.where(), form.cleaned_data["period"]
    if isinstance(place, Counter):
        touched = [touched_at(request, staff, counters_with_place().filter(pk=place.pk), period)]
    else:
        touched = services.touched_by(request, staff, closure_of(place, period))
    return {
        "previewed": True,
        "touched": touched,
        "total": sum(one.number for one in touched),
    }


def _closing(form: ClosureForm, staff: StaffMember) -> Any:
    place, period, reason = form.where(), form.cleaned_data["period"], form.cleaned_data["reason"]

    def change(*, keep_appointments: bool) -> object:
        if isinstance(place, Counter):
            return close_counter(
                counter=place, period=period, reason=reason, by=staff, keep_appointments=keep_appointments
            )
        return close_place(
            municipality=place if isinstance(place, Municipality) else None,
            facility=place if isinstance(place, Facility) else None,
            period=period,
            reason=reason,
            by=staff,
            keep=keep_appointments,
        )

    return change


@staff_page
@require_POST
def lift_counter_closure(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    mine = Counter.objects.manageable_by(staff)
    return _lift(request, staff, get_object_or_404(CounterClosure.objects.by_hand().filter(counter__in=mine), pk=pk))


@staff_page
@require_POST
def lift_closure(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _lift(request, staff, get_object_or_404(liftable_closures(staff), pk=pk))


def _lift(request: HttpRequest, staff: StaffMember, closure: Closure | CounterClosure) -> HttpResponse:
    if isinstance(closure, CounterClosure):
        lift = partial(reopen, closure=closure, by=staff)
    else:
        lift = partial(reopen_place, closure=closure, by=staff)
    done(request, lift, _("La fermeture est levée, les créneaux sont de nouveau proposés."))
    return redirect("counter:closures")
