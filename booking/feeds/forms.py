from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from municipalities import services
from municipalities.feeds import Privacy
from municipalities.forms.fields import StaffFormLook
from municipalities.models import StaffMember


class FeedForm(StaffFormLook, forms.Form):
    """Which calendar, and how much it tells."""

    place = forms.ChoiceField(label=_("Ce que le calendrier montre"))
    privacy = forms.ChoiceField(
        label=_("Ce qu’on y lit"),
        choices=Privacy.choices,
        initial=Privacy.BUSY,
        widget=forms.RadioSelect,
        help_text=_(
            "Un calendrier finit souvent partagé, sur un téléphone ou un écran : n’y mettez que ce qu’il faut."
        ),
    )

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: dict[str, tuple[str, str]] = {}
        groups: list[Any] = [("", "—")]
        for kind in services.feed_kinds():
            found = [
                (f"{kind.slug}-{subject_id}".rstrip("-"), subject_id, words) for subject_id, words in kind.choices(by)
            ]
            self.places |= {value: (kind.name, subject_id) for value, subject_id, _words in found}
            options = [(value, words) for value, _subject_id, words in found]
            groups += [(kind.group, options)] if kind.group and options else options
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = groups

    def asked(self) -> dict[str, Any]:
        """The arguments of `create_staff_feed`."""
        kind, subject_id = self.places[self.cleaned_data["place"]]
        return {"kind": kind, "subject_id": subject_id, "privacy": self.cleaned_data["privacy"]}
