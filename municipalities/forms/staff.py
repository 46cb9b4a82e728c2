from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities import rules
from municipalities.enums import Role
from municipalities.forms.fields import DayField, PlaceField, StaffFormLook
from municipalities.models import OPERATOR_ROLES, Facility, Municipality, Operator, StaffMember


class RoleForm(StaffFormLook, forms.Form):
    """A role in one of the places whose staff `by` manages."""

    place = PlaceField(label=_("Lieu"))
    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices)
    valid_from = DayField(label=_("À partir du"))
    valid_until = DayField(label=_("Jusqu’au (compris)"), required=False, help_text=_("Vide : sans fin."))

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        territory = rules.manages_territory(by)
        place.offer(
            territory=territory,
            municipalities=list(Municipality.objects.editable_by(by)),
            operators=list(Operator.objects.editable_by(by)),
            facilities=list(Facility.objects.manageable_by(by)),
        )
        if len(place.places) == 1:
            place.initial = next(iter(place.places))
        allowed = set(rules.FACILITY_ROLES)
        if rules.manages_a_municipality(by):
            allowed |= set(rules.MUNICIPALITY_ROLES)
        if rules.manages_an_operator(by):
            allowed |= set(OPERATOR_ROLES)
        if territory:
            allowed |= set(rules.TERRITORY_ROLES)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(value, label) for value, label in Role.choices if value in allowed]
        self.fields["valid_from"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("valid_from"), data.get("valid_until")
        if start and end and end < start:
            self.add_error("valid_until", _("Le rôle doit finir après son début."))
        return data

    def where(self) -> dict[str, Any]:
        """The cleaned place and role as the actions take them."""
        return {name: self.cleaned_data[name] for name in ("role", "place", "valid_from", "valid_until")}


class PersonForm(StaffFormLook, forms.Form):
    name = forms.CharField(label=_("Nom"), max_length=120)
    language = forms.ChoiceField(label=_("Langue des courriels"), choices=settings.LANGUAGES)


class NewMemberForm(RoleForm):
    name = forms.CharField(label=_("Nom"), max_length=120)
    email = forms.EmailField(label=_("Courriel"), help_text=_("Le lien pour choisir un mot de passe y est envoyé."))
    language = forms.ChoiceField(label=_("Langue des courriels"), choices=settings.LANGUAGES)

    field_order = ("name", "email", "language", "role", "place", "valid_from", "valid_until")


class DelegationForm(StaffFormLook, forms.Form):
    """Who covers which facility, as what, from when to when. The address is cleaned to the colleague's account."""

    email = forms.EmailField(
        label=_("Courriel du collègue"),
        help_text=_("Il a déjà un compte, dans cette commune ou dans une autre."),
        widget=forms.EmailInput(attrs={"list": "collegues", "autocomplete": "off"}),
    )
    facility = forms.ModelChoiceField(label=_("Établissement à couvrir"), queryset=Facility.objects.none())
    role = forms.ChoiceField(
        label=_("Comme"), choices=[(role.value, role.label) for role in rules.LENT_ROLES], initial=Role.AGENT
    )
    valid_from = DayField(label=_("Du"))
    valid_until = DayField(label=_("Au (compris)"))

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facility = self.fields["facility"]
        assert isinstance(facility, forms.ModelChoiceField)
        facility.queryset = Facility.objects.manageable_by(by).order_by("municipality__slug", "slug")
        only = list(facility.queryset[:2])
        if len(only) == 1:
            facility.initial = only[0]
        self.fields["valid_from"].initial = timezone.localdate

    def clean_email(self) -> StaffMember:
        found = StaffMember.objects.filter(email__iexact=self.cleaned_data["email"]).first()
        if found is None:
            raise forms.ValidationError(
                _("Aucun compte n’a cette adresse. Vérifiez-la, ou invitez d’abord la personne depuis « Équipe ».")
            )
        return found
