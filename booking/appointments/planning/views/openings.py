from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.models import Counter, OpeningPeriod
from booking.appointments.models.calendar import Weekday
from booking.appointments.planning.forms.openings import (
    CounterForm,
    GoodFridayForm,
    OpeningForm,
    OperatorChoiceForm,
    next_days,
)
from booking.appointments.planning.openings import delete_opening as delete_opening_action
from booking.appointments.planning.openings import save_opening
from booking.appointments.planning.settings import hand_over, put_facility_in_service, save_counter, set_good_friday
from booking.appointments.planning.views.attempts import Attempt, attempt, in_the_way_page
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.holidays import public_holidays
from municipalities.idempotency import one_press
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.query_names import Param


@staff_page
def counters(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.visible_to(staff).select_related("municipality"), pk=pk)
    context = {
        "facility": facility,
        "counters": facility.counters.prefetch_related("types", "openings"),
        "may_manage": _may_manage(staff, facility),
    }
    return render_staff(request, staff, "planning/counters.html", context)


@staff_page
@one_press
def new_counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    facility = get_object_or_404(Facility.objects.manageable_by(staff), pk=pk)
    return _counter_form(request, staff, Counter(facility=facility))


@staff_page
def edit_counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _counter_form(request, staff, _managed_counter(staff, pk))


def _counter_form(request: HttpRequest, staff: StaffMember, counter: Counter) -> HttpResponse:
    title = counter.name
    is_new = counter.pk is None
    form = CounterForm(posted(request), instance=counter)
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        types = list(form.cleaned_data["types"])
        tried = attempt(request, staff, _bound(save_counter, counter=form.instance, types=types, by=staff))
        if tried.is_done:
            messages.success(request, _("%(name)s est enregistré.") % {"name": counter.name})
            return redirect("counter:counter", form.instance.pk)
    context = {"facility": counter.facility, "counter": None if is_new else counter, "title": title, "form": form}
    return render_staff(request, staff, "planning/counter_form.html", {**context, "tried": tried})


@staff_page
@require_POST
def facility_service(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Take a facility out of service, or put it back."""
    facility = get_object_or_404(Facility.objects.manageable_by(staff), pk=pk)
    wanted = request.POST.get(Param.SERVICE) == "oui"
    tried = attempt(request, staff, _bound(put_facility_in_service, facility=facility, in_service=wanted, by=staff))
    back = reverse("counter:counters", args=[facility.pk])
    if tried.may_insist:
        return in_the_way_page(request, staff, tried, back=back)
    if tried.is_done:
        messages.success(request, _("En service.") if wanted else _("Hors service : plus rien n’y est proposé."))
    else:
        messages.error(request, tried.refusal)
    return redirect(back)


@staff_page
def facility_operator(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Who runs a facility: the territory's manager says so, for rights and closures follow from it."""
    facility = get_object_or_404(Facility.objects.manageable_by(staff).select_related("operator"), pk=pk)
    if not rules.manages_territory(staff):
        sentence = _("Seul le responsable du territoire confie un établissement à un autre gestionnaire.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    now = facility.operator
    form = OperatorChoiceForm(posted(request), initial={"operator": now.pk})
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["operator"]
        tried = attempt(request, staff, _bound(hand_over, facility=facility, operator=chosen, by=staff))
        if tried.is_done:
            said = {"place": facility.name, "operator": chosen.name}
            messages.success(request, _("%(place)s est confié à %(operator)s.") % said)
            return redirect("staff:facility", facility.pk)
    context = {"facility": facility, "operator": now, "form": form, "tried": tried}
    return render_staff(request, staff, "planning/facility_operator.html", context)


@staff_page
def counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The week of a counter, and when it is closed."""
    place = get_object_or_404(Counter.objects.visible_to(staff).select_related("facility__municipality"), pk=pk)
    today = timezone.localdate()
    rows = list(place.openings.prefetch_related("types").order_by("weekday", "starts", "valid_from"))
    holding = [row for row in rows if row.valid_until is None or row.valid_until >= today]
    context = {
        "counter": place,
        "facility": place.facility,
        "types": list(place.types.all()),
        "week": [(label, [row for row in holding if row.weekday == value]) for value, label in Weekday.choices],
        "past": [row for row in rows if row not in holding],
        "closures": place.closures.by_hand().filter(period__endswith__gt=timezone.now()),
        "today": today,
        "may_manage": _may_manage(staff, place.facility),
    }
    return render_staff(request, staff, "planning/counter.html", context)


@staff_page
@one_press
def new_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = _managed_counter(staff, pk)
    initial: dict[str, Any] = {}
    if request.GET.get(Param.DAY, "") in {str(value) for value in Weekday.values}:
        initial["weekday"] = int(request.GET[Param.DAY])
    return _opening_form(request, staff, OpeningPeriod(counter=place), initial)


@staff_page
@one_press
def opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _opening_form(request, staff, _managed_opening(staff, pk), {})


def _opening_form(
    request: HttpRequest, staff: StaffMember, row: OpeningPeriod, initial: dict[str, Any]
) -> HttpResponse:
    is_new = row.pk is None
    form = OpeningForm(posted(request), instance=row, initial=initial)
    tried = Attempt(False)
    wants_days = Param.LOOK in request.POST
    days = next_days(form) if (form.is_valid() if wants_days else not is_new and not form.is_bound) else []
    if request.method == "POST" and not wants_days and form.is_valid():
        types: Sequence[Any] = list(form.cleaned_data["types"])
        tried = attempt(request, staff, _bound(save_opening, opening=form.instance, types=types, by=staff))
        if tried.is_done:
            messages.success(request, _("La plage est enregistrée, les créneaux sont à jour."))
            if Param.NEXT in request.POST:
                return redirect("counter:new_opening", row.counter_id)
            return redirect("counter:counter", row.counter_id)
    context = {
        "form": form,
        "counter": row.counter,
        "opening": None if is_new else row,
        "tried": tried,
        "days": [(day, _holiday(row.counter, day)) for day in days],
        "wants_days": wants_days,
    }
    return render_staff(request, staff, "planning/opening.html", context)


def _holiday(counter: Counter, day: date) -> str:
    """The public holiday that closes the counter on that day."""
    town = counter.facility.municipality
    found = public_holidays(day.year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday)
    return str(found.get(day, ""))


@staff_page
def delete_opening(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _managed_opening(staff, pk)
    tried = Attempt(False)
    if request.method == "POST":

        def change(*, keep_appointments: bool) -> None:
            # Read for each try: a deletion that is rolled back leaves an instance without its key.
            fresh = _managed_opening(staff, pk)
            delete_opening_action(opening=fresh, by=staff, keep_appointments=keep_appointments)

        tried = attempt(request, staff, change)
        if tried.is_done:
            messages.success(request, _("La plage est supprimée."))
            return redirect("counter:counter", row.counter_id)
    context = {"opening": row, "counter": row.counter, "tried": tried}
    return render_staff(request, staff, "planning/opening_delete.html", context)


@staff_page
@one_press
def holidays(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The public holidays of a municipality, and whether Good Friday is one."""
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    form = GoodFridayForm(posted(request), initial={"is_holiday": place.good_friday_is_holiday})
    tried = Attempt(False)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["is_holiday"]
        tried = attempt(request, staff, _bound(set_good_friday, municipality=place, is_holiday=wanted, by=staff))
        if tried.is_done:
            messages.success(request, _("Les jours fériés sont enregistrés, les créneaux sont à jour."))
            return redirect("counter:holidays", place.pk)
    year = timezone.localdate().year
    flag = Municipality.objects.only("good_friday_is_holiday").get(pk=pk).good_friday_is_holiday
    days = [
        (each, public_holidays(each, insee_code=place.insee_code, good_friday=flag).items())
        for each in (year, year + 1)
    ]
    context = {"place": place, "form": form, "years": days, "tried": tried}
    return render_staff(request, staff, "planning/holidays.html", context)


def _bound(verb: Any, **arguments: Any) -> Any:
    def change(*, keep_appointments: bool) -> object:
        return verb(**arguments, keep_appointments=keep_appointments)

    return change


def _may_manage(staff: StaffMember, facility: Facility) -> bool:
    return Facility.objects.manageable_by(staff).filter(pk=facility.pk).exists()


def _managed_counter(staff: StaffMember, pk: int) -> Counter:
    return get_object_or_404(Counter.objects.manageable_by(staff).select_related("facility__municipality"), pk=pk)


def _managed_opening(staff: StaffMember, pk: int) -> OpeningPeriod:
    found = OpeningPeriod.objects.manageable_by(staff).select_related("counter__facility__municipality")
    return get_object_or_404(found, pk=pk)
