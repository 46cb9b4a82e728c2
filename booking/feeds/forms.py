from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import Counter
from booking.feeds.enums import FeedKind, Privacy
from booking.feeds.scopes import own_facilities
from municipalities.forms.fields import StaffFormLook
from municipalities.models import Facility, StaffMember

OWN = "mes-etablissements"


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
        self.places: dict[str, Counter | Facility | None] = {}
        groups: list[Any] = [("", "—")]
        if own_facilities(by).exists():
            self.places[OWN] = None
            groups.append((OWN, gettext("Tous mes établissements")))
        facilities = Facility.objects.visible_to(by).filter(pk__in=Counter.objects.values("facility"))
        counters = Counter.objects.visible_to(by).select_related("facility")
        for label, prefix, found in (
            (gettext("Établissements"), "etablissement", facilities.order_by("slug")),
            (gettext("Guichets"), "guichet", counters.order_by("facility__slug", "name")),
        ):
            group = []
            for place in found:
                self.places[f"{prefix}-{place.pk}"] = place
                group.append((f"{prefix}-{place.pk}", str(place)))
            if group:
                groups.append((label, group))
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = groups

    def asked(self) -> dict[str, Any]:
        """The arguments of `create_staff_feed`."""
        place = self.places[self.cleaned_data["place"]]
        if isinstance(place, Counter):
            where = {"kind": FeedKind.COUNTER, "counter": place}
        elif isinstance(place, Facility):
            where = {"kind": FeedKind.FACILITY, "facility": place}
        else:
            where = {"kind": FeedKind.STAFF}
        return {**where, "privacy": self.cleaned_data["privacy"]}
