"""A family's appeal by its link: against what the last round answered one child, with what becomes of it."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from booking.nurseries.answers import appeals
from booking.nurseries.answers.messages import SUBJECT
from booking.nurseries.models import Appeal, AppealKind, ApplicationChild
from booking.nurseries.models.appeals import MOST_WORDS
from booking.nurseries.replies.family import own, page
from booking.nurseries.requests.own import keep_open
from booking.residents.views.pages import private, session_ended
from municipalities.access import posted
from municipalities.exceptions import simple_attempt
from municipalities.idempotency import one_press
from municipalities.query_names import Param


class AppealForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Que demandez-vous ?"),
        choices=[
            (AppealKind.INFORMAL, _("Revoir la décision")),
            (AppealKind.FACTS, _("Corriger une erreur dans les données du dossier")),
        ],
        widget=forms.RadioSelect,
        initial=AppealKind.INFORMAL,
    )
    text = forms.CharField(
        label=_("Pourquoi ?"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6, "class": "govuk-textarea"}),
        help_text=_("La référente petite enfance le lit, personne d’autre. N’écrivez rien de votre santé."),
        error_messages={"required": _("Dites en quelques mots ce que vous contestez.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


@one_press
def appeal(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """The form; and in its place, while one is open, where it stands."""
    application = own(request, pk)
    child = application.children.filter(number=number).first() if application is not None else None
    if application is None or child is None or appeals.last_answer(child) is None:
        return session_ended(request)
    form = AppealForm(posted(request))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        refusal = simple_attempt(lambda: appeals.lodge(child=child, **form.cleaned_data))
        if not refusal:
            return _back(request, pk, number)
        form.add_error(None, refusal)
    context = {"child": child, "form": form, "appeals": _of(child), "most": MOST_WORDS}
    return page(request, application, "replies/appeal.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    application = own(request, pk)
    mine = Appeal.objects.open().filter(child__application=application, child__number=number).first()
    if application is None or mine is None:
        return session_ended(request)
    simple_attempt(lambda: appeals.withdraw(appeal=mine))
    return _back(request, pk, number)


def _of(child: ApplicationChild) -> list[Appeal]:
    return list(child.appeals.order_by("-made_on", "-pk"))


def _back(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    response = redirect("nurseries:appeal", pk, number)
    response["Location"] += f"?{Param.DONE}=1"
    keep_open(request, response, SUBJECT, pk)
    return private(response)
