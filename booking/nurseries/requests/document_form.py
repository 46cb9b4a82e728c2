"""One document at a time: which one it is, and the file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.nurseries.documents.needed import ChildFacts, Needed, needed, needed_of
from booking.nurseries.enums import DocumentKind
from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.forms.people import StepForm, choice
from booking.nurseries.requests.steps import Answers, Step

ACCEPTED = "image/jpeg,image/png,image/heic,application/pdf"


def needed_for(application: NurseryApplication) -> list[Needed]:
    """Of a draft as far as it is written."""
    if not application.is_draft:
        return needed_of(application)
    answers = Answers(application.draft)
    children = []
    for rank, form in answers.children.items():
        form.is_valid()
        said = form.cleaned_data
        children.append(
            ChildFacts(
                rank,
                answers.name_of(rank),
                said.get("born_on"),
                bool(said.get("is_adopted")),
                bool(said.get("has_disability")),
            )
        )
    parents = application.draft.get(Step.PARENTS, {})
    return needed(
        children,
        [value for name in ("p1-situation", "p2-situation") for value in parents.get(name, ())],
        on_insertion_path=bool(parents.get("h-on_insertion_path")),
    )


class DocumentForm(StepForm):
    kind = choice(_("Quel document ?"), (), required=_("Dites quel document c’est."))
    file = forms.FileField(
        label=_("Le fichier"),
        help_text=_("Une photo (JPEG, PNG, HEIC) ou un PDF, 10 Mo et 20 pages au plus."),
        error_messages={
            "required": _("Choisissez un fichier sur votre appareil."),
            "empty": _("Ce fichier est vide. Choisissez-en un autre."),
            "invalid": _("Choisissez un fichier sur votre appareil."),
        },
        widget=forms.FileInput(attrs={"class": "govuk-file-upload", "accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, wanted: Sequence[Needed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = {f"{one.kind}-{one.child_rank or 0}": one for one in wanted}
        others = (DocumentKind.JUDGMENT, DocumentKind.OTHER)
        self.wanted |= {f"{kind}-0": Needed(kind, is_required=False) for kind in others}
        choices = [(key, one.label) for key, one in self.wanted.items()]
        self.fields["kind"].choices = [("", _("Choisissez")), *choices]  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What `add_document` takes."""
        one = self.wanted[self.cleaned_data["kind"]]
        file = self.cleaned_data["file"]
        return {"kind": one.kind, "child_rank": one.child_rank, "data": file.read(), "name": file.name}
