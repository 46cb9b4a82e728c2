"""Pools and their shares, release policies, durations."""

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.models import AppointmentType, CalendarPool, Duration, PoolShare, ReleasePolicy
from booking.appointments.planning import settings as actions
from booking.appointments.planning.forms.pools import DurationsForm, PolicyForm, PoolForm, ShareForm
from booking.appointments.planning.wording import say_policy, say_share
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.idempotency import one_press
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param


def _must_set_rules(staff: StaffMember) -> None:
    if not rules.sets_rules(staff):
        raise Http404


def _refused(request: HttpRequest, staff: StaffMember, sentence: str) -> HttpResponse:
    return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)


@staff_page
def pools(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_set_rules(staff)
    shares = PoolShare.objects.visible_to(staff).select_related("counter__facility__municipality")
    found = CalendarPool.objects.prefetch_related("types", Prefetch("shares", shares))
    return render_staff(request, staff, "planning/pools.html", {"pools": found})


@staff_page
@one_press
def new_pool(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    return _pool_form(request, staff, CalendarPool())


@staff_page
def edit_pool(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _pool_form(request, staff, get_object_or_404(CalendarPool, pk=pk))


def _pool_form(request: HttpRequest, staff: StaffMember, row: CalendarPool) -> HttpResponse:
    if not rules.manages_territory(staff):
        return _refused(request, staff, _("Seul le responsable du territoire crée et règle les agendas mutualisés."))
    title = row.name
    form = PoolForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        types = list(form.cleaned_data["types"])
        if saved(
            request,
            form,
            lambda: actions.save_pool(pool=form.instance, types=types, by=staff),
            _("L’agenda mutualisé est enregistré."),
        ):
            return redirect("counter:pool", form.instance.pk)
    context = {"form": form, "title": title, "pool": row if title else None}
    return render_staff(request, staff, "planning/pool_form.html", context)


@staff_page
def pool(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Who shares what: towns see the shares of all towns, which they agree in common, others their own."""
    _must_set_rules(staff)
    row = get_object_or_404(CalendarPool.objects.prefetch_related("types"), pk=pk)
    mine = set(_shares(staff).values_list("pk", flat=True))
    shares = PoolShare.objects.visible_to(staff).filter(pool=row).select_related("counter__facility__municipality")
    ordered = shares.order_by("counter__facility__slug", "counter__name")
    context = {"pool": row, "shares": [(share, say_share(share), share.pk in mine) for share in ordered]}
    return render_staff(request, staff, "planning/pool.html", context)


def _shares(staff: StaffMember) -> QuerySet[PoolShare]:
    found = PoolShare.objects.filter(counter__facility__in=Facility.objects.governed_by(staff))
    return found.select_related("pool", "counter__facility__municipality")


@staff_page
@one_press
def new_share(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    _must_set_rules(staff)
    return _share_form(request, staff, PoolShare(pool=get_object_or_404(CalendarPool, pk=pk)))


@staff_page
def share(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _share_form(request, staff, get_object_or_404(_shares(staff), pk=pk))


def _share_form(request: HttpRequest, staff: StaffMember, row: PoolShare) -> HttpResponse:
    is_new = row.pk is None
    form = ShareForm(posted(request), instance=row, by=staff)
    preview: list[str] = [] if is_new else say_share(row)
    if request.method == "POST" and form.is_valid():
        if Param.PREVIEW in request.POST:
            preview = say_share(form.instance)
        else:
            if saved(
                request,
                form,
                lambda: actions.save_share(share=form.instance, by=staff),
                _("La part est enregistrée, les créneaux sont à jour."),
            ):
                return redirect("counter:pool", row.pool_id)
    context = {"form": form, "pool": row.pool, "share": None if is_new else row, "preview": preview}
    return render_staff(request, staff, "planning/share.html", context)


@staff_page
@require_POST
def remove_share(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = get_object_or_404(_shares(staff), pk=pk)
    done(
        request,
        lambda: actions.remove_share(share=row, by=staff),
        _("Le guichet ne participe plus : ses créneaux vont aux habitants de la commune."),
    )
    return redirect("counter:pool", row.pool_id)


def _policies(staff: StaffMember) -> QuerySet[ReleasePolicy]:
    """Rules this person may change."""
    mine = Q(facility__in=Facility.objects.governed_by(staff))
    if rules.manages_territory(staff):
        mine |= Q(facility__isnull=True)
    return ReleasePolicy.objects.filter(mine).select_related("facility__municipality", "type")


@staff_page
def policies(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_set_rules(staff)
    mine = set(_policies(staff).values_list("pk", flat=True))
    seen = ReleasePolicy.objects.filter(Q(pk__in=mine) | Q(facility__isnull=True)).select_related("facility", "type")
    ordered = sorted(seen, key=lambda row: (row.facility.slug if row.facility else "", str(row.type or "")))
    context = {
        "heading": _("Règles d’ouverture des créneaux"),
        "policies": [(row, say_policy(row), row.pk in mine) for row in ordered],
        "new": "counter:new_policy",
        "edit": "counter:policy",
        "remove": "counter:remove_policy",
    }
    return render_staff(request, staff, "planning/policies.html", context)


@staff_page
@one_press
def new_policy(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_set_rules(staff)
    return _policy_form(request, staff, ReleasePolicy())


@staff_page
def policy(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _policy_form(request, staff, get_object_or_404(_policies(staff), pk=pk))


def _policy_form(request: HttpRequest, staff: StaffMember, row: ReleasePolicy) -> HttpResponse:
    is_new = row.pk is None
    form = PolicyForm(posted(request), instance=row, by=staff)
    preview = [] if is_new and request.method == "GET" else say_policy(row)
    if request.method == "POST":
        preview = []
        if form.is_valid() and Param.PREVIEW in request.POST:
            preview = say_policy(form.instance)
        elif form.is_valid() and saved(
            request,
            form,
            lambda: actions.save_policy(policy=form.instance, by=staff),
            _("La règle est enregistrée, les créneaux sont à jour."),
        ):
            return redirect("counter:policies")
    context = {"form": form, "policy": None if is_new else row, "preview": preview}
    return render_staff(request, staff, "planning/policy.html", context)


@staff_page
@require_POST
def remove_policy(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = get_object_or_404(_policies(staff), pk=pk)
    done(
        request,
        lambda: actions.remove_policy(policy=row, by=staff),
        _("La règle est supprimée : la règle plus générale s’applique de nouveau."),
    )
    return redirect("counter:policies")


@staff_page
def durations(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The territory's durations."""
    if not rules.manages_territory(staff):
        return _refused(request, staff, _("Seul le responsable du territoire règle les durées de tout le territoire."))
    return _durations_form(request, staff, None)


@staff_page
def facility_durations(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _durations_form(request, staff, get_object_or_404(Facility.objects.governed_by(staff), pk=pk))


def _durations_form(request: HttpRequest, staff: StaffMember, facility: Facility | None) -> HttpResponse:
    types = AppointmentType.objects.filter(is_active=True)
    if facility is not None:
        types = types.filter(counters__facility=facility).distinct()
    kinds = list(types)
    rows = Duration.objects.filter(Q(facility=facility) | Q(facility__isnull=True))
    own: dict[tuple[int, int], int] = {}
    general: dict[tuple[int, int], int] = {}
    for row in rows:
        target = own if row.facility_id == (facility.pk if facility else None) else general
        target[row.type_id, row.people] = row.minutes
    form = DurationsForm(posted(request), types=kinds).build(own, general)
    if request.method == "POST" and form.is_valid():
        minutes = form.minutes()
        if saved(
            request,
            form,
            lambda: actions.save_durations(facility=facility, minutes=minutes, by=staff),
            _("Les durées sont enregistrées, les créneaux sont à jour."),
        ):
            return redirect(request.path)
    context = {
        "form": form,
        "rows": form.rows(),
        "facility": facility,
        "people": range(1, 7),
        "facilities": Facility.objects.governed_by(staff).filter(counters__isnull=False).distinct(),
    }
    return render_staff(request, staff, "planning/durations.html", context)
