from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import RequiredDocument
from booking.appointments.planning.forms.lines import ForWhom
from municipalities.forms.fields import StaffFormLook, TranslatedFormField


class DocumentForm(StaffFormLook, ForWhom, forms.ModelForm):  # type: ignore[type-arg]
    """One line: a document to bring or an instruction, for whom and for which types."""

    label = TranslatedFormField(label=_("Pièce ou consigne"), max_length=200)
    detail = TranslatedFormField(label=_("Précision"), long=True, required=False)

    class Meta:
        model = RequiredDocument
        fields = ("label", "detail", "types", "situations", "ages", "position")
        help_texts = {"position": _("Les petits nombres en premier.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["types"].initial = list(self.instance.types.all())
