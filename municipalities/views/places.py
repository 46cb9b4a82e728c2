from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.actions.places import PlaceNotYours, save_facility, save_municipality, set_logo
from municipalities.exceptions import Refusal
from municipalities.forms.places import FacilityForm, LogoForm, MunicipalityForm, NewMunicipalityForm
from municipalities.identity import accent_of, contrast, redraw_logo
from municipalities.models import Facility, Municipality, StaffMember


@staff_page
def municipalities(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    editable = set(Municipality.objects.editable_by(staff).values_list("pk", flat=True))
    places = [(place, place.pk in editable) for place in Municipality.objects.visible_to(staff)]
    return render_staff(request, staff, "staff/municipalities.html", {"municipalities": places})


@staff_page
def new_municipality(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.manages_territory(staff):
        return _refused(request, staff, _("Seul le responsable du territoire crée une commune."))
    form = NewMunicipalityForm(posted(request))
    if request.method == "POST" and form.is_valid():
        municipality = save_municipality(municipality=form.instance, by=staff)
        messages.success(request, _("%(name)s est créée.") % {"name": municipality.name})
        return redirect("staff:municipality", municipality.pk)
    return render_staff(request, staff, "staff/municipality_new.html", {"form": form})


@staff_page
def municipality(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    form = MunicipalityForm(posted(request), instance=place)
    if request.method == "POST" and form.is_valid():
        save_municipality(municipality=form.instance, by=staff)
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("staff:municipality", place.pk)
    return _municipality_page(request, staff, pk, form, LogoForm())


@staff_page
@require_POST
def municipality_logo(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    if "retirer" in request.POST:
        set_logo(municipality=place, logo=None, by=staff)
        messages.success(request, _("Le logo est retiré, le blason dessiné revient."))
        return redirect("staff:municipality", place.pk)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            set_logo(municipality=place, logo=redraw_logo(form.cleaned_data["logo"].read()), by=staff)
        except Refusal as refusal:
            form.add_error("logo", str(refusal))
        else:
            messages.success(request, _("Le logo est enregistré."))
            return redirect("staff:municipality", place.pk)
    return _municipality_page(request, staff, pk, MunicipalityForm(instance=place), form)


def _municipality_page(
    request: HttpRequest, staff: StaffMember, pk: int, form: MunicipalityForm, logo_form: LogoForm
) -> HttpResponse:
    # Read afresh: the form has already written what was typed onto its own instance.
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    context = {
        "place": place,
        "form": form,
        "logo_form": logo_form,
        "facilities": Facility.objects.visible_to(staff).filter(municipality=place),
        "contrast": number_format(contrast(place.colour, "#ffffff"), decimal_pos=1),
        "own_accent": accent_of(place),
        "is_corrected": accent_of(place).light != place.colour,
    }
    return render_staff(request, staff, "staff/municipality.html", context)


@staff_page
def new_facility(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    facility = Facility(municipality=place, latitude=place.latitude, longitude=place.longitude)
    form = FacilityForm(posted(request), instance=facility)
    if request.method == "POST" and form.is_valid():
        save_facility(facility=form.instance, by=staff)
        messages.success(request, _("%(name)s est créé.") % {"name": facility.name})
        return redirect("staff:facility", facility.pk)
    return render_staff(request, staff, "staff/facility.html", {"place": place, "facility": None, "form": form})


@staff_page
def facility(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Facility.objects.manageable_by(staff).select_related("municipality"), pk=pk)
    name = place.name
    form = FacilityForm(posted(request), instance=place)
    if request.method == "POST" and form.is_valid():
        try:
            save_facility(facility=form.instance, by=staff)
        except PlaceNotYours as refusal:
            return _refused(request, staff, str(refusal))
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("staff:facility", place.pk)
    context = {"place": place.municipality, "facility": place, "facility_name": name, "form": form}
    return render_staff(request, staff, "staff/facility.html", context)


def _refused(request: HttpRequest, staff: StaffMember, sentence: str) -> HttpResponse:
    return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
