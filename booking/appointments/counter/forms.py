"""Booking for somebody, in the order one speaks: what for, how many, when and where, who. Shape only."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.fields import PreApplicationNumberField
from booking.appointments.counter.desk_queries import facilities_serving
from booking.appointments.enums import Accessibility, BookingChannel, Half, PriorityReason, Situation, UrgentReason
from booking.appointments.models import AppointmentType
from booking.appointments.models.calendar import Weekday
from booking.appointments.models.desk import MOST_TICKETS
from booking.appointments.models.offer import MAX_PEOPLE
from booking.residents.forms.contact import LANGUAGES, EmailField
from booking.residents.forms.fields import PersonNameField, PhoneField, PhoneInput
from municipalities.forms.errors import ErrorRow, errors_of
from municipalities.forms.fields import DayField, HourField, StaffFormLook
from municipalities.models import Facility, Municipality

TEXT = {"class": "govuk-input", "autocomplete": "off", "spellcheck": "false"}
SELECT = {"class": "govuk-select"}


def _urgent_reason() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Motif d’urgence"),
        choices=[("", _("aucun")), *UrgentReason.choices],
        required=False,
        help_text=_("Obligatoire pour une heure gardée pour les urgences."),
        widget=forms.Select(attrs=SELECT),
    )


class CallerForm(forms.Form):
    """One person of those who come. Only the name of the first is asked for."""

    last_name = PersonNameField(
        label=_("Nom"),
        max_length=80,
        error_messages={"required": _("Écrivez le nom."), "max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs=TEXT),
    )
    first_name = PersonNameField(label=_("Prénom"), max_length=80, required=False, widget=forms.TextInput(attrs=TEXT))
    number = PreApplicationNumberField(
        label=_("Numéro de pré-demande"),
        required=False,
        widget=forms.TextInput(
            attrs={**TEXT, "class": "govuk-input govuk-input--width-10", "autocapitalize": "characters"}
        ),
    )
    situation = forms.ChoiceField(
        label=_("Situation"),
        choices=Situation.choices,
        required=False,
        initial=Situation.RENEWAL,
        widget=forms.Select(attrs=SELECT),
    )
    is_minor = forms.BooleanField(label=_("Mineur"), required=False)

    def __init__(self, *args: Any, index: int, kind: AppointmentType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.index = index
        self.fields["last_name"].required = index == 0
        if not kind.needs_number or kind.is_collection:
            del self.fields["number"]
        if not kind.is_deposit:
            del self.fields["situation"]


class DeskContactForm(forms.Form):
    """How to reach them, and what the counter should know. All of it may stay as it is."""

    phone = PhoneField(
        label=_("Téléphone"),
        required=False,
        widget=PhoneInput({**TEXT, "class": "govuk-input govuk-input--width-10"}),
    )
    email = EmailField(
        label=_("Courriel"), required=False, widget=forms.TextInput(attrs={**TEXT, "inputmode": "email"})
    )
    channel = forms.ChoiceField(
        label=_("La personne est"),
        choices=[(BookingChannel.PHONE, _("au téléphone")), (BookingChannel.COUNTER, _("au guichet"))],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    urgent_reason = _urgent_reason()
    is_assisted = forms.BooleanField(label=_("Accompagné par un aidant"), required=False)
    language = forms.ChoiceField(
        label=_("Langue des messages"), choices=LANGUAGES, required=False, widget=forms.Select(attrs=SELECT)
    )
    home = forms.ChoiceField(label=_("Habite"), required=False, widget=forms.Select(attrs=SELECT))
    accessibility = forms.MultipleChoiceField(
        label=_("Besoins à l’accueil"),
        choices=Accessibility.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, municipalities: Sequence[Municipality], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns = {town.slug: town for town in municipalities}
        home = self.fields["home"]
        assert isinstance(home, forms.ChoiceField)
        home.choices = [("", _("ailleurs ou inconnu")), *((slug, town.name) for slug, town in self.towns.items())]

    def clean_home(self) -> Municipality | None:
        return self.towns.get(self.cleaned_data["home"])


class DeskForm:
    """The people and the contact; the rows beyond the number of people wait, hidden, and are not judged."""

    def __init__(
        self,
        data: Any,
        *,
        kind: AppointmentType,
        people: int,
        municipalities: Sequence[Municipality],
        home: Municipality | None,
        channel: str = BookingChannel.PHONE,
    ) -> None:
        self.count = people
        self.people = [
            CallerForm(
                data if index < people else None,
                prefix=f"p{index}",
                index=index,
                kind=kind,
                initial={"situation": Situation.RENEWAL},
            )
            for index in range(min(kind.max_people, MAX_PEOPLE))
        ]
        self.contact = DeskContactForm(
            data,
            municipalities=municipalities,
            initial={"language": "fr", "channel": channel, "home": home.slug if home else ""},
        )

    @property
    def parts(self) -> list[forms.Form]:
        return [*self.people[: self.count], self.contact]

    def fill_in(self, data: Any) -> None:
        """Show what is typed so far, judging nothing."""
        for form in (*self.people, self.contact):
            for name in form.fields:
                key = form.add_prefix(name)
                if key in data:
                    form.initial[name] = data.getlist(key) if name == "accessibility" else data[key]

    def is_valid(self) -> bool:
        wrong = [form for form in self.parts if not form.is_valid()]
        numbers = [person.cleaned_data.get("number") for person in self.people[: self.count]]
        for index, number in enumerate(numbers):
            if number and number in numbers[:index]:
                self.people[index].add_error("number", _("Ce numéro est déjà celui d’une autre personne."))
                return False
        return not wrong

    def refuse_number(self, number: str, sentence: str) -> None:
        for person in self.people[: self.count]:
            if person.cleaned_data.get("number") == number:
                person.add_error("number", sentence)

    def errors(self) -> list[ErrorRow]:
        return [row for form in self.parts if form.is_bound for row in errors_of(form, labelled=False)]


class MoveForm(forms.Form):
    """Where and from when to look for another start, and why it may be time kept for emergencies."""

    lieu = forms.ModelChoiceField(
        label=_("Lieu"),
        queryset=Facility.objects.none(),
        required=False,
        empty_label=_("tous les lieux"),
        widget=forms.Select(attrs=SELECT),
    )
    du = DayField(label=_("à partir du"), required=False)
    heure = HourField(label=_("À partir de"), required=False)
    urgent_reason = _urgent_reason()

    def __init__(self, *args: Any, kind: AppointmentType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.use_required_attribute = False
        place = self.fields["lieu"]
        assert isinstance(place, forms.ModelChoiceField)
        places = facilities_serving(kind)
        place.queryset = places.select_related("municipality").defer("municipality__logo").order_by("name")
        for name in ("du", "heure"):
            self.fields[name].widget.attrs["class"] = "govuk-input govuk-input--width-10"


class WalkInForm(forms.Form):
    type = forms.ModelChoiceField(
        label=_("Motif"),
        queryset=AppointmentType.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choisissez un motif.")},
    )
    people = forms.IntegerField(
        label=_("Personnes"),
        min_value=1,
        max_value=MAX_PEOPLE,
        initial=1,
        widget=forms.NumberInput(attrs={**TEXT, "class": "govuk-input govuk-input--width-3"}),
    )
    is_assisted = forms.BooleanField(label=_("Accompagné par un aidant"), required=False)
    priority = forms.ChoiceField(
        label=_("Priorité"),
        choices=[("", _("aucune")), *PriorityReason.choices],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )

    def __init__(self, *args: Any, types: Sequence[AppointmentType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        kind = self.fields["type"]
        assert isinstance(kind, forms.ModelChoiceField)
        kind.queryset = AppointmentType.objects.filter(pk__in=[one.pk for one in types])
        kind.initial = types[0].pk if types else None


TOO_MANY = {"max_value": _("Deux cents tickets au plus par demi-journée.")}


class QuotaForm(forms.Form):
    """The week's quotas, and one date that differs. Empty or nought: nobody without appointment."""

    day = DayField(label=_("Une date"), required=False)
    half = forms.ChoiceField(
        label=_("Demi-journée"), choices=Half.choices, required=False, widget=forms.Select(attrs=SELECT)
    )
    places = forms.IntegerField(
        label=_("Tickets"),
        required=False,
        min_value=0,
        max_value=MOST_TICKETS,
        error_messages=TOO_MANY,
        widget=forms.NumberInput(attrs={**TEXT, "class": "govuk-input govuk-input--width-3"}),
    )

    def __init__(self, *args: Any, week: dict[tuple[int, str], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for weekday in Weekday:
            for half in Half:
                self.fields[f"w{weekday.value}{half.value}"] = forms.IntegerField(
                    label=f"{weekday.label}, {half.label}",
                    required=False,
                    min_value=0,
                    max_value=MOST_TICKETS,
                    error_messages=TOO_MANY,
                    initial=week.get((weekday.value, half.value)),
                    widget=forms.NumberInput(attrs={**TEXT, "class": "govuk-input govuk-input--width-3"}),
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("day") and data.get("places") is None:
            self.add_error("places", ValidationError(_("Dites combien de tickets cette demi-journée donne.")))
        return data

    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(str(day.label), [self[f"w{day.value}{half.value}"] for half in Half]) for day in Weekday]

    def week(self) -> Iterator[tuple[int, str, int]]:
        for weekday in Weekday:
            for half in Half:
                yield weekday.value, half.value, self.cleaned_data[f"w{weekday.value}{half.value}"] or 0


class MorningListForm(forms.Form):
    to_facility = forms.BooleanField(label=_("À l’adresse de l’établissement"), required=False)
    shows_names = forms.BooleanField(
        label=_("Avec noms et numéros complets (la boîte de l’établissement se partage : sans cela, des initiales)"),
        required=False,
    )
    to_me = forms.BooleanField(label=_("À mon adresse"), required=False)


OFFICE = "office"


class CancelForm(StaffFormLook, forms.Form):
    """Who asked is not who types: a caller's wish needs no reason, and the office is sorry only for itself."""

    needed_sometimes = ("asked_for", "reason")
    asked_for = forms.ChoiceField(
        label=_("Qui annule ?"),
        choices=[
            (BookingChannel.PHONE, _("La personne, au téléphone")),
            (BookingChannel.COUNTER, _("La personne, au guichet")),
            (OFFICE, _("La mairie")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Motif, tel que la personne le lira"),
        max_length=200,
        required=False,
        help_text=_(
            "Quand la mairie annule. Par exemple : Le guichet est en panne, nous vous prions de reprendre un créneau."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # Only the office gives reasons.
        asked = data.get("asked_for") or (OFFICE if data.get("reason") else "")
        if not asked:
            self.add_error("asked_for", _("Dites qui annule : la lettre n’est pas la même."))
        elif asked == OFFICE and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Quand la mairie annule, la personne doit savoir pourquoi."))
        return data | ({"asked_for": ""} if asked == OFFICE else {"reason": ""})
