"""The day board: one facility, a column per counter, a row per time, kept up to date while one looks at it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from booking.appointments.counter import board_actions as steps
from booking.appointments.counter.board_queries import board_of, board_version, sheet_of, subject_of
from booking.appointments.counter.day_queries import next_day_with_people
from booking.appointments.counter.order import RULE
from booking.appointments.counter.panel import unsent_tasks
from booking.appointments.counter.views.day import asked_day
from booking.appointments.enums import PriorityReason, State
from booking.appointments.exceptions import StaleBoard
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment, BoardStep, Counter
from municipalities import rules, senders
from municipalities.access import refuse_read_only, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.jinja import draw
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.readings import note_day, note_opened

#: Session: by facility, the counter where this person sits.
MINE = "my_counter"
#: How often a board asks whether anything has changed. The answer is nearly always "no", in one query.
POLL_SECONDS = 5

#: The steps by the name the buttons carry.
Take = Callable[..., BoardStep | None]
STEPS: dict[str, tuple[Take, dict[str, str]]] = {
    "arrive": (steps.arrive, {}),
    "call": (steps.call, {}),
    "recall": (steps.recall, {}),
    "skip": (steps.skip, {}),
    "priority": (steps.prioritise, {}),
    "attended": (steps.finish, {"state": State.ATTENDED}),
    "incomplete": (steps.finish, {"state": State.INCOMPLETE}),
    "no_show": (steps.finish, {"state": State.NO_SHOW}),
}


@staff_page
def board(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The page, or only its living part for a page that is open already; 304 when nothing has changed."""
    facility = _facility(staff, pk)
    if "HX-Request" in request.headers:
        day, _problem = asked_day(request.GET.get(Param.DAY, ""))
        version = _etag(request, facility, day)
        if request.headers.get("If-None-Match") == version:
            return HttpResponseNotModified(headers={"ETag": version})
        response = _living(request, _shown(request, staff, facility, _day_of(request)))
        response["ETag"] = version
        return response
    asked = _day_of(request)
    shown = _shown(request, staff, facility, asked)
    day, one_day = asked["day"], timedelta(days=1)
    context = (
        shown
        | asked
        | {
            "etag": _etag(request, facility, day),
            "facility": facility,
            "keys": KEYS,
            "may_manage": rules.keeps_calendar_of(staff, facility),
            "next_day": day + one_day,
            "poll": POLL_SECONDS,
            "reasons": REASONS,
            "previous_day": day - one_day,
            "unsent": [*unsent_tasks(staff), *senders.tasks_of(staff)] if rules.works_at(staff, facility) else [],
            "sheet": sheet_of(facility, staff, shown["chosen"]) if shown["board"].has(shown["chosen"]) else None,
        }
    )
    if not shown["board"].cards:
        context["following"] = next_day_with_people(facility, day)
    else:
        note_day(staff, facility, day, "counter:board")
    return render_staff(request, staff, "counter/board.html", context)


@staff_page
def sheet(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The details of one row alone, for the board that moves from row to row."""
    facility = _facility(staff, pk)
    key = request.GET.get(Param.APPOINTMENT, "")
    found = sheet_of(facility, staff, key)
    if found is not None and isinstance(found.subject, Appointment):
        found.subject.facility = facility
        note_opened(staff, SUBJECT, found.subject, "counter:sheet")
    context = {"facility": facility, "sheet": found, "may_serve": rules.works_at(staff, facility), "reasons": REASONS}
    return render(request, "counter/_sheet.html", context | _day_of(request), status=200 if found or not key else 404)


@staff_page
@require_POST
def act(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """One step, `geste=<step>:<row>:<version>`, or `undo:<id>`. Answers with the board as it then is."""
    facility = _facility(staff, pk)
    if not rules.works_at(staff, facility):
        sentence = _("Votre rôle permet de voir ces rendez-vous, pas de les changer.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    name, _colon, rest = request.POST.get(Param.ACT, "").partition(":")
    said, status, chosen = "", 200, ""
    try:
        if name == "undo":
            said, chosen = _undo(facility, staff, rest)
        else:
            said, chosen = _take(facility, staff, name, rest, _more(request, facility, name))
    except StaleBoard as refusal:
        problem, status = str(refusal), 409
    except Refusal as refusal:
        problem, status = str(refusal), 422
    else:
        problem = ""
    chosen = chosen or rest.partition(":")[0]
    if "HX-Request" in request.headers:
        shown = _shown(request, staff, facility, _day_of(request), chosen=chosen)
        return _living(request, shown | {"said": said, "refusal": problem}, status=status)
    if problem:
        messages.error(request, problem)
    elif said:
        messages.success(request, said)
    return redirect(board_address(facility, request.POST.get(Param.DAY, ""), chosen))


@staff_page
@require_POST
def my_counter(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The counter where this person sits, remembered until they sign out: a call says it."""
    facility = _facility(staff, pk)
    if not rules.works_at(staff, facility):
        return refuse_read_only(request, staff)
    known = Counter.objects.visible_to(staff).filter(facility=facility, is_active=True)
    counter = known.filter(pk=number_in(request.POST.get(Param.COUNTER, "")) or 0).first()
    request.session[MINE] = {**request.session.get(MINE, {}), str(facility.pk): counter.pk if counter else None}
    return redirect(board_address(facility))


def _mine(request: HttpRequest, facility: Facility) -> int | None:
    chosen = request.session.get(MINE, {}).get(str(facility.pk))
    return chosen if isinstance(chosen, int) else None


def _more(request: HttpRequest, facility: Facility, name: str) -> dict[str, Any]:
    """What a step says besides the row: to which counter one calls, why somebody comes first."""
    if name == "call":
        mine = _mine(request, facility)
        return {"counter": Counter.objects.filter(facility=facility, is_active=True, pk=mine).first() if mine else None}
    return {"reason": request.POST.get(Param.PRIORITY, "")} if name == "priority" else {}


def board_address(facility: Facility, day: str = "", chosen: str = "") -> str:
    query = urlencode({name: value for name, value in ((Param.DAY, day), (Param.APPOINTMENT, chosen)) if value})
    return f"{reverse('counter:board', args=[facility.pk])}{'?' if query else ''}{query}"


def _take(facility: Facility, staff: StaffMember, name: str, rest: str, more: dict[str, Any]) -> tuple[str, str]:
    """What was done, in words, and the row it was done to. Raises Refusal."""
    key, _colon, version = rest.partition(":")
    if name not in STEPS:
        raise Refusal(_("Cette action n’existe pas."))
    subject = subject_of(facility, staff, key)
    if subject is None:
        raise Refusal(_("Cette ligne n’est plus sur ce tableau."))
    take, fixed = STEPS[name]
    step = take(subject=subject, version=version, by=staff, **fixed, **more)
    return _told(name, step, more.get("counter")) if step is not None else "", key


def _told(name: str, step: BoardStep, counter: Counter | None) -> str:
    """What a step did, in a sentence."""
    said = {"who": _called(step), "what": step.get_became_display(), "where": counter.name if counter else ""}
    if name == "recall":
        return _("%(who)s est rappelé.") % said
    if name == "skip":
        return _("%(who)s passe son tour.") % said
    if name == "priority":
        return _("%(who)s : priorité notée.") % said
    return (_("%(who)s : %(what)s, %(where)s.") if name == "call" and counter else _("%(who)s : %(what)s.")) % said


def _undo(facility: Facility, staff: StaffMember, given: str) -> tuple[str, str]:
    known = BoardStep.objects.filter(facility=facility, by=staff).select_related("appointment", "ticket")
    step = known.filter(pk=number_in(given) or 0).first()
    if step is None:
        raise Refusal(_("Il n’y a rien à défaire."))
    key = f"rdv-{step.appointment_id}" if step.appointment_id else f"ticket-{step.ticket_id}"
    if step.undone_at is not None:
        return "", key
    restored = steps.undo(step=step, by=staff)
    return _("%(who)s est de nouveau : %(what)s.") % {
        "who": _called(step),
        "what": restored.board_status.label,
    }, key


def _called(step: BoardStep) -> str:
    return str(_("Ticket %(number)s") % {"number": step.ticket.label}) if step.ticket else str(step.appointment)


def _facility(staff: StaffMember, pk: int) -> Facility:
    places = Facility.objects.visible_to(staff).select_related("municipality").defer("municipality__logo")
    return get_object_or_404(places, pk=pk)


def _day_of(request: HttpRequest) -> dict[str, Any]:
    typed = request.POST.get(Param.DAY, "") or request.GET.get(Param.DAY, "")
    day, problem = asked_day(typed)
    today = timezone.localdate()
    return {"day": day, "problem": problem, "today": today, "is_today": day == today}


REASONS = PriorityReason.choices
#: What the keys do, for the list under the board.
KEYS = (
    ("j k", _lazy("personne suivante, précédente")),
    ("← ↑ ↓ →", _lazy("se déplacer dans le tableau")),
    ("n", _lazy("aller à qui appeler, sinon à qui est attendu")),
    ("a", _lazy("arrivé")),
    ("g", _lazy("au guichet")),
    ("o", _lazy("rappeler")),
    ("p", _lazy("passer son tour")),
    ("s", _lazy("servi")),
    ("i", _lazy("dossier incomplet")),
    ("x", _lazy("absent")),
    ("z", _lazy("défaire ma dernière action")),
    ("c", _lazy("copier le premier numéro")),
    ("m", _lazy("déplacer le rendez-vous")),
    ("d", _lazy("annuler le rendez-vous")),
    ("b", _lazy("réserver pour quelqu’un")),
    ("t", _lazy("ticket sans rendez-vous")),
    ("l", _lazy("liste à imprimer")),
    ("h e", _lazy("jour d’avant (hier), jour d’après (ensuite)")),
    ("r", _lazy("actualiser")),
    ("?", _lazy("cette liste")),
)


def _shown(
    request: HttpRequest, staff: StaffMember, facility: Facility, asked: dict[str, Any], *, chosen: str = ""
) -> dict[str, Any]:
    """The parameters of the living part. Who opens the board has chosen whom an agent would turn to next."""
    shown = board_of(facility, asked["day"], staff, mine=_mine(request, facility))
    key = chosen or request.GET.get(Param.APPOINTMENT, "")
    if not key:
        following = shown.next_card()
        key = following.key if following else ""
    return {
        "board": shown,
        "chosen": key,
        "iso": asked["day"].isoformat(),
        "may_serve": rules.works_at(staff, facility),
        "said": "",
        "refusal": "",
        "is_asked": bool(chosen or request.GET.get(Param.APPOINTMENT)),
        "rule": RULE,
    }


@gzip_page
def _living(_request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """Compressed here, for boards ask often; it holds no secret that a reflected word could give away."""
    return HttpResponse(draw("counter/living_board.html", **shown), status=status)


def _etag(request: HttpRequest, facility: Facility, day: Any) -> str:
    """Another text whenever the answer would be another: rows, chosen row, language, the agent's counter, the minute.

    The minute, for waiting times pass by themselves.
    """
    parts: list[object] = [
        board_version(facility, day),
        request.GET.get(Param.APPOINTMENT, "")[:60],
        get_language() or "",
    ]
    parts.append(_mine(request, facility))
    if day == timezone.localdate():
        parts.append(f"{timezone.now():%H%M}")
    # Weak, as of an answer that may come compressed; hashed, for the chosen row is what the address says.
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
