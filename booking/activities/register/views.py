"""The register of the day at the water’s edge. Complete without JavaScript; with it, also without network."""

import uuid
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from booking.activities.models import Level, Said, Session
from booking.activities.register import devices, morning
from booking.activities.register.forms import MailsForm
from booking.activities.register.marks import Pressed, note
from booking.activities.register.roster import Roster, day_of, kept_by, roster_of, seats_shown
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.access import posted, render_staff, staff_page
from municipalities.forms.fields import day_in
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects

#: Says to the telephone that this page may be kept for the day, and whose it is.
KEEP = "X-Registre"


def _day(request: HttpRequest) -> date:
    return day_in(request.GET.get(Param.DAY, "")) or timezone.localdate()


@staff_page
@require_GET
def day(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The groups of a day, the person's own first."""
    if not rules.keeps_register(staff):
        raise Http404
    shown = _day(request)
    found = day_of(staff, shown)
    context = {
        "day": shown,
        "is_today": shown == timezone.localdate(),
        "own": [one for one in found if one.is_own],
        "others": [one for one in found if not one.is_own],
        "teaches": rules.teaches(staff),
    }
    answer = render_staff(request, staff, "register/day.html", context)
    return _kept(answer, staff) if context["is_today"] else answer


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def session(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    found = get_object_or_404(kept_by(staff), pk=pk)
    if request.method == "POST":
        return _noted(request, staff, found)
    roster = roster_of(found)
    _note_reading(staff, found)
    context = {
        "session": found,
        "group": found.group,
        "roster": roster,
        "levels": Level.choices,
        "may_mark": not found.is_called_off,
        "paper": devices.paper_for(staff),
        "made": int(timezone.now().timestamp() * 1000),
    }
    answer = render_staff(request, staff, "register/session.html", context)
    is_today = timezone.localdate(found.starts_at) == timezone.localdate()
    return _kept(answer, staff) if is_today else answer


def _kept(answer: HttpResponse, staff: StaffMember) -> HttpResponse:
    answer[KEEP] = str(staff.pk)
    return answer


def _noted(request: HttpRequest, staff: StaffMember, found: Session) -> HttpResponse:
    """One button of a form: present, absent, or a level."""
    member, said, level = (request.POST.get(name, "") for name in (Param.MEMBER, Param.MARK, Param.LEVEL))
    back = redirect("register:session", found.pk)
    try:
        pressed = Pressed(
            id=uuid.uuid4(),
            session=found.pk,
            member=UUID(member),
            said=Said(said),
            level=Level(int(level)) if said == Said.LEVEL else None,
            at=timezone.now(),
        )
    except ValueError:
        messages.error(request, _("Choisissez une personne, puis présent, absent ou un niveau."))
        return back
    sentence = note([pressed], by=staff)[0].sentence
    if sentence:
        messages.error(request, sentence)
    back["Location"] += f"#p-{pressed.member}"
    return back


def _note_reading(staff: StaffMember, *sessions: Session) -> None:
    """A coach's own groups of today are their day; all else that is read with names is noted."""
    today = timezone.localdate()
    foreign = [one for one in sessions if one.group.coach_id != staff.pk or timezone.localdate(one.starts_at) != today]
    if foreign:
        homes = {
            pk for one in foreign for pk in seats_shown(one).values_list("enrolment__basket__household", flat=True)
        }
        note_subjects(HOUSEHOLD, *homes, why=Why.OTHER_DAY, view="register:session", by=staff)


@staff_page
@require_GET
def sheet(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """One page of paper for one group of the day, to tick by hand."""
    found = get_object_or_404(kept_by(staff), pk=pk)
    _note_reading(staff, found)
    return _sheets(request, staff, [(found, roster_of(found))])


@staff_page
@require_GET
def sheets(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """All groups of a day that this person teaches, each on a page of its own."""
    if not rules.keeps_register(staff):
        raise Http404
    own = [one.session for one in day_of(staff, _day(request)) if one.is_own and not one.session.is_called_off]
    _note_reading(staff, *own)
    return _sheets(request, staff, [(one, roster_of(one)) for one in own])


def _sheets(request: HttpRequest, staff: StaffMember, pages: list[tuple[Session, Roster]]) -> HttpResponse:
    context = {"pages": pages, "now": timezone.now()}
    return render_staff(request, staff, "register/sheet.html", context)


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def mails(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Who has the list of the day by mail: a coach their own groups, a pool all of its."""
    if not rules.keeps_register(staff):
        raise Http404
    has_own = morning.has_own(staff) if rules.teaches(staff) else None
    form = MailsForm(posted(request), has_own=has_own, pools=morning.pools_of(staff))
    if form.is_bound and form.is_valid():
        if has_own is not None:
            morning.want(coach=staff, wanted=form.cleaned_data["own"])
        for pool, wanted, shows_names in form.wanted():
            morning.want_for_pool(pool=pool, wanted=wanted, shows_names=shows_names, by=staff)
        messages.success(request, _("Les changements sont enregistrés."))
        return redirect("register:mails")
    context = {"form": form}
    return render_staff(request, staff, "register/mails.html", context)
