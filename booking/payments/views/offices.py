"""The pages of a cash office: its journal, its months, what is pending, the closing, refunds, what banks take back."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.payments import counter, decisions, journal_export, queries, refunds, staff_actions
from booking.payments.enums import COUNTER_MEANS
from booking.payments.forms import BouncedForm, ClosingForm, PeriodForm
from booking.payments.models import CashOffice, PaymentAlert, Receipt, RefundFile
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.exceptions import simple_attempt
from municipalities.idempotency import one_press
from municipalities.lists import file_of
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects


@staff_page
@require_GET
def offices(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.works_with_money(staff):
        raise Http404
    context = {
        "offices": CashOffice.objects.visible_to(staff).select_related("operator"),
        "served": set(CashOffice.objects.served_by(staff).values_list("pk", flat=True)),
        "accounted": set(CashOffice.objects.accounted_by(staff).values_list("pk", flat=True)),
        "governed": set(CashOffice.objects.governed_by(staff).values_list("pk", flat=True)),
        "governs": rules.sets_rules(staff),
    }
    return render_staff(request, staff, "cash/offices.html", context)


def _seen_office(staff: StaffMember, pk: int) -> CashOffice:
    return get_object_or_404(CashOffice.objects.visible_to(staff).select_related("operator"), pk=pk)


@staff_page
@require_GET
def journal(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    office = _seen_office(staff, pk)
    form = PeriodForm(request.GET or None)
    first, last = form.days()
    form.initial = {"first": first, "last": last}
    entries = queries.journal_of(office, first, last)
    context = {
        "office": office,
        "form": form,
        "first": first,
        "last": last,
        "entries": entries[: queries.SHOWN],
        "shown": queries.SHOWN,
        "number": entries.count(),
        "totals": queries.totals_of(entries),
        "exports": CashOffice.objects.accounted_by(staff).filter(pk=pk).exists(),
        "works_here": CashOffice.objects.worked_for_by(staff).filter(pk=pk).exists(),
    }
    return render_staff(request, staff, "cash/journal.html", context)


@staff_page
@require_GET
def journal_file(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The journal of a period for the public accountant, as CSV."""
    office = get_object_or_404(CashOffice.objects.accounted_by(staff), pk=pk)
    first, last = PeriodForm(request.GET or None).days()
    households = queries.journal_of(office, first, last).order_by().values_list("household", flat=True).distinct()
    note_subjects(HOUSEHOLD, *households, why=Why.SEARCH, view="cash:journal_file", by=staff)
    return file_of(journal_export.as_csv(office, first, last), f"journal-{office.pk}-{first}-{last}")


@staff_page
@require_GET
def months(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    office = _seen_office(staff, pk)
    return render_staff(request, staff, "cash/months.html", {"office": office, "rows": queries.months_of(office)})


@staff_page
@require_GET
def pending(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    office = _seen_office(staff, pk)
    context = {
        "office": office,
        "pending": queries.pending_of(office),
        "to_decide": set(decisions.awaiting().filter(charge__office=office).values_list("pk", flat=True)),
        "accounts": CashOffice.objects.accounted_by(staff).filter(pk=office.pk).exists(),
        "alerts": office.alerts.filter(seen_at__isnull=True).select_related("payment").order_by("raised_at", "pk"),
        "works_here": CashOffice.objects.worked_for_by(staff).filter(pk=office.pk).exists(),
        "now": timezone.now(),
    }
    return render_staff(request, staff, "cash/pending.html", context)


@staff_page
@require_POST
def seen(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    mine = PaymentAlert.objects.filter(office__in=CashOffice.objects.worked_for_by(staff))
    alert = get_object_or_404(mine, pk=pk)
    sentence = simple_attempt(lambda: staff_actions.note_seen(alert=alert, by=staff))
    if sentence:
        messages.error(request, sentence)
    return redirect("cash:pending", alert.office_id)


@staff_page
@one_press
def closing(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A cashier's end of the day: counted first, then seen beside the journal."""
    office = get_object_or_404(CashOffice.objects.served_by(staff).select_related("operator"), pk=pk)
    form = ClosingForm(posted(request))
    if request.method == "POST" and form.is_valid():
        closed = partial(counter.close, office=office, cashier=staff, counted=form.counted())
        if saved(request, form, closed, _("La caisse est clôturée.")):
            return redirect("cash:closing", office.pk)
    past = office.closings.filter(cashier=staff).prefetch_related("lines").order_by("-closed_at")[:10]
    context = {"office": office, "form": form, "closings": past, "means": COUNTER_MEANS}
    return render_staff(request, staff, "cash/closing.html", context)


@staff_page
@require_GET
def refund_files(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The account is shown to the office's accountant, and to nobody else: not to whoever manages everything either."""
    office = get_object_or_404(CashOffice.objects.accounted_by(staff).select_related("operator"), pk=pk)
    files = RefundFile.objects.to_do().filter(note__office=office).select_related("note").order_by("asked_at", "pk")
    reads = staff_actions.reads_accounts(staff, office)
    rows = [
        (file, refunds.iban_of(file) if reads else "", file.holder if reads else "", refunds.still_owes(file.note))
        for file in files
    ]
    return render_staff(request, staff, "cash/refunds.html", {"office": office, "rows": rows, "reads": reads})


@staff_page
@require_POST
def finish_refund(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    mine = RefundFile.objects.filter(note__office__in=CashOffice.objects.accounted_by(staff))
    file = get_object_or_404(mine.select_related("note"), pk=pk)
    finish = refunds.refuse_refund if request.POST.get(Param.REFUSE) else refunds.pay_refund
    sentence = simple_attempt(lambda: finish(refund_id=file.pk, by=staff))
    if sentence:
        messages.error(request, sentence)
    return redirect("cash:refunds", file.note.office_id)


@staff_page
@one_press
def bounced(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """A debit or a cheque that the bank has taken back, by the number of its receipt."""
    office = get_object_or_404(CashOffice.objects.accounted_by(staff).select_related("operator"), pk=pk)
    form = BouncedForm(posted(request))
    if request.method == "POST" and form.is_valid():
        receipt = Receipt.objects.filter(office=office, number=form.cleaned_data["number"]).first()
        if receipt is None:
            form.add_error("number", _("Aucun reçu de cette régie ne porte ce numéro."))
        elif sentence := simple_attempt(lambda: counter.take_back(receipt_id=receipt.pk, by=staff)):
            form.add_error("number", sentence)
        else:
            messages.success(request, _("Le rejet est enregistré : le montant est à nouveau à régler."))
            return redirect("cash:journal", office.pk)
    return render_staff(request, staff, "cash/bounced.html", {"office": office, "form": form})
