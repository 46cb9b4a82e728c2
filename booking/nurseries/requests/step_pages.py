"""One step of a request as a page asks it and takes it: the same for a family by its link and an agent for a caller."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.drafts import save_step, version_of_step
from booking.nurseries.requests.exceptions import NotReady, StepChanged
from booking.nurseries.requests.sending import change, months_in, stored_answers, with_needs
from booking.nurseries.requests.steps import Answers, Step, StepData, answers_in
from municipalities.forms.typed import typed_so_far
from municipalities.models import StaffMember

#: Names of the buttons beside « Continuer », and of the field that says which version of the step the page showed.
ADD, LATER, SEEN = "ajouter", "plus_tard", "vu"
#: Answers of health, of insertion and of a parent under age: read with a right of its own.
_SENSITIVE = re.compile(r"c\d-(?:has_disability|wants_to_talk)|h-(?:is_minor_parent|on_insertion_path)")


@dataclass
class StepAnswer:
    """`is_done`: kept, and right; `is_left`: kept, to go on later."""

    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    is_done: bool = False
    is_left: bool = False


def answer_step(
    request: HttpRequest,
    application: NurseryApplication,
    step: Step,
    by: StaffMember | None = None,
    *,
    hides_sensitive: bool = False,
) -> StepAnswer:
    """Shows a step, or keeps what was sent. Raises AlreadySent, RequestOver and the other refusals of a change.

    `hides_sensitive`: sensitive answers are neither shown nor changed.
    """
    found = _answer(request, application, step, by, hides_sensitive)
    if hides_sensitive:
        forms = [*dict(found.context.get("blocks", ())).values(), found.context.get("household")]
        for form in filter(None, forms):
            for name in [name for name in form.fields if _SENSITIVE.fullmatch(form.add_prefix(name))]:
                del form.fields[name]
    return found


def _with_what_is_hidden(stored: StepData, data: dict[str, list[str]]) -> dict[str, list[str]]:
    kept = {name: list(values) for name, values in stored.items() if _SENSITIVE.fullmatch(name)}
    return {name: values for name, values in data.items() if not _SENSITIVE.fullmatch(name)} | kept


def _answer(
    request: HttpRequest, application: NurseryApplication, step: Step, by: StaffMember | None, hides_sensitive: bool
) -> StepAnswer:
    stored = stored_answers(application)
    kept = {} if application.is_draft else months_in(stored)
    if request.method != "POST":
        typed = typed_so_far()
        if typed is not None:
            answers = Answers({**stored, step: answers_in(typed)}, kept, unjudged=step)
        else:
            answers = Answers(stored, kept)
        return StepAnswer(_context(answers, application, step, version_of_step(stored.get(step))))
    data = answers_in(request.POST)
    if hides_sensitive:
        data = _with_what_is_hidden(stored.get(step, {}), data)
    seen = request.POST.get(SEEN, "")[:20]
    if ADD in request.POST and not application.is_draft:
        return StepAnswer(_context(Answers({**stored, step: data}, kept), application, step, seen, adds=True))
    try:
        problems = _keep(application, step, data, seen, by)
    except StepChanged as refusal:
        now = stored_answers(NurseryApplication.objects.get(pk=application.pk))
        context = _context(Answers({**now, step: data}), application, step, version_of_step(now.get(step)))
        return StepAnswer(context | {"refusal": refusal}, 409)
    if LATER in request.POST:
        return StepAnswer(is_left=True)
    adds = ADD in request.POST
    if not problems and not adds:
        return StepAnswer(is_done=True)
    answers = Answers(with_needs({**stored, step: data}) if not application.is_draft else {**stored, step: data}, kept)
    context = _context(answers, application, step, version_of_step(data), adds=adds)
    elsewhere = [row for other, rows in problems.items() if other != step for row in rows]
    context |= {"errors": [*problems.get(step, []), *elsewhere] if not adds else [], "is_kept": application.is_draft}
    return StepAnswer(context, 200 if adds else 422)


def _keep(
    application: NurseryApplication, step: Step, data: dict[str, list[str]], seen: str, by: StaffMember | None
) -> Any:
    """Problems by step. What was sent already changes only where nothing is wrong any more."""
    if application.is_draft:
        draft = save_step(application=application, step=step, data=data, seen=seen, by=by)
        rows = Answers(draft.draft).problems(step)
        return {step: rows} if rows else {}
    try:
        change(application=application, step=step, data=data, by=by)
    except NotReady as refusal:
        return refusal.problems
    return {}


def _context(
    answers: Answers, application: NurseryApplication, step: Step, seen: str, *, adds: bool = False
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "application": application,
        "step": step,
        "seen": seen,
        "errors": [],
        "refusal": None,
        "answers": answers,
    }
    if step == Step.CHILDREN:
        context["blocks"] = _blocks(answers, adds=adds)
        context["siblings"] = answers.siblings_form(len(context["blocks"]))
        context["may_add"] = answers.free_rank() is not None and len(context["blocks"]) == len(answers.ranks())
    elif step == Step.PARENTS:
        context |= {"parents": answers.parents, "household": answers.household}
    elif step == Step.WEEK:
        context["weeks"] = [(answers.name_of(rank), form) for rank, form in answers.needs.items()]
    elif step == Step.WISHES:
        context["form"] = answers.wishes
    is_about_nobody = step == Step.WEEK and not answers.ranks()
    is_judged = bool(answers.data.get(step)) and step != answers.unjudged and not adds
    if is_about_nobody or is_judged:
        context["errors"] = answers.problems(step)
    return context


def _blocks(answers: Answers, *, adds: bool) -> list[tuple[int, Any]]:
    """The children written so far, and an empty place for the next one where it is asked for or nobody is there."""
    blocks: list[tuple[int, Any]] = list(answers.children.items())
    free = answers.free_rank()
    if free is not None and (adds or not blocks):
        blocks.append((free, answers.child_form(free, blank=True)))
    return blocks
