"""The search as it stands in the address bar. Shape only: what is free is not looked up here."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType
from booking.appointments.models.offer import MAX_PEOPLE
from municipalities.forms.fields import DayField, HourField
from municipalities.models import Municipality
from municipalities.query_names import Param
from municipalities.wording import say_day

#: The furthest a release policy may reach.
FURTHEST_DAYS = 366
WEEKDAYS = [
    ("lun", _("lundi")),
    ("mar", _("mardi")),
    ("mer", _("mercredi")),
    ("jeu", _("jeudi")),
    ("ven", _("vendredi")),
    ("sam", _("samedi")),
    ("dim", _("dimanche")),
]
_WEEKDAY_NUMBERS = {code: number for number, (code, _label) in enumerate(WEEKDAYS)}
SORTS = [("tot", _("Le plus tôt")), ("proche", _("Le plus proche"))]
KNOWN = ("type", "personnes", "commune", "du", "au", "jours", "de", "a", "tri", "jour", "mois", "mairie", "deplace")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")


class WeekdaysField(forms.MultipleChoiceField):
    """`jours=lun&jours=mar`, also `jours=lun,mar`."""

    def to_python(self, value: Any) -> list[str]:
        return [part.strip() for item in value or [] for part in str(item).split(",") if part.strip()]


def read_type(code: str, types: Iterable[AppointmentType]) -> AppointmentType | None:
    """The type of that code, None where none is asked for. Raises ValidationError."""
    if not code:
        return None
    for kind in types:
        if kind.code == code:
            return kind
    raise ValidationError(
        _("« %(text)s » n’est pas une démarche proposée. Choisissez dans la liste."), params={"text": code[:40]}
    )


def read_people(text: str) -> int:
    """One where no number is given. Raises ValidationError."""
    if not text:
        return 1
    try:
        people = int(text) if len(text) < 6 else -1
    except ValueError:
        people = -1
    if people == 0:
        raise ValidationError(_("Il faut au moins une personne."))
    if people > MAX_PEOPLE:
        raise ValidationError(
            _(
                "Un rendez-vous réunit six personnes au plus. Pour un groupe plus grand, prenez deux rendez-vous "
                "ou appelez la mairie."
            )
        )
    if people < 0:
        raise ValidationError(
            _("« %(text)s » n’est pas un nombre de personnes. Écrivez un nombre de 1 à 6."), params={"text": text[:40]}
        )
    return people


def read_home(text: str, municipalities: Iterable[Municipality]) -> Municipality | None:
    """The municipality of that name, address or INSEE code, None where none is given. Raises ValidationError."""
    if not text:
        return None
    wanted = slugify(text)
    for municipality in municipalities:
        if wanted in {municipality.slug, municipality.insee_code} or wanted == slugify(municipality.name):
            return municipality
    raise ValidationError(
        _("« %(text)s » n’est pas une commune du territoire. Choisissez dans la liste, ou aucune."),
        params={"text": text[:40]},
    )


class SearchForm(forms.Form):
    """GET parameters, in French because people see and share them. Errors stop the search; `notices` do not."""

    type = forms.CharField(label=_("Pour quoi venez-vous ?"), required=False)
    personnes = forms.CharField(label=_("Combien de personnes font une demande ?"), required=False)
    commune = forms.CharField(label=_("Votre commune"), required=False)
    du = DayField(label=_("À partir du"), required=False, any_year=True)
    au = DayField(label=_("Jusqu’au"), required=False, any_year=True)
    jours = WeekdaysField(
        label=_("Jours de la semaine"),
        required=False,
        choices=WEEKDAYS,
        error_messages={"invalid_choice": _("« %(value)s » n’est pas un jour de la semaine.")},
    )
    de = HourField(label=_("Pas avant"), required=False)
    a = HourField(label=_("Pas après"), required=False)
    tri = forms.CharField(label=_("Classer par"), required=False)
    jour = DayField(required=False, any_year=True)
    mois = forms.CharField(required=False)

    def __init__(
        self,
        data: QueryDict,
        *,
        types: Sequence[AppointmentType],
        municipalities: Sequence[Municipality],
        preset_home: Municipality | None = None,
    ) -> None:
        super().__init__(data)
        self.types = types
        self.municipalities = municipalities
        self.preset_home = preset_home
        self.notices: list[str] = []
        self.today = timezone.localdate()

    def clean_type(self) -> AppointmentType | None:
        return read_type(self.cleaned_data["type"], self.types)

    def clean_personnes(self) -> int:
        return read_people(self.cleaned_data["personnes"])

    def clean_commune(self) -> Municipality | None:
        if "commune" not in self.data:
            return self.preset_home
        return read_home(self.cleaned_data["commune"], self.municipalities)

    def clean_du(self) -> date | None:
        day: date | None = self._not_too_far(self.cleaned_data["du"])
        if day and day < self.today:
            self.notices.append(
                str(_("Le %(day)s est passé : nous cherchons à partir d’aujourd’hui.") % {"day": say_day(day)})
            )
            return self.today
        return day

    def clean_au(self) -> date | None:
        day: date | None = self.cleaned_data["au"]
        if day and day < self.today:
            raise ValidationError(
                _("Le %(day)s est passé. Choisissez une date à venir, ou laissez vide."), params={"day": say_day(day)}
            )
        return self._not_too_far(day)

    def clean_jour(self) -> date | None:
        day: date | None = self._not_too_far(self.cleaned_data["jour"])
        if day and day < self.today:
            self.notices.append(str(_("Le %(day)s est passé.") % {"day": say_day(day)}))
            return None
        return day

    def clean_mois(self) -> date | None:
        text = self.cleaned_data["mois"]
        if not text:
            return None
        found = _MONTH.fullmatch(text)
        try:
            month = date(int(found[1]), int(found[2]), 1) if found else None
        except ValueError:
            month = None
        if month is None:
            self.notices.append(str(_("« %(text)s » n’est pas un mois.") % {"text": text[:40]}))
            return None
        if month < self.today.replace(day=1) or month > self.today + timedelta(days=FURTHEST_DAYS):
            self.notices.append(str(_("Le calendrier va de ce mois-ci à un an.")))
            return None
        return month

    def clean_tri(self) -> str:
        text = self.cleaned_data["tri"]
        if text and text not in dict(SORTS):
            self.notices.append(str(_("« %(text)s » n’est pas un classement.") % {"text": text[:40]}))
            return "tot"
        return str(text or "tot")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, people = data.get(Param.TYPE), data.get(Param.PEOPLE)
        if kind and people and people > kind.max_people:
            self.add_error(
                "personnes",
                ValidationError(
                    _("Pour cette démarche, un rendez-vous réunit %(most)s personnes au plus."),
                    params={"most": kind.max_people},
                ),
            )
        start, end = data.get(Param.FROM_DAY), data.get(Param.UNTIL_DAY)
        if start and end and end < start:
            self.add_error("au", _("La date de fin est avant la date de début. Échangez-les ou effacez-en une."))
        earliest, latest = data.get(Param.NOT_BEFORE), data.get(Param.NOT_AFTER)
        if earliest and latest and latest <= earliest:
            self.add_error("a", _("L’heure de fin est avant l’heure de début. Échangez-les ou effacez-en une."))
        return data

    def weekdays(self) -> frozenset[int]:
        return frozenset(_WEEKDAY_NUMBERS[code] for code in self.cleaned_data.get("jours", []))

    def _not_too_far(self, day: date | None) -> date | None:
        if day and day > self.today + timedelta(days=FURTHEST_DAYS):
            raise ValidationError(
                _("Les rendez-vous s’ouvrent au plus un an à l’avance. Choisissez une date plus proche.")
            )
        return day

    def typed(self, name: str) -> str:
        """What the person wrote, whatever became of it."""
        if name == "commune" and "commune" not in self.data and self.preset_home:
            return self.preset_home.slug
        return str(self.data.get(name, ""))


def clean_query(data: QueryDict) -> QueryDict:
    """Only the parameters that are ours, the empty ones left out: the address that can be shared."""
    kept = QueryDict(mutable=True)
    for name in KNOWN:
        typed = [value.replace("\x00", "")[:80] for value in data.getlist(name)[:12]]
        values = [value for value in typed if value.strip() or name == "commune"]
        if values:
            kept.setlist(name, values if name in {"jours", "mairie"} else values[-1:])
    return kept
