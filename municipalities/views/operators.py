"""Who runs facilities without being a municipality: the agglomeration, contract holders."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from municipalities import rules, senders
from municipalities.access import posted, render_staff, staff_page
from municipalities.actions.places import save_operator
from municipalities.forms.places import NewOperatorForm, OperatorForm
from municipalities.idempotency import one_press
from municipalities.identity import HEX
from municipalities.models import Facility, Operator, StaffMember
from municipalities.views.places import measured


@staff_page
def operators(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.manages_an_operator(staff):
        raise Http404
    mine = list(Operator.objects.editable_by(staff))
    if len(mine) == 1 and not rules.manages_territory(staff):
        return redirect("staff:operator", mine[0].pk)
    return render_staff(request, staff, "staff/operators.html", {"operators": mine})


@staff_page
@one_press
def new_operator(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.manages_territory(staff):
        sentence = _("Seul le responsable du territoire ajoute un gestionnaire.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    form = NewOperatorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = save_operator(operator=form.instance, by=staff)
        messages.success(request, _("%(name)s est ajouté.") % {"name": made.name})
        return redirect("staff:operator", made.pk)
    return render_staff(request, staff, "staff/operator.html", {"operator": None, "form": form})


@staff_page
def operator(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """What people read of an operator, and what it runs."""
    place = get_object_or_404(Operator.objects.editable_by(staff), pk=pk)
    name, colour = place.name, place.colour
    form = OperatorForm(posted(request), instance=place)
    if request.method == "POST" and form.is_valid():
        save_operator(operator=form.instance, by=staff)
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("staff:operator", place.pk)
    typed = str(form["colour"].value())
    context = measured(typed if HEX.match(typed) else colour) | {
        "operator": place,
        "operator_name": name,
        "form": form,
        "has_several": Operator.objects.editable_by(staff)[1:2].exists(),
        "refused": senders.refusal_of(Operator.objects.get(pk=place.pk)),
        "facilities": Facility.objects.visible_to(staff).filter(operator=place).select_related("municipality"),
    }
    return render_staff(request, staff, "staff/operator.html", context)
