"""Seasons, activities, groups and sessions as staff type them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.activities.exceptions import NoSuchHour
from booking.activities.models import Activity, Audience, Group, Lane, Season
from booking.activities.seasons.ages import AgeField
from booking.activities.water.days import at
from municipalities.forms.fields import DayField, GivenFields, HourField, StaffFormLook, TranslatedFormField
from municipalities.forms.lists import ListForm
from municipalities.models import Operator, StaffMember
from municipalities.wording import WEEKDAYS, say_weekday

#: A season of three hundred groups is some forty kilobytes as a file.
MOST_BYTES = 1_000_000


class SeasonForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"operator"})
    name = TranslatedFormField(label=_("Nom"), max_length=80, help_text=_("Par exemple : Saison 2026-2027."))
    first_day = DayField(label=_("Premier jour"))
    last_day = DayField(label=_("Dernier jour"))

    class Meta:
        model = Season
        fields = ("name", "first_day", "last_day", "sessions_tried", "is_public")
        labels: ClassVar = {"sessions_tried": _("Annulation par la famille : séances commencées au plus")}
        help_texts: ClassVar = {
            "sessions_tried": _("Selon le règlement : 2 vaut « avant la troisième séance ». Vide : jamais en ligne.")
        }


class NewSeasonForm(SeasonForm):
    operator = forms.ModelChoiceField(label=_("Gestionnaire"), queryset=Operator.objects.none(), empty_label=None)

    class Meta(SeasonForm.Meta):
        fields = ("operator", "name", "first_day", "last_day", "sessions_tried")

    def __init__(self, *args: Any, operators: QuerySet[Operator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operator"].queryset = operators  # type: ignore[attr-defined]


class CopySeasonForm(SeasonForm):
    class Meta(SeasonForm.Meta):
        fields = ("name", "first_day", "last_day", "sessions_tried")  # type: ignore[assignment]


class ActivityForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    """With a day and an hour for each audience: both, or neither."""

    given_fields = frozenset({"season"})
    name = TranslatedFormField(label=_("Nom affiché"), max_length=120)
    description = TranslatedFormField(label=_("Description"), max_length=600, long=True, required=False)

    class Meta:
        model = Activity
        fields = ("code", "kind", "name", "description", "account")
        help_texts: ClassVar = {"code": _("Lettres, chiffres et tirets, par exemple ecole-debutants.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {window.audience: window.opens_at for window in self.instance.windows.all()} if self.instance.pk else {}
        for audience in Audience:
            moment = timezone.localtime(known[audience]) if audience in known else None
            self.fields[f"day_{audience.value}"] = DayField(
                label=gettext("Inscriptions ouvertes le, pour : %(who)s") % {"who": audience.label},
                required=False,
                initial=moment.date() if moment else None,
            )
            self.fields[f"hour_{audience.value}"] = HourField(
                label=gettext("à, pour : %(who)s") % {"who": audience.label},
                required=False,
                initial=moment.time() if moment else None,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for audience in Audience:
            day, hour = data.get(f"day_{audience.value}"), data.get(f"hour_{audience.value}")
            if (day is None) != (hour is None):
                missing = "day" if day is None else "hour"
                self.add_error(f"{missing}_{audience.value}", _("Donnez le jour et l’heure, ou aucun des deux."))
            elif (
                day is not None
                and hour is not None
                and timezone.localtime(at(day, hour).astimezone(UTC)).time() != hour
            ):
                self.add_error(f"hour_{audience.value}", NoSuchHour.sentence)
        return data

    def windows(self) -> dict[Audience, datetime | None]:
        data = self.cleaned_data
        return {
            audience: at(data[f"day_{audience.value}"], data[f"hour_{audience.value}"])
            if data.get(f"day_{audience.value}")
            else None
            for audience in Audience
        }


class GroupForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"activity", "basin", "months_from", "months_below"})
    weekday = forms.TypedChoiceField(label=_("Jour"), coerce=int, choices=[])
    starts = HourField(label=_("De"))
    ends = HourField(label=_("À"))
    first_day = DayField(label=_("Du"))
    last_day = DayField(label=_("Au (compris)"))
    lanes = forms.MultipleChoiceField(
        label=_("Lignes ou zones"), widget=forms.CheckboxSelectMultiple, help_text=_("Toutes du même bassin.")
    )
    age_from = AgeField(label=_("Âge minimum"))
    age_to = AgeField(label=_("Âge maximum (compris)"), last=True)
    field_order = (
        "code", "lanes", "weekday", "starts", "ends", "first_day", "last_day", "in_school_holidays", "coach",
        "capacity", "level_from", "level_to", "age_from", "age_to", "age_day", "tariff_code", "unit", "allows_trial",
        "absence_hours", "credit_rule",
    )  # fmt: skip

    class Meta:
        model = Group
        fields = (
            "code", "weekday", "starts", "ends", "first_day", "last_day", "in_school_holidays", "coach", "capacity",
            "level_from", "level_to", "age_day", "tariff_code", "unit", "allows_trial", "absence_hours", "credit_rule",
        )  # fmt: skip

    def __init__(
        self, *args: Any, lanes: Sequence[Lane], coaches: QuerySet[StaffMember], codes: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(lane.pk): lane for lane in lanes}
        places: dict[str, list[tuple[str, str]]] = {}
        for lane in lanes:
            places.setdefault(f"{lane.basin.pool}, {lane.basin}", []).append((str(lane.pk), str(lane.name)))
        self._choices("lanes", list(places.items()))
        self._choices("weekday", [(n, say_weekday(n)) for n in range(len(WEEKDAYS["fr"]))])
        self.fields["coach"].queryset = coaches  # type: ignore[attr-defined]
        self.codes = codes
        self.fields["tariff_code"].help_text = (
            gettext("Un de ceux de la grille tarifaire : %(codes)s.") % {"codes": ", ".join(codes)} if codes else ""
        )
        group = self.instance
        if group.pk:
            self.initial["lanes"] = [str(pk) for pk in group.lanes.values_list("pk", flat=True)]
        if group.pk or group.months_from:
            self.initial.setdefault("age_from", group.months_from or None)
            self.initial.setdefault("age_to", group.months_below)

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_lanes(self) -> list[Lane]:
        lanes = [self.known[key] for key in self.cleaned_data["lanes"]]
        if len({lane.basin_id for lane in lanes}) > 1:
            raise ValidationError(_("Choisissez des lignes d’un seul bassin."))
        self.instance.basin = lanes[0].basin
        return lanes

    def clean_tariff_code(self) -> str:
        code: str = self.cleaned_data["tariff_code"]
        if self.codes and code not in self.codes:
            raise ValidationError(_("La grille tarifaire n’a pas de tarif « %(code)s »."), params={"code": code[:40]})
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "age_from" in data:
            self.instance.months_from = data["age_from"] or 0
        if "age_to" in data:
            self.instance.months_below = data["age_to"]
        return data


class SessionForm(StaffFormLook, forms.Form):
    """When a session takes place, by the local clock."""

    day = DayField(label=_("Jour"))
    starts = HourField(label=_("De"))
    ends = HourField(label=_("À"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", _("La séance doit finir après son début."))
        return data

    def period(self) -> tuple[datetime, datetime]:
        data = self.cleaned_data
        return at(data["day"], data["starts"]), at(data["day"], data["ends"])


class CallOffForm(StaffFormLook, forms.Form):
    reason = TranslatedFormField(label=_("Motif affiché"), max_length=200)


class GroupsFileForm(ListForm):
    most_bytes = MOST_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file = self.fields["file"]
        file.label = _("Liste des groupes")
        file.help_text = _("CSV (UTF-8), XLSX ou ODS, 1 Mo au plus. Les groupes exportés montrent la forme attendue.")
