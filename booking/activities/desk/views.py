"""Selling at the desk: for a caller or a visitor, with the actions and the numbers families have, by keyboard."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from booking.activities.desk import finding
from booking.activities.desk.cancel_views import served_by
from booking.activities.desk.forms import ChoiceForm, MoneyForm
from booking.activities.enrolling import holding, paying
from booking.activities.enrolling.holding import Choice
from booking.activities.enrolling.people import Family, family_of, say_place
from booking.activities.enrolling.prices import as_shown, lines_of, remarks_of, signed
from booking.activities.enrolling.refusals import BasketEmpty, NotEligible, PriceChanged
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, Seat
from booking.activities.pricing import Line
from booking.activities.seasons.offered import offered
from booking.activities.tariffs.wording import say_line, say_remark
from booking.payments import counter
from booking.payments.enums import ChargeState
from booking.payments.models import CashOffice, Charge
from booking.residents.families.finding import find_families
from booking.residents.models import Household
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects
from municipalities.visible import visible


@dataclass(frozen=True)
class Row:
    """One line of a basket as it is shown."""

    enrolment: Enrolment
    what: str
    lines: list[tuple[str, Line]]
    remarks: list[str]


@staff_page
@require_GET
def find(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.serves_families(staff):
        raise Http404
    asked = visible(request.GET.get(Param.TYPED, ""))[:200].strip()
    found = find_families(staff, asked) if asked else []
    note_subjects(HOUSEHOLD, *(one.pk for one in found), why=Why.SEARCH, view="desk:find", by=staff)
    return render_staff(request, staff, "desk/find.html", {"asked": asked, "found": found})


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def sale(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """A family's open baskets, with one more place; or on to the till, when no group is named."""
    household = _served(staff, pk, "desk:sale")
    family = family_of(household, now=timezone.now())
    verb = request.POST.get(Param.ACT, "") if request.method == "POST" else ""
    form = ChoiceForm(request.POST if verb == "ajouter" else None, members=family.members)
    shown: dict[str, Any] = {"form": form, "refusal": "", "reasons": [], "choosable": []}
    if verb == "ajouter" and form.is_valid():
        done = _add(staff, family, form, shown)
    elif verb == "retirer":
        done = _drop(staff, household, request.POST.get(Param.LINE, ""), shown)
    elif verb == "encaisser":
        done = _ask(request, staff, household, shown)
    else:
        done = None
    return done or _sale_page(request, staff, household, family, shown)


def _served(staff: StaffMember, pk: UUID, view: str) -> Household:
    household = get_object_or_404(Household.objects.visible_to(staff).select_related("home_municipality"), pk=pk)
    note_subjects(HOUSEHOLD, household.pk, why=Why.SEARCH, view=view, by=staff)
    return household


def _add(staff: StaffMember, family: Family, form: ChoiceForm, shown: dict[str, Any]) -> HttpResponse | None:
    asked, member = form.cleaned_data["group"], form.chosen()
    if not asked:
        return _straight_to_the_till(staff, family.household, shown)
    now = timezone.now()
    found = finding.find_groups(asked, finding.sold_by(staff))
    if len(found) != 1:
        shown["choosable"] = finding.choosable(found[: finding.LISTED], family.persons[member.pk], now)
        shown["more"] = max(0, len(found) - finding.LISTED)
        shown["refusal"] = "" if found else _("Aucun groupe ne s’appelle ainsi : un mot de moins suffit parfois.")
        return None
    try:
        holding.hold(
            household=family.household,
            choices=[Choice(member, found[0].pk)],
            by=staff,
            reason=form.cleaned_data["reason"],
        )
    except NotEligible as refusal:
        shown["reasons"], shown["group"] = refusal.reasons, found[0]
        return None
    except Refusal as refusal:
        shown["refusal"] = str(refusal)
        return None
    return redirect("desk:sale", family.household.pk)


def _straight_to_the_till(staff: StaffMember, household: Household, shown: dict[str, Any]) -> HttpResponse | None:
    baskets = [basket for basket, rows in _open_baskets(staff, household) if rows]
    if len(baskets) != 1:
        shown["refusal"] = str(BasketEmpty.sentence) if not baskets else _("Choisissez le panier à encaisser.")
        return None
    return _begin(staff, baskets[0], None, shown)


def _drop(staff: StaffMember, household: Household, key: str, shown: dict[str, Any]) -> HttpResponse | None:
    mine = Enrolment.objects.filter(basket__household=household, basket__office__in=finding.tills_of(staff))
    lines = mine.filter(state=EnrolmentState.HELD)
    line = next((one for one in lines.select_related("basket") if str(one.pk) == key), None)
    if line is None:
        raise Http404
    try:
        holding.drop_line(enrolment=line, by=staff)
    except Refusal as refusal:
        shown["refusal"] = str(refusal)
        return None
    return redirect("desk:sale", household.pk)


def _ask(request: HttpRequest, staff: StaffMember, household: Household, shown: dict[str, Any]) -> HttpResponse | None:
    key = request.POST.get(Param.BASKET, "")
    mine = Basket.objects.of_household(household).filter(office__in=finding.tills_of(staff))
    basket = next((one for one in mine if str(one.pk) == key), None)
    if basket is None:
        raise Http404
    return _begin(staff, basket, as_shown(request.POST.get(Param.SEEN, "")), shown)


def _begin(
    staff: StaffMember, basket: Basket, seen: dict[str, Any] | None, shown: dict[str, Any]
) -> HttpResponse | None:
    try:
        charge = paying.begin_paying(basket=basket, shown=seen, by=staff)
    except PriceChanged as refusal:
        shown["refusal"], shown["changes"] = str(refusal), refusal.changes
        return None
    except Refusal as refusal:
        shown["refusal"] = str(refusal)
        return None
    return redirect("desk:till", charge.pk)


def _open_baskets(staff: StaffMember, household: Household) -> list[tuple[Basket, list[Row]]]:
    mine = Basket.objects.of_household(household).filter(office__in=finding.tills_of(staff))
    baskets = mine.filter(state=BasketState.OPEN).select_related("office")
    held = Enrolment.objects.filter(basket__in=baskets, state=EnrolmentState.HELD)
    rows: dict[UUID, list[Row]] = {}
    for line in held.select_related("member", "session", "group__activity").order_by("created_at", "pk"):
        group, start = offered().get(line.group_id), line.session.starts_at if line.session else None
        said = say_place(group, start) if group else str(line.group)
        rows.setdefault(line.basket_id, []).append(
            Row(
                line,
                said,
                [(say_line(one), one) for one in lines_of(line.price)],
                [say_remark(one) for one in remarks_of(line.price)],
            )
        )
    return [(basket, rows.get(basket.pk, [])) for basket in baskets]


def _sale_page(
    request: HttpRequest, staff: StaffMember, household: Household, family: Family, shown: dict[str, Any]
) -> HttpResponse:
    baskets = [
        {
            "basket": basket,
            "rows": rows,
            "cents": sum(row.enrolment.cents for row in rows),
            "seen": signed(row.enrolment for row in rows),
            "until": min((row.enrolment.held_until for row in rows if row.enrolment.held_until), default=None),
        }
        for basket, rows in _open_baskets(staff, household)
        if rows
    ]
    pending = Charge.objects.of_household(household).filter(
        state__in=(ChargeState.OPEN, ChargeState.UNPAID), office__in=finding.tills_of(staff)
    )
    context = {
        **shown,
        "household": household,
        "adults": household.guardians.order_by("created_at"),
        "members": family.members,
        "baskets": baskets,
        "pending": list(pending.select_related("office").order_by("created_at")),
        "groups": finding.sold_by(staff).values(),
        "sold": _sold(staff, household),
    }
    context["unpaid"] = paying.unpaid_of(context["sold"])
    status = 409 if shown["refusal"] or shown["reasons"] else 200
    return render_staff(request, staff, "desk/sale.html", context, status=status)


def _sold(staff: StaffMember, household: Household) -> list[Enrolment]:
    """Places of the family of which a session is still to come."""
    ahead = Seat.objects.filter(enrolment=OuterRef("pk"), period__endswith__gt=timezone.now())
    found = served_by(staff).enrolled().filter(Exists(ahead), basket__household=household)
    return list(found.select_related("member", "session", "group__activity").order_by("member__given_name", "pk"))


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def till(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """What is owed, and the money for it: whatever means there are, one receipt."""
    found = Charge.objects.select_related("office", "household")
    found = found.filter(household__in=Household.objects.visible_to(staff), office__in=finding.tills_of(staff))
    charge = get_object_or_404(found, pk=pk)
    note_subjects(HOUSEHOLD, charge.household_id, why=Why.SEARCH, view="desk:till", by=staff)
    takes = CashOffice.objects.served_by(staff).filter(pk=charge.office_id).exists()
    form = MoneyForm(posted(request) if Param.TAKE in request.POST else None)
    refusal = ""
    if request.method == "POST":
        try:
            if Param.BACK in request.POST:
                paying.reopen(basket=get_object_or_404(Basket, pk=charge.subject_id), by=staff)
                return redirect("desk:sale", charge.household_id)
            if not takes:
                raise Http404
            if form.is_valid():
                receipt = counter.take(charge_id=charge.pk, parts=form.parts(counter.to_pay(charge)), by=staff)
                messages.success(request, _("C’est encaissé : les places sont acquises."))
                if receipt is not None:
                    return redirect("cash:receipt", receipt.pk)
                return redirect("desk:sale", charge.household_id)
        except Refusal as told:
            refusal = str(told)
            charge = found.get(pk=pk)
    is_owed = charge.state in (ChargeState.OPEN, ChargeState.UNPAID)
    rest = counter.to_pay(charge) if is_owed else 0
    context = {
        "charge": charge,
        "lines": charge.lines.order_by("position"),
        "form": form,
        "refusal": refusal,
        "rest": rest,
        "credit": charge.cents - rest if charge.state == ChargeState.OPEN else 0,
        "is_owed": is_owed,
        "takes": takes,
        "may_go_back": charge.state == ChargeState.OPEN,
        "receipt": charge.receipts.order_by("issued_at").last(),
    }
    return render_staff(request, staff, "desk/till.html", context, status=409 if refusal else 200)
