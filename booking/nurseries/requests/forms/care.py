"""When, how much and where: the week of each child, and the wishes of the family. Shape only."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.nurseries.calendar_words import say_half_day
from booking.nurseries.enums import CareKind, NeedMode, Prefers
from booking.nurseries.models.requests import MOST_WISHES
from booking.nurseries.requests.days import days_of, in_order, last_month, month_of
from booking.nurseries.requests.forms.people import StepForm, choice, tick
from booking.nurseries.requests.given import GivenNeed
from municipalities.forms.fields import HourField
from municipalities.wording import say_month, say_weekday

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
MONTHS_AHEAD = 18
LATER = (0, 1, 2, 3, 4, 6, 12)


def months_ahead(today: date) -> list[date]:
    """The first days of the months in which care may begin, from this one on."""
    begin = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(begin, begin + MONTHS_AHEAD)]


def _later(number: int) -> Any:
    return _("Non, ce mois-là seulement") if not number else _("Jusqu’à %(number)s mois plus tard") % {"number": number}


def _hour() -> HourField:
    look = {"type": "time", "class": "govuk-input govuk-input--width-5", "step": "300", "autocomplete": "off"}
    return HourField(required=False, widget=forms.TimeInput(format="%H:%M", attrs=look))


class NeedForm(StepForm):
    """The care of one child. A day has two halves and, where the family says so, an hour to come and one to leave."""

    kind = choice(_("Quel accueil ?"), CareKind.choices, radios=True, required=_("Choisissez l’accueil."))
    start_month = choice(_("À partir de"), (), required=_("Choisissez le premier mois."))
    later_months = choice(_("Acceptez-vous de commencer plus tard ?"), (), required=_("Dites jusqu’à quand."))
    mode = choice(_("Quels jours ?"), NeedMode.choices, radios=True, required=_("Choisissez une réponse."))
    any_of = choice(_("Combien de jours par semaine ?"), ())
    down_to = choice(
        _("Accepteriez-vous moins de jours ?"),
        (),
        help_text=_("Une famille qui accepte moins de jours a plus de chances d’obtenir une place."),
    )
    needed_sometimes: tuple[str, ...] = ("any_of", "down_to")

    def __init__(self, *args: Any, day: date | None = None, kept: str = "", **kwargs: Any) -> None:
        """`day`: of the child's birth, or when it is expected, as far as known. `kept`: a month that may be past."""
        super().__init__(*args, **kwargs)
        self.day = day
        months = [(month_of(first), say_month(first)) for first in months_ahead(timezone.localdate())]
        if kept and kept not in dict(months):
            months.insert(0, (kept, say_month(date.fromisoformat(f"{kept}-01"))))
        numbers = [(str(number), str(number)) for number in range(1, len(WORKDAYS) + 1)]
        self._choices("start_month", [("", _("Choisissez")), *months])
        self._choices("later_months", [(str(number), _later(number)) for number in LATER])
        self._choices("any_of", [("", _("Sans objet")), *numbers])
        fewer = [
            (str(number), _("Oui, jusqu’à %(number)s par semaine") % {"number": number})
            for number in range(len(WORKDAYS) - 1, 0, -1)
        ]
        self._choices("down_to", [("", _("Non")), *fewer])
        for half_day in self.half_day_names:
            self.fields[half_day] = tick(say_half_day(half_day).capitalize())
        for name in WORKDAYS:
            day_name = say_weekday(WORKDAYS.index(name))
            for end, label in (("from", _("%(day)s, arrivée")), ("until", _("%(day)s, départ"))):
                self.fields[f"{name}_{end}"] = _hour()
                self.fields[f"{name}_{end}"].label = label % {"day": day_name.capitalize()}

    half_day_names = tuple(f"{day}_{half}" for day in WORKDAYS for half in ("am", "pm"))

    def _choices(self, name: str, choices: Iterable[Any]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def days(self) -> Iterable[dict[str, Any]]:
        """The week as the page shows it: a day, its halves, its hours."""
        for number, name in enumerate(WORKDAYS):
            yield {
                "name": say_weekday(number).capitalize(),
                "halves": [self[f"{name}_am"], self[f"{name}_pm"]],
                "hours": [self[f"{name}_from"], self[f"{name}_until"]],
            }

    def clean_start_month(self) -> date:
        first = date.fromisoformat(f"{self.cleaned_data['start_month']}-01")
        if self.day is not None and last_month(self.day) < month_of(first):
            raise forms.ValidationError(
                _("En %(month)s, cet enfant sera à l’école. Choisissez un mois plus tôt."),
                params={"month": say_month(first)},
            )
        if self.day is not None and (first.year, first.month) < (self.day.year, self.day.month):
            raise forms.ValidationError(
                _("En %(month)s, cet enfant ne sera pas encore né. Choisissez un mois plus tard."),
                params={"month": say_month(first)},
            )
        return first

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        ticked = in_order([name for name in self.half_day_names if data.get(name)])
        days = days_of(ticked)
        if not ticked:
            self.add_error("mon_am", _("Cochez au moins une demi-journée."))
        self._clean_hours(data, days)
        if data.get("mode") == NeedMode.ANY and "any_of" not in self.errors:
            if not data.get("any_of"):
                self.add_error("any_of", _("Dites combien de jours par semaine."))
            elif int(data["any_of"]) > len(days) > 0:
                self.add_error(
                    "any_of",
                    _("Vous demandez %(wanted)s jours et n’en cochez que %(ticked)s. Cochez d’autres jours.")
                    % {"wanted": data["any_of"], "ticked": len(days)},
                )
        most = int(data.get("any_of") or 0) if data.get("mode") == NeedMode.ANY else len(days)
        if data.get("down_to") and most and int(data["down_to"]) > most and "any_of" not in self.errors:
            self.add_error(
                "down_to",
                ngettext(
                    "Vous demandez %(wanted)s jour : moins de jours, c’est un nombre plus petit.",
                    "Vous demandez %(wanted)s jours : moins de jours, c’est un nombre plus petit.",
                    most,
                )
                % {"wanted": most},
            )
        return data

    def _clean_hours(self, data: dict[str, Any], days: Sequence[str]) -> None:
        for name in WORKDAYS:
            begin, end = data.get(f"{name}_from"), data.get(f"{name}_until")
            if f"{name}_from" in self.errors or f"{name}_until" in self.errors:
                continue
            if bool(begin) != bool(end):
                self.add_error(f"{name}_until", _("Écrivez l’heure d’arrivée et l’heure de départ, ou aucune."))
            elif begin and end and end <= begin:
                self.add_error(f"{name}_until", _("Le départ est avant l’arrivée. Échangez-les."))
            elif begin and name not in days:
                self.add_error(f"{name}_from", _("Cochez aussi la demi-journée, ou effacez les heures."))

    def given(self) -> GivenNeed:
        data = self.cleaned_data
        any_of = int(data["any_of"]) if data["mode"] == NeedMode.ANY else None
        half_days = in_order([name for name in self.half_day_names if data[name]])
        return GivenNeed(
            start_month=data["start_month"],
            half_days=half_days,
            kind=data["kind"],
            later_months=int(data["later_months"]),
            mode=data["mode"],
            any_of=any_of,
            down_to=int(data["down_to"]) if data["down_to"] else None,
            hours={
                name: [f"{data[f'{name}_from']:%H:%M}", f"{data[f'{name}_until']:%H:%M}"]
                for name in WORKDAYS
                if data[f"{name}_from"]
            },
        )


class WishesForm(StepForm):
    """One to five nurseries in order, and towns any nursery of which would do.

    `takes` says of a nursery (its slug) the sentence for which it cannot be wished, empty where it can.
    """

    towns = forms.MultipleChoiceField(
        label=_("N’importe quelle crèche de ces communes me conviendrait aussi"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"invalid_choice": _("Cette commune n’est pas dans la liste.")},
    )
    prefers = choice(
        _("Qu’est-ce qui compte le plus ?"), Prefers.choices, radios=True, required=_("Choisissez une réponse.")
    )
    needs_holidays = tick(_("J’ai aussi besoin d’une place pendant les vacances scolaires"))

    def __init__(
        self, *args: Any, nurseries: Any, towns: Sequence[tuple[str, str]], takes: Any = None, **kwargs: Any
    ) -> None:
        """`nurseries`: groups by town, as a list of choices."""
        super().__init__(*args, **kwargs)
        self.takes = takes
        for rank in range(1, MOST_WISHES + 1):
            field = choice(
                _("Vœu n° %(rank)s") % {"rank": rank},
                [("", _("Aucun") if rank > 1 else _("Choisissez")), *nurseries],
            )
            field.error_messages["invalid_choice"] = _("Cette crèche n’est pas dans la liste.")
            self.fields[f"wish{rank}"] = field
        self.fields["towns"].choices = towns  # type: ignore[attr-defined]
        self.order_fields([*(f"wish{rank}" for rank in range(1, MOST_WISHES + 1)), "towns", "prefers"])

    @property
    def ranked(self) -> list[forms.BoundField]:
        return [self[f"wish{rank}"] for rank in range(1, MOST_WISHES + 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.data.get(self.add_prefix(f"wish{MOST_WISHES + 1}")):
            self.add_error(f"wish{MOST_WISHES}", _("Cinq vœux au plus : gardez ceux qui comptent le plus."))
        seen: dict[str, int] = {}
        for rank in range(1, MOST_WISHES + 1):
            name, slug = f"wish{rank}", data.get(f"wish{rank}", "")
            if not slug:
                continue
            if slug in seen:
                self.add_error(
                    name,
                    _("Cette crèche est déjà votre vœu n° %(rank)s. Choisissez-en une autre.") % {"rank": seen[slug]},
                )
            elif self.takes and (sentence := self.takes(slug)):
                self.add_error(name, sentence)
            seen.setdefault(slug, rank)
        if not seen and "wish1" not in self.errors:
            self.add_error("wish1", _("Choisissez au moins une crèche."))
        return data

    def wishes(self) -> tuple[str, ...]:
        found = (self.cleaned_data[f"wish{rank}"] for rank in range(1, MOST_WISHES + 1))
        return tuple(slug for slug in found if slug)
