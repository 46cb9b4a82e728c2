"""What those who plan the water type."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.enums import UseKind
from booking.activities.models import Lane, Pool, SchoolHoliday, UseSeries
from booking.activities.water.queries import Event
from booking.payments.models import CashOffice
from municipalities.forms.fields import DayField, DaysField, HourField, StaffFormLook, TranslatedFormField
from municipalities.languages import Translated
from municipalities.spans import monday_of
from municipalities.wording import say_time, say_weekday

#: A season and a half: a series longer than this is a typing mistake.
LONGEST = timedelta(days=550)
#: Weeks that are copied to at once.
MOST_WEEKS = 45


class LanesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Lanes of one pool, each with its basin."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Lignes et zones"))
        super().__init__(queryset=Lane.objects.none(), widget=forms.CheckboxSelectMultiple, **kwargs)

    def of(self, pool: Pool) -> None:
        self.queryset = (
            Lane.objects.filter(basin__pool=pool, is_active=True)
            .select_related("basin")
            .order_by("basin__position", "basin", "position", "pk")
        )


class PlaceForm(StaffFormLook, forms.Form):
    """Hours and lanes of one pool."""

    starts = HourField(label=_("De"))
    ends = HourField(label=_("À"))
    lanes = LanesField()

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lanes = self.fields["lanes"]
        assert isinstance(lanes, LanesField)
        lanes.of(pool)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("Le créneau doit finir après son début."))
        return data

    def clean_lanes(self) -> list[Lane]:
        return list(self.cleaned_data["lanes"])


class UseForm(PlaceForm):
    """Something new in the water: once, or every week until a date."""

    kind = forms.ChoiceField(label=_("Pour"), choices=UseKind.choices)
    label = forms.CharField(
        label=_("Qui"),
        max_length=80,
        required=False,
        help_text=_("Le nom de l’école ou du club, pour les agents ; le public lit « École » ou « Club »."),
    )
    first_day = DayField(label=_("Le"))
    last_day = DayField(label=_("Puis chaque semaine jusqu’au"), required=False, help_text=_("Vide : une seule fois."))
    heads = forms.IntegerField(
        label=_("Personnes attendues"),
        min_value=0,
        max_value=10_000,
        help_text=_("Dans toutes ces lignes ensemble ; pour le public, le nombre laissé entrer."),
    )
    skips_school_holidays = forms.BooleanField(label=_("Pas pendant les vacances scolaires"), required=False)
    except_on = DaysField(
        label=_("Sauf les"),
        required=False,
        help_text=_("Des dates, séparées par des virgules : 24/12/2026, 31/12/2026."),
    )

    field_order = (
        "kind",
        "label",
        "first_day",
        "last_day",
        "starts",
        "ends",
        "lanes",
        "heads",
        "skips_school_holidays",
        "except_on",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("first_day"), data.get("last_day")
        if first and last:
            if last < first:
                self.add_error("last_day", _("Le dernier jour doit suivre le premier."))
            elif last - first > LONGEST:
                self.add_error("last_day", _("Une série dure dix-huit mois au plus."))
        return data


class MoveEventForm(PlaceForm):
    """One thing, on another day, at another hour or in other lanes."""

    day = DayField(label=_("Le"))

    field_order = ("day", "starts", "ends", "lanes")

    @staticmethod
    def initial_of(event: Event) -> dict[str, Any]:
        start, end = (timezone.localtime(bound) for bound in (event.first.period.lower, event.first.period.upper))
        return {
            "day": start.date(),
            "starts": start.time(),
            "ends": end.time(),
            "lanes": [lane.pk for lane in event.lanes],
        }


class MoveSeriesForm(PlaceForm):
    """A series takes place elsewhere from a day on."""

    from_day = DayField(label=_("À partir du"))
    weekday = forms.TypedChoiceField(label=_("Jour"), coerce=int)

    field_order = ("from_day", "weekday", "starts", "ends", "lanes")

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, pool=pool, **kwargs)
        weekday = self.fields["weekday"]
        assert isinstance(weekday, forms.ChoiceField)
        weekday.choices = [(number, say_weekday(number)) for number in range(7)]

    @staticmethod
    def initial_of(series: UseSeries) -> dict[str, Any]:
        return {
            "from_day": earliest(series),
            "weekday": series.weekday,
            "starts": series.starts,
            "ends": series.ends,
            "lanes": [lane.pk for lane in series.lanes.all()],
        }


def earliest(series: UseSeries) -> date:
    return max(series.first_day, timezone.localdate())


class SeriesChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        lanes = ", ".join(str(lane) for lane in obj.lanes.all())
        return f"{say_weekday(obj.weekday)} {say_time(obj.starts)} – {say_time(obj.ends)}, {obj.who} ({lanes})"


class SwapForm(StaffFormLook, forms.Form):
    """With whom, and from when."""

    other = SeriesChoice(label=_("Avec"), queryset=UseSeries.objects.none())
    from_day = DayField(label=_("À partir du"))

    def __init__(self, *args: Any, others: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        other = self.fields["other"]
        assert isinstance(other, SeriesChoice)
        other.queryset = others


class EndForm(StaffFormLook, forms.Form):
    last_day = DayField(label=_("Dernier jour (compris)"))


class CopyForm(StaffFormLook, forms.Form):
    """The weeks in which a week comes again; any of their days is as good as the Monday."""

    from_day = DayField(label=_("De la semaine du"))
    until_day = DayField(label=_("À celle du"), required=False, help_text=_("Vide : cette seule semaine."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_day"), data.get("until_day")
        if first and last:
            if last < first:
                self.add_error("until_day", _("Le dernier jour doit suivre le premier."))
            elif (last - first) // timedelta(days=7) >= MOST_WEEKS:
                self.add_error("until_day", _("Quarante-cinq semaines au plus à la fois."))
        return data

    def weeks(self) -> list[date]:
        first = monday_of(self.cleaned_data["from_day"])
        last = monday_of(self.cleaned_data["until_day"] or first)
        return [first + timedelta(days=7 * n) for n in range((last - first) // timedelta(days=7) + 1)]


class PoolForm(StaffFormLook, forms.Form):
    most_heads = forms.IntegerField(
        label=_("Personnes au plus en même temps"),
        min_value=1,
        max_value=10_000,
        help_text=_("Cours, écoles, clubs et public ensemble (code de la santé publique, D. 1332-9)."),
    )
    cash_office = forms.ModelChoiceField(
        CashOffice.objects.none(),
        label=_("Régie"),
        required=False,
        empty_label=_("la première en service du gestionnaire"),
        help_text=_("Qui encaisse ici ce que les familles règlent."),
    )
    closed_since = DayField(
        label=_("Fermée jusqu’à nouvel ordre depuis le"),
        required=False,
        help_text=_("Vide : ouverte. Une fermeture dont la fin est connue se note sous « Fermetures »."),
    )
    closed_why = TranslatedFormField(label=_("Motif affiché"), required=False, max_length=200)

    def __init__(self, *args: Any, operator_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = self.fields["cash_office"]
        assert isinstance(offices, forms.ModelChoiceField)
        offices.queryset = CashOffice.objects.filter(operator=operator_id, is_active=True)


class BasinForm(StaffFormLook, forms.Form):
    name = TranslatedFormField(label=_("Nom du bassin"), max_length=60)
    lanes = TranslatedFormField(
        label=_("Lignes et zones"),
        long=True,
        max_length=2000,
        help_text=_("Un nom par ligne : Ligne 1, Ligne 2, Petit bain ; dans le même ordre en chaque langue."),
    )

    def clean_lanes(self) -> list[Translated]:
        typed = self.cleaned_data["lanes"]
        names = {code: [one.strip() for one in text.splitlines() if one.strip()] for code, text in typed.items()}
        number = len(names["fr"])
        if any(len(some) != number for some in names.values()):
            raise forms.ValidationError(_("Donnez autant de noms dans chaque langue, ou seulement les français."))
        if any(len(set(some)) < number for some in names.values()):
            raise forms.ValidationError(_("Deux lignes ont le même nom."))
        if number > 20 or any(len(name) > 60 for some in names.values() for name in some):
            raise forms.ValidationError(_("Vingt lignes au plus, de soixante lettres au plus."))
        return [Translated({code: some[place] for code, some in names.items()}) for place in range(number)]


class LanesForm(BasinForm):
    name = None  # type: ignore[assignment]


class EditBasinForm(BasinForm):
    lanes = None  # type: ignore[assignment]
    rank = forms.IntegerField(
        label=_("Ordre"),
        min_value=1,
        max_value=200,
        required=False,
        help_text=_("1 en premier ; vide : sans changement."),
    )


class EditLaneForm(StaffFormLook, forms.Form):
    name = TranslatedFormField(label=_("Nom de la ligne ou de la zone"), max_length=60)
    rank = EditBasinForm.base_fields["rank"]


class HolidayForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    first_day = DayField(label=_("Du"))
    last_day = DayField(label=_("Au (compris)"))

    class Meta:
        model = SchoolHoliday
        fields = ("name", "first_day", "last_day")
        labels = {"name": _("Nom")}
