"""A colleague covers another facility from date to date."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.actions.staff import delegate
from municipalities.exceptions import Refusal
from municipalities.forms.staff import DelegationForm
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.queries import members_managed_by, roles_managed_by
from municipalities.wording import say_day


@staff_page
@one_press
def delegations(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.manages_a_facility(staff):
        raise Http404
    form = DelegationForm(posted(request), by=staff)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        member = data["email"]
        try:
            held = delegate(
                member=member,
                facility=data["facility"],
                role=data["role"],
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
                by=staff,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            said = {"name": member.name or member.email, "place": data["facility"].name}
            assert held.valid_until is not None
            said |= {"start": say_day(held.valid_from), "end": say_day(held.valid_until)}
            sentence = _("%(name)s assure un remplacement : %(place)s, du %(start)s au %(end)s inclus.")
            messages.success(request, sentence % said)
            return redirect("staff:delegations")
    today = timezone.localdate()
    held_roles = roles_managed_by(staff).filter(is_delegation=True).select_related("staff", "given_by", "facility")
    lines = [(role, _stage(role.valid_from > today, role.valid_until is not None and role.valid_until < today),
              rules.may_end(staff, role)) for role in held_roles.order_by("-valid_until", "pk")[:200]]  # fmt: skip
    context = {"form": form, "lines": lines, "colleagues": members_managed_by(staff).filter(is_active=True)[:200]}
    return render_staff(request, staff, "staff/delegations.html", context)


def _stage(is_to_come: bool, is_over: bool) -> str:
    return "to_come" if is_to_come else "over" if is_over else "running"
