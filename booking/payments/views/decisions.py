"""The accountant ends a payment that PayFiP confirms otherwise than it was asked."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from booking.payments import decisions
from booking.payments.forms import DecisionForm
from booking.payments.models import CashOffice, Payment
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import StaffMember


@staff_page
@one_press
def decide(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    mine = Payment.objects.filter(charge__office__in=CashOffice.objects.accounted_by(staff))
    payment = get_object_or_404(mine.select_related("charge__office"), pk=pk)
    form = DecisionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        decide = partial(decisions.decide, payment_id=payment.pk, by=staff, **form.decision())
        said = _("La décision est enregistrée, et le journal la dit.")
        if saved(request, form, decide, said):
            return redirect("cash:pending", payment.charge.office_id)
    context = {
        "office": payment.charge.office,
        "payment": payment,
        "form": form,
        "awaits": decisions.awaiting().filter(pk=pk).exists(),
    }
    return render_staff(request, staff, "cash/decide.html", context)
