"""What somebody looks for among the activities: the address bar, read. GET only, so that it can be kept and shared."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Level
from booking.activities.models.seasons import ActivityKind
from booking.activities.pricing import Span
from booking.activities.seasons.ages import read_age
from booking.activities.seasons.offered import Offered
from municipalities.directory import facilities, members
from municipalities.forms.errors import ErrorRow
from municipalities.forms.fields import HourField
from municipalities.models import Municipality
from municipalities.query_names import Param
from municipalities.visible import visible
from municipalities.wording import say_weekday, without_accents

#: In French, because people see and share them.
DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
LIST, WEEK = "liste", "semaine"
KNOWN = ("q", "age", "niveau", "nature", "jours", "de", "a", "piscine", "commune", "vue", "pour")
MANY = frozenset({"jours", "piscine"})


class FilterForm(forms.Form):
    """Each filter may be left out; one that cannot be read says so in its place and is not applied."""

    q = forms.CharField(label=_("Un mot"), required=False)
    age = forms.CharField(label=_("Âge"), required=False)
    niveau = forms.TypedChoiceField(
        label=_("Niveau"), required=False, choices=[("", _("tous")), *Level.choices], coerce=int, empty_value=None
    )
    nature = forms.ChoiceField(label=_("Activité"), required=False, choices=[("", _("toutes")), *ActivityKind.choices])
    jours = forms.MultipleChoiceField(label=_("Jours"), required=False, choices=[(code, code) for code in DAYS])
    de = HourField(label=_("Pas avant"), required=False)
    a = HourField(label=_("Pas après"), required=False)
    piscine = forms.MultipleChoiceField(label=_("Piscines"), required=False)
    commune = forms.CharField(label=_("Votre commune"), required=False)

    def __init__(self, data: QueryDict, *, pools: list[tuple[str, str]], preset: Municipality | None) -> None:
        super().__init__(data)
        self.preset = preset
        chosen = self.fields["piscine"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = pools

    def clean_age(self) -> Span | None:
        text = self.cleaned_data["age"]
        if not text:
            return None
        try:
            return Span(*read_age(text))
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def clean_commune(self) -> Municipality | None:
        if "commune" not in self.data:
            return self.preset
        text = self.cleaned_data["commune"]
        if not text:
            return None
        found = members().get(slugify(text))
        if found is None:
            raise ValidationError(
                _("« %(text)s » n’est pas une commune du territoire. Choisissez dans la liste, ou aucune."),
                params={"text": text[:40]},
            )
        return found


@dataclass
class Wanted:
    query: QueryDict
    form: FilterForm

    @property
    def _read(self) -> dict[str, Any]:
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def home(self) -> Municipality | None:
        found: Municipality | None = self._read.get("commune")
        return found

    @property
    def is_week(self) -> bool:
        return self.query.get(Param.VIEW) == WEEK

    @property
    def is_narrowed(self) -> bool:
        return any(self.query.get(name) for name in KNOWN if name not in ("vue", "commune", "pour"))

    @property
    def errors(self) -> list[ErrorRow]:
        """(id of the field, nobody, sentence), for the summary."""
        ids = {"jours": "jours-lun", "piscine": "filtre-piscines"}
        self.form.is_valid()
        return [
            (ids.get(name, f"id_{name}"), "", str(sentence))
            for name in self.form.fields
            for sentence in self.form.errors.get(name, [])
        ]

    @property
    def days(self) -> list[tuple[str, str, bool]]:
        """(parameter, in words, chosen)."""
        chosen = self.query.getlist(Param.WEEKDAYS)
        return [(code, say_weekday(number), code in chosen) for number, code in enumerate(DAYS)]

    def fits(self, group: Offered) -> bool:
        """Whether a group is what is looked for. Filters that could not be read let everything pass."""
        data = self._read
        days: list[str] = data.get("jours") or []
        earliest: time | None = data.get("de")
        latest: time | None = data.get("a")
        age: Span | None = data.get("age")
        level: int | None = data.get("niveau")
        pools: list[str] = data.get("piscine") or []
        return (
            (not days or DAYS[group.weekday] in days)
            and (earliest is None or group.starts >= earliest)
            and (latest is None or group.ends <= latest)
            and (age is None or group.is_for_age(age))
            and (level is None or group.is_for_level(Level(level)))
            and (not data.get("nature") or group.kind == data["nature"])
            and (not pools or facilities()[group.facility_id].slug in pools)
            and self._says(group, data.get("q") or "")
        )

    def _says(self, group: Offered, text: str) -> bool:
        """Every word looked for begins a word of what the card says."""
        words = without_accents(text).split()
        if not words:
            return True
        place = facilities()[group.facility_id]
        said = without_accents(
            f"{group.name} {group.description} {group.kind.label} {group.basin} {place.name} {place.municipality.name}"
        ).split()
        return all(any(part.startswith(word) for part in said) for word in words)

    @property
    def others(self) -> list[tuple[str, str]]:
        """Everything asked but for whom, as a form keeps it."""
        return [(name, value) for name, values in self.query.lists() if name != "pour" for value in values]

    def link(self, **changes: str | None) -> str:
        """This search with some parameters changed (None: removed), as `?…`."""
        query = self.query.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return "?" + query.urlencode()


def read(data: QueryDict, *, pools: list[tuple[str, str]], preset: Municipality | None) -> Wanted:
    """Only the parameters that are ours, the empty ones left out: the address that can be shared."""
    kept = QueryDict(mutable=True)
    for name in KNOWN:
        typed = [visible(value)[:80].strip() for value in data.getlist(name)[:20]]
        values = [value for value in typed if value or name == "commune"]
        if values:
            kept.setlist(name, values if name in MANY else values[-1:])
    return Wanted(kept, FilterForm(kept, pools=pools, preset=preset))
