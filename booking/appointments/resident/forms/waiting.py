"""Asking for an earlier time: where, when, and how to be reached. Shape only."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType
from booking.appointments.resident.forms.search import FURTHEST_DAYS, WEEKDAYS, WeekdaysField
from booking.appointments.waiting_list.entries import WaitingPreferences
from booking.residents.forms.contact import ContactForm
from municipalities.forms.fields import DayField, HourField
from municipalities.models import Facility, Municipality
from municipalities.wording import say_day

ALL, SOME, NEAR = "toutes", "choix", "rayon"
WHERE = [
    (ALL, _("Toutes les mairies qui proposent ce rendez-vous")),
    (NEAR, _("Celles qui sont près de ma commune")),
    (SOME, _("Seulement celles que je choisis")),
]
FURTHEST_KM = 100
_NUMBERS = {code: number for number, (code, _label) in enumerate(WEEKDAYS)}
_CODES = [code for code, _label in WEEKDAYS]


def _day_input() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "govuk-input govuk-input--width-10", "type": "date", "autocomplete": "off"})


def _hour_input() -> forms.TextInput:
    attrs = {"class": "govuk-input govuk-input--width-10", "type": "time", "step": "300", "autocomplete": "off"}
    return forms.TextInput(attrs=attrs)


class PreferencesForm(forms.Form):
    """What a waiting person would take. `before` is the day of the appointment they have, if they have one."""

    #: Which of them is needed depends on the answer before; days and hours say by themselves that they may be left.
    needed_sometimes = ("facilities", "home", "radius", "weekdays", "earliest", "latest")

    where = forms.ChoiceField(
        label=_("Dans quelles mairies ?"),
        choices=WHERE,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Dites dans quelles mairies."), "invalid_choice": _("Choisissez une réponse.")},
    )
    facilities = forms.MultipleChoiceField(
        label=_("Les mairies choisies"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"invalid_choice": _("Cette mairie n’est pas dans la liste.")},
    )
    home = forms.ChoiceField(
        label=_("Votre commune"),
        required=False,
        error_messages={"invalid_choice": _("Cette commune n’est pas dans la liste. Choisissez-en une.")},
        widget=forms.Select(attrs={"class": "govuk-select"}),
    )
    radius = forms.CharField(
        label=_("À combien de kilomètres au plus ?"),
        required=False,
        help_text=_("À vol d’oiseau, depuis votre commune."),
        widget=forms.TextInput(
            attrs={"class": "govuk-input govuk-input--width-3", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    from_day = DayField(
        any_year=True,
        label=_("Du"),
        error_messages={"required": _("Écrivez le premier jour possible.")},
        widget=_day_input(),
    )
    until_day = DayField(
        any_year=True,
        label=_("Jusqu’au"),
        error_messages={"required": _("Écrivez le dernier jour possible.")},
        widget=_day_input(),
    )
    weekdays = WeekdaysField(
        label=_("Quels jours de la semaine ?"),
        required=False,
        choices=WEEKDAYS[:6],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"invalid_choice": _("« %(value)s » n’est pas un jour de la semaine.")},
    )
    earliest = HourField(label=_("Pas avant"), required=False, widget=_hour_input())
    latest = HourField(label=_("Pas après"), required=False, widget=_hour_input())

    def __init__(
        self,
        *args: Any,
        kind: AppointmentType,
        facilities: Sequence[Facility],
        municipalities: Sequence[Municipality],
        before: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.before = before
        self.places = {facility.slug: facility for facility in facilities}
        self.municipalities = {municipality.slug: municipality for municipality in municipalities}
        choices = [(facility.slug, facility.name) for facility in facilities]
        if kind.is_collection:
            # The title lies in one town hall: the one of the appointment, or the one chosen here.
            del self.fields["where"], self.fields["radius"], self.fields["facilities"]
            if before is None:
                self.fields["facilities"] = forms.ChoiceField(
                    label=_("Où se trouve votre carte ou votre passeport ?"),
                    choices=choices,
                    widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
                    error_messages={
                        "required": _("Choisissez la mairie où vous avez déposé la demande."),
                        "invalid_choice": _("Cette mairie n’est pas dans la liste."),
                    },
                )
        else:
            chosen = self.fields["facilities"]
            assert isinstance(chosen, forms.MultipleChoiceField)
            chosen.choices = choices
        towns = self.fields["home"]
        assert isinstance(towns, forms.ChoiceField)
        towns.choices = [("", _("Sans préciser")), *((town.slug, town.name) for town in municipalities)]
        for name in ("from_day", "until_day", "earliest", "latest"):
            # A browser shows nothing in a date field for what is no date: what was typed must stay in sight.
            if self.is_bound and self.errors.get(name):
                self.fields[name].widget.attrs.pop("step", None)
                self.fields[name].widget.attrs["type"] = "text"

    def clean_home(self) -> Municipality | None:
        return self.municipalities.get(self.cleaned_data["home"])

    def clean_radius(self) -> int | None:
        text = str(self.cleaned_data["radius"]).strip().lower().removesuffix("km").strip()
        if not text or self.data.get("where") != NEAR:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= FURTHEST_KM):
            raise ValidationError(
                _("« %(text)s » n’est pas une distance. Écrivez un nombre de kilomètres, de 1 à 100."),
                params={"text": text[:40]},
            )
        return int(text)

    def clean_from_day(self) -> date:
        day: date = self.cleaned_data["from_day"]
        return max(day, timezone.localdate())

    def clean_until_day(self) -> date:
        day: date = self.cleaned_data["until_day"]
        today = timezone.localdate()
        if day < today:
            raise ValidationError(_("Le %(day)s est passé. Choisissez un jour à venir."), params={"day": say_day(day)})
        if self.before is not None and day > self.before:
            raise ValidationError(
                _("Votre rendez-vous est le %(day)s : « plus tôt » ne va pas au-delà."),
                params={"day": say_day(self.before)},
            )
        if day > today + timedelta(days=FURTHEST_DAYS):
            raise ValidationError(_("Nous cherchons au plus un an à l’avance. Choisissez un jour plus proche."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("where") == SOME and not data.get("facilities") and "facilities" not in self.errors:
            self.add_error("facilities", _("Cochez au moins une mairie, ou choisissez « Toutes »."))
        if data.get("where") == NEAR:
            if not data.get("home") and "home" not in self.errors:
                self.add_error("home", _("Choisissez votre commune : la distance se mesure depuis elle."))
            if data.get("radius") is None and "radius" not in self.errors:
                self.add_error("radius", _("Écrivez un nombre de kilomètres, par exemple 10."))
        first, last = data.get("from_day"), data.get("until_day")
        if first and last and last < first:
            self.add_error("until_day", _("La date de fin est avant la date de début. Échangez-les."))
        earliest, latest = data.get("earliest"), data.get("latest")
        if earliest and latest and latest < earliest:
            self.add_error("latest", _("L’heure de fin est avant l’heure de début. Échangez-les ou effacez-en une."))
        return data

    def wish(self) -> WaitingPreferences:
        """Only for a valid form."""
        data = self.cleaned_data
        chosen = data.get("facilities") or []
        slugs = [chosen] if isinstance(chosen, str) else chosen if data.get("where") == SOME else []
        return WaitingPreferences(
            from_day=data["from_day"],
            until_day=data["until_day"],
            facility_ids=tuple(sorted(self.places[slug].pk for slug in slugs)),
            radius_km=data.get("radius"),
            weekdays=frozenset(_NUMBERS[code] for code in data["weekdays"]),
            earliest=data["earliest"],
            latest=data["latest"],
        )


def weekday_codes(numbers: Sequence[int]) -> list[str]:
    return [_CODES[number] for number in numbers]


class ReachForm(ContactForm):
    """Who waits without an appointment: how many they are, and where the offer reaches them."""

    unreachable = _("Donnez un courriel ou un mobile : l’un des deux suffit, pour vous proposer l’horaire.")
    people = forms.ChoiceField(
        label=_("Combien de personnes font une demande ?"),
        error_messages={
            "required": _("Dites combien de personnes viennent."),
            "invalid_choice": _("Choisissez un nombre de personnes dans la liste."),
        },
        widget=forms.Select(attrs={"class": "govuk-select"}),
    )

    def __init__(self, *args: Any, kind: AppointmentType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        counts = self.fields["people"]
        assert isinstance(counts, forms.ChoiceField)
        counts.choices = [(str(n), str(n)) for n in range(1, kind.max_people + 1)]
        self.fields["phone"].help_text = _(
            "La proposition arrive aussi sur un mobile, par SMS. Hors de France, commencez par l’indicatif : +49, +41."
        )
        self.order_fields(["people", "email", "phone", "language"])
