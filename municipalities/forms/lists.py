"""A list that somebody sends as a file: shown first, then loaded as it was shown."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from municipalities.forms.fields import StaffFormLook


class ListForm(StaffFormLook, forms.Form):
    """A file, or the text of one that was judged already. Who inherits says what `file` is."""

    #: Bytes that are judged at the most.
    most_bytes: ClassVar[int]

    needed_sometimes = ("file",)
    file = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.ods"}))
    texte = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("file") and not data.get("texte") and not self.errors:
            self.add_error("file", _("Choisissez un fichier."))
        return data

    def content(self) -> bytes:
        """The new file where there is one, never much more of it than is judged; else what was judged."""
        sent = self.cleaned_data.get("file")
        return sent.read(self.most_bytes + 1) if sent else str(self.cleaned_data["texte"]).encode()
