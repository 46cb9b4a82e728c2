"""Hours of a nursery, month by month, as its operator reports them: attended, billed, what they cost."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.nurseries.calendar_words import say_month_and_year
from booking.nurseries.models import Nursery, NurseryHours
from booking.nurseries.operators.forms import MonthField
from booking.nurseries.supply import saving
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.forms.fields import StaffFormLook
from municipalities.idempotency import one_press
from municipalities.models import StaffMember

#: Months that are shown, the latest first.
SHOWN = 24


class HoursForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = NurseryHours
        fields = ("month", "attended", "billed", "cost")
        field_classes = {"month": MonthField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attended"].help_text = _lazy("De tous les enfants ensemble, sans nom.")
        for name in ("attended", "billed", "cost"):
            self.fields[name].widget.attrs["class"] = "govuk-input govuk-input--width-10"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        month = data.get("month")
        if month is not None and month > timezone.localdate():
            self.add_error("month", _("Ce mois n’a pas commencé."))
        return data


@staff_page
@one_press
def hours(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """What was reported, and a form for one month more; a month that was said is said anew."""
    found = get_object_or_404(Nursery.objects.run_by(staff).select_related("facility"), pk=pk)
    form = HoursForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if saved(
            request, form, lambda: saving.say_hours(nursery=found, by=staff, **said), _("Les heures sont enregistrées.")
        ):
            return redirect("supply:hours", pk)
    rows = NurseryHours.objects.filter(nursery=found).order_by("-month")[:SHOWN]
    context = {
        "form": form,
        "nursery": found,
        "rows": [(say_month_and_year(f"{one.month:%Y-%m}").capitalize(), one) for one in rows],
    }
    return render_staff(request, staff, "operators/hours.html", context)
