"""Who changed what, who read whose file. Nothing can be written here."""

from datetime import date

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from municipalities import audit_queries, rules
from municipalities.access import render_staff, staff_page
from municipalities.enums import Role
from municipalities.forms.fields import DayField, number_in
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.visible import visible


@staff_page
@require_safe
def changes(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_read(staff)
    asked, typed, problem = _asked(request.GET)
    acts, following = audit_queries.changes(asked)
    kinds = [(table, audit_queries.kind_of(model)) for table, model in audit_queries.traced_models().items()]
    context = {"acts": acts, "following": following, "typed": typed, "problem": problem, "kinds": kinds}
    return render_staff(request, staff, "staff/control_changes.html", context | _onwards(request))


@staff_page
@require_safe
def readings(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_read(staff)
    asked, typed, problem = _asked(request.GET)
    lines, following = audit_queries.readings(asked)
    context = {"lines": lines, "following": following, "typed": typed, "problem": problem}
    return render_staff(request, staff, "staff/control_readings.html", context | _onwards(request))


@staff_page
@require_safe
def rights(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The table of `rules.RIGHTS`, for those who hand out roles."""
    if not rules.reads_rights(staff):
        raise Http404
    table = [
        (ability.label, [role.label for role in Role if role in rules.RIGHTS[ability]]) for ability in rules.Ability
    ]
    return render_staff(request, staff, "staff/rights.html", {"table": table})


def _must_read(staff: StaffMember) -> None:
    if not rules.reads_trace(staff):
        raise Http404


def _asked(data: QueryDict) -> tuple[audit_queries.TraceRequest, dict[str, str], str]:
    """What is asked, what was typed, and a sentence when a date cannot be read (it is then left out)."""
    names = (Param.PERSON, Param.FROM_DAY, Param.UNTIL_DAY, Param.SUBJECT, Param.NAME, Param.BEFORE)
    typed = {name: visible(data.get(name, "")).replace("\x00", "").strip()[:100] for name in names}
    since, until, problem = None, None, ""
    try:
        since, until = _day(typed[Param.FROM_DAY]), _day(typed[Param.UNTIL_DAY])
    except ValidationError as error:
        problem = str(error.messages[0])
    if since and until and until < since:
        problem = _("La fin de la période doit suivre son début.")
    before = number_in(typed[Param.BEFORE])
    asked = audit_queries.TraceRequest(
        who=typed[Param.PERSON],
        since=since,
        until=until,
        table=typed[Param.SUBJECT],
        named=typed[Param.NAME],
        before=before,
    )
    return asked, typed, problem


def _day(text: str) -> date | None:
    found: date | None = DayField(required=False).clean(text)
    return found


def _onwards(request: HttpRequest) -> dict[str, str]:
    query = request.GET.copy()
    query.pop(Param.BEFORE, None)
    return {"query": query.urlencode()}
