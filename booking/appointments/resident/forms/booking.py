"""The one page between choosing and having: who comes, why, and how to reach them. Shape only."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.person_form import ADULT, PeopleForms, PersonForm, TypedPerson
from booking.appointments.enums import Accessibility, BookingChannel, Situation
from booking.appointments.models import AppointmentType
from booking.residents.forms.contact import INLINE, ContactForm
from municipalities.models import Municipality


class HouseholdForm(ContactForm):
    """The contact and what concerns everybody who comes."""

    needed_sometimes = (*ContactForm.needed_sometimes, "accessibility", "channel", "number_later")

    home = forms.CharField(label=_("Votre commune"), required=False)
    accessibility = forms.MultipleChoiceField(
        label=_("Besoins à l’accueil"),
        choices=Accessibility.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"invalid_choice": _("Ce besoin n’est pas dans la liste.")},
    )
    number_later = forms.BooleanField(
        label=_("Je note l’horaire, j’ajoute le numéro de pré-demande plus tard"), required=False
    )
    channel = forms.ChoiceField(
        label=_("La personne est"),
        choices=[(BookingChannel.PHONE, _("au téléphone")), (BookingChannel.COUNTER, _("au guichet"))],
        required=False,
        widget=forms.RadioSelect(attrs={"class": INLINE}),
    )

    def __init__(
        self,
        *args: Any,
        municipalities: Sequence[Municipality],
        by_staff: bool = False,
        number_may_follow: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, contact_optional=by_staff, **kwargs)
        self.use_required_attribute = False
        self.municipalities = municipalities
        self.by_staff = by_staff
        if not by_staff:
            del self.fields["channel"]
        if not number_may_follow:
            del self.fields["number_later"]

    def clean_home(self) -> Municipality | None:
        slug = self.cleaned_data["home"]
        if not slug:
            return None
        for municipality in self.municipalities:
            if municipality.slug == slug:
                return municipality
        raise ValidationError(_("Cette commune n’est pas dans la liste. Choisissez-en une, ou aucune."))


class BookForm(PeopleForms[PersonForm]):
    """All people and the contact: one page, one answer to "is it right?".

    With `number_may_follow` one may tick that the number comes later, and leave it empty.
    """

    def __init__(
        self,
        data: QueryDict | None,
        *,
        kind: AppointmentType,
        people: int,
        municipalities: Sequence[Municipality],
        language: str,
        home: Municipality | None = None,
        by_staff: bool = False,
        number_may_follow: bool = False,
    ) -> None:
        self.kind = kind
        number_later = number_may_follow and data is not None and "number_later" in data
        self.people = [
            PersonForm(
                data,
                prefix=f"p{index}",
                index=index,
                kind=kind,
                by_staff=by_staff,
                number_later=number_later,
                initial={"age": ADULT, "situation": Situation.RENEWAL},
            )
            for index in range(people)
        ]
        self.household = HouseholdForm(
            data,
            municipalities=municipalities,
            by_staff=by_staff,
            number_may_follow=number_may_follow,
            initial={"language": language, "home": home.slug if home else "", "channel": BookingChannel.PHONE},
        )

    @property
    def parts(self) -> list[forms.Form]:
        return [*self.people, self.household]

    def typed_people(self) -> list[TypedPerson]:
        return [person.typed_person() for person in self.people]
