from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from municipalities import rules, senders, services
from municipalities.access import posted, render_staff, staff_page
from municipalities.actions import drafts
from municipalities.actions.places import PlaceNotYours, save_facility, save_municipality
from municipalities.exceptions import Refusal
from municipalities.forms.fields import LANGUAGE_NAMES
from municipalities.forms.places import FacilityForm, MunicipalityForm, NewFacilityForm, NewMunicipalityForm
from municipalities.idempotency import one_press
from municipalities.identity import HEX, accessible_accent, coat_svg, contrast, with_draft
from municipalities.models import Facility, Municipality, MunicipalityDraft, StaffMember
from municipalities.place_map import PlaceMap
from municipalities.query_names import Param


@staff_page
def municipalities(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    editable = set(Municipality.objects.editable_by(staff).values_list("pk", flat=True))
    places = [(place, place.pk in editable) for place in Municipality.objects.visible_to(staff)]
    if len(editable) == 1 and not rules.manages_territory(staff):
        return redirect("staff:municipality", editable.pop())
    return render_staff(request, staff, "staff/municipalities.html", {"municipalities": places})


@staff_page
@one_press
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
    """The draft where there is one, else what everybody sees. « brouillon » keeps it, any other button publishes."""
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    draft = MunicipalityDraft.objects.filter(municipality=place).select_related("changed_by").first()
    if draft is not None:
        with_draft(place, draft)
    form = MunicipalityForm(posted(request), request.FILES or None, instance=place)
    if request.method == "POST" and form.is_valid():
        refusal = _keep_or_publish(request, staff, form, place)
        if not refusal:
            return redirect("staff:municipality", place.pk)
        form.add_error(None, refusal)
    return _municipality_page(request, staff, pk, form)


def _keep_or_publish(request: HttpRequest, staff: StaffMember, form: MunicipalityForm, place: Municipality) -> str:
    """Do what the pressed button says. The refusal's sentence, or ""."""
    seen = request.POST.get(Param.SEEN, "")[:40]
    try:
        if request.POST.get(Param.ACT) == "brouillon":
            drafts.save_draft(municipality=place, values=form.values(), emblem=form.emblem(), seen=seen, by=staff)
            messages.success(request, _("Le brouillon est enregistré. Les habitants ne le voient pas encore."))
        else:
            drafts.publish_now(municipality=place, values=form.values(), emblem=form.emblem(), seen=seen, by=staff)
            messages.success(request, _("Les changements sont publiés."))
    except Refusal as refusal:
        return str(refusal)
    return ""


@staff_page
@require_POST
def publish_draft(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    try:
        drafts.publish_draft(municipality=place, seen=request.POST.get(Param.SEEN, "")[:40], by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Le brouillon est publié : c’est ce que tout le monde voit."))
    return redirect("staff:municipality", place.pk)


@staff_page
@require_POST
def discard_draft(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    drafts.discard_draft(municipality=place, by=staff)
    messages.success(request, _("Le brouillon est abandonné. Ce que tout le monde voit n’a pas changé."))
    return redirect("staff:municipality", place.pk)


@staff_page
@require_safe
def draft_emblem(_request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The logo or drawn coat of the draft, for those who prepare it."""
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    draft = get_object_or_404(MunicipalityDraft, municipality=place)
    logo = draft.logo if draft.changes_logo else place.logo
    if logo:
        response = HttpResponse(bytes(logo), content_type="image/png")
    else:
        response = HttpResponse(coat_svg(with_draft(place, draft)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _municipality_page(request: HttpRequest, staff: StaffMember, pk: int, form: MunicipalityForm) -> HttpResponse:
    # Read afresh: the form has already written what was typed onto its own instance.
    published = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    draft = MunicipalityDraft.objects.filter(municipality=published).select_related("changed_by").first()
    shown = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    if draft is not None:
        with_draft(shown, draft)
    typed = form["colour"].value() if form.is_bound else shown.colour
    colour = typed if HEX.match(str(typed)) else shown.colour
    second = form["second_colour"].value() if form.is_bound else shown.second_colour
    second = second if HEX.match(str(second)) else shown.second_colour
    has_logo = bool(draft.logo) if draft is not None and draft.changes_logo else bool(published.logo)
    context = measured(colour) | {
        "place": published,
        "form": form,
        "draft": draft,
        "has_several": Municipality.objects.editable_by(staff)[1:2].exists(),
        "seen": drafts.version_of(draft),
        "has_logo": has_logo,
        "links": services.municipality_links(published),
        "facilities": Facility.objects.visible_to(staff).filter(
            Q(municipality=published) | Q(operator__municipality=published)
        ),
        "between": number_format(contrast(colour, second), decimal_pos=1),
        "fallbacks": _fallbacks(shown),
        "refused": senders.refusal_of(published),
    }
    return render_staff(request, staff, "staff/municipality.html", context)


def measured(colour: str) -> dict[str, Any]:
    """What `staff/_contrast.html` says of a colour."""
    used = accessible_accent(colour)
    return {
        "colour": colour,
        "contrast": number_format(contrast(colour, "#ffffff"), decimal_pos=1),
        "used": used,
        "is_corrected": used != colour,
    }


def _fallbacks(place: Municipality) -> list[tuple[str, str, str]]:
    """What readers of German and English get where nothing is written in their language: (field, language, text)."""
    found = []
    for column in Municipality._meta.concrete_fields:
        if column.name not in ("welcome_text", "opening_text"):
            continue
        text = getattr(place, column.name)
        label = str(column.verbose_name)
        for code, language in LANGUAGE_NAMES.items():
            if code != "fr" and not text.get(code) and text.get("fr"):
                found.append((label, str(language), str(text.get("fr"))))
    return found


@staff_page
@one_press
def new_facility(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Municipality.objects.editable_by(staff), pk=pk)
    facility = Facility(municipality=place, latitude=place.latitude, longitude=place.longitude)
    form = NewFacilityForm(posted(request), instance=facility, by=staff)
    if request.method == "POST" and form.is_valid():
        save_facility(facility=form.instance, by=staff)
        messages.success(request, _("%(name)s est créé.") % {"name": facility.name})
        return redirect("staff:facility", facility.pk)
    context = {"place": place, "facility": None, "form": form} | _map_of(facility, staff)
    return render_staff(request, staff, "staff/facility.html", context)


@staff_page
def facility(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    place = get_object_or_404(Facility.objects.manageable_by(staff).select_related("municipality", "operator"), pk=pk)
    name = place.name
    form = FacilityForm(posted(request), instance=place)
    if request.method == "POST" and form.is_valid():
        try:
            save_facility(facility=form.instance, by=staff)
        except PlaceNotYours as refusal:
            return _refused(request, staff, str(refusal))
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("staff:facility", place.pk)
    links = services.facility_links(place, staff, True)
    context = {"place": place.municipality, "facility": place, "facility_name": name, "form": form, "links": links}
    context |= _map_of(Facility.objects.select_related("municipality").get(pk=place.pk), staff)
    return render_staff(request, staff, "staff/facility.html", context)


def _refused(request: HttpRequest, staff: StaffMember, sentence: str) -> HttpResponse:
    return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)


def _map_of(facility: Facility, staff: StaffMember) -> dict[str, Any]:
    """The drawing on which its place is pointed at: towns and other places around as landmarks."""
    town = facility.municipality
    drawing = PlaceMap.around(town.latitude, town.longitude)
    others = Facility.objects.visible_to(staff).filter(municipality=town, is_active=True).exclude(pk=facility.pk)
    return {
        "drawing": drawing,
        "towns": drawing.marks(Municipality.objects.values_list("name", "latitude", "longitude")),
        "others": drawing.marks(others.values_list("name", "latitude", "longitude")),
        "mark": drawing.at(facility.latitude, facility.longitude),
    }
