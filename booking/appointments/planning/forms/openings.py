from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType, Counter, OpeningPeriod
from booking.appointments.models.calendar import EveryWeeks, PlaceInMonth
from booking.appointments.models.offer import GRID_MINUTES
from booking.appointments.planning.week_queries import say_overlap
from booking.appointments.rhythm import Rhythm
from municipalities import rules
from municipalities.forms.fields import DayField, DaysField, GivenFields, HourField, StaffFormLook, TranslatedFormField
from municipalities.models import Facility, Municipality, Operator, StaffMember
from municipalities.zone import instant

#: What the constraint says of two periods of one counter at once.
OVERLAP = _("Une autre plage de ce guichet couvre déjà une partie de ces heures.")
OFF_GRID = _("Les heures vont de cinq en cinq minutes, par exemple 08:35.")


#: So many days are shown before a period is written.
NEXT_DAYS = 8
#: One choice for both: « 2 » is every second week, « m1 » the first such weekday of the month.
RHYTHMS = [(str(value), label) for value, label in EveryWeeks.choices] + [
    (f"m{value}", label) for value, label in PlaceInMonth.choices
]


def rhythm_key(rhythm: Rhythm) -> str:
    return str(rhythm.every_weeks) if rhythm.nth is None else f"m{rhythm.nth}"


def parsed_rhythm(key: str) -> tuple[int, int | None]:
    """Every how many weeks, and which one of the month."""
    return (1, int(key[1:])) if key.startswith("m") else (int(key), None)


class CounterForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"facility"})
    types = forms.ModelMultipleChoiceField(
        label=_("Motifs servis"),
        queryset=AppointmentType.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Counter
        fields = ("name", "types", "is_active")


class OpeningForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"counter", "every_weeks", "nth"})
    rhythm = forms.ChoiceField(label=_("Rythme"), choices=RHYTHMS, required=False)
    counted_from = DayField(
        label=_("À partir de la semaine du"),
        required=False,
        help_text=_("Une semaine où la plage vaut. Vide : celle où elle commence."),
    )
    except_on = DaysField(
        label=_("Sauf les"),
        required=False,
        help_text=_("Des dates, séparées par des virgules : 24/12/2026, 31/12/2026."),
    )
    starts = HourField(label=_("De"))
    ends = HourField(label=_("À"))
    valid_from = DayField(label=_("Valable du"))
    valid_until = DayField(label=_("Jusqu’au (compris)"), required=False, help_text=_("Vide : sans fin."))
    fallback_days = forms.IntegerField(label=_("Nombre de jours avant"), required=False, min_value=0, max_value=60)
    fallback_time = HourField(label=_("À quelle heure"), required=False)
    types = forms.ModelMultipleChoiceField(
        label=_("Seulement pour ces motifs"),
        queryset=AppointmentType.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucun coché : tous les motifs du guichet."),
    )

    class Meta:
        model = OpeningPeriod
        fields = (
            "weekday",
            "starts",
            "ends",
            "valid_from",
            "valid_until",
            "counted_from",
            "except_on",
            "audience",
            "fallback_days",
            "fallback_time",
            "types",
        )
        labels = {"weekday": _("Jour"), "audience": _("Ouvert à")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = self.fields["types"]
        assert isinstance(types, forms.ModelMultipleChoiceField)
        types.queryset = self.instance.counter.types.all()
        self.initial["rhythm"] = rhythm_key(self.instance.rhythm)

    def _update_errors(self, errors: forms.ValidationError) -> None:
        """The database's own rules, with the other period named where two overlap."""
        super()._update_errors(errors)
        found: Any = vars(self).get("_errors") or {}
        said = found.get(NON_FIELD_ERRORS)
        if said and OVERLAP in said:
            named = say_overlap(self.instance)
            if named:
                found[NON_FIELD_ERRORS] = self.error_class([named], error_class="nonfield", renderer=self.renderer)

    def clean_starts(self) -> time:
        return _on_grid(self.cleaned_data["starts"])

    def clean_ends(self) -> time:
        return _on_grid(self.cleaned_data["ends"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("La plage doit finir après son début."))
        since, until = data.get("valid_from"), data.get("valid_until")
        if since and until and until < since:
            self.add_error("valid_until", _("La date de fin doit suivre la date de début."))
        weeks, place = parsed_rhythm(data.get("rhythm") or "1")
        self.instance.every_weeks, self.instance.nth = weeks, place
        data["counted_from"] = (data.get("counted_from") or since) if weeks > 1 else None
        days, hour = data.get("fallback_days"), data.get("fallback_time")
        asked = not {"fallback_days", "fallback_time"} & set(self.errors)
        if asked and (days is None) != (hour is None):
            self.add_error(
                "fallback_time" if hour is None else "fallback_days",
                _("Le retour au public demande un nombre de jours et une heure."),
            )
        return data


def _on_grid(hour: time) -> time:
    if hour.minute % GRID_MINUTES or hour.second:
        raise forms.ValidationError(OFF_GRID)
    return hour


def next_days(form: OpeningForm) -> list[date]:
    """The next days on which the period of a valid form holds, as it stands there."""
    row: OpeningPeriod = form.instance
    since = max(row.valid_from, timezone.localdate())
    return row.rhythm.first_days(NEXT_DAYS, row.weekday, since, row.valid_until)


ClosedPlace = Counter | Facility | Municipality | None


class ClosureForm(StaffFormLook, forms.Form):
    """Something is closed from one local hour to another. Without hours: all of the days."""

    place = forms.ChoiceField(label=_("Ce qui ferme"))
    from_day = DayField(label=_("Du"))
    from_time = HourField(label=_("À partir de"), required=False, help_text=_("Vide : dès le matin."))
    until_day = DayField(label=_("Au (compris)"))
    until_time = HourField(label=_("Jusqu’à"), required=False, help_text=_("Vide : toute la journée."))
    reason = TranslatedFormField(
        label=_("Motif affiché au public"), help_text=_("Par exemple : Panne du dispositif."), max_length=200
    )

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: dict[str, ClosedPlace] = {}
        groups: list[Any] = [("", "—")]
        for label, prefix, found in (
            (gettext("Guichets"), "guichet", _counters(by)),
            (gettext("Établissements"), "etablissement", Facility.objects.manageable_by(by)),
            (gettext("Communes"), "commune", Municipality.objects.editable_by(by)),
        ):
            group = []
            for place in found:
                key = f"{prefix}-{place.pk}"
                self.places[key] = place
                group.append((key, str(place)))
            if group:
                groups.append((label, group))
        if rules.manages_territory(by):
            self.places["territoire"] = None
            groups.append(("territoire", gettext("Tout le territoire")))
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = groups

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not {"from_day", "until_day"} <= set(data) or {"from_time", "until_time"} & set(self.errors):
            return data
        if data.get("until_time") is None:
            end = instant(data["until_day"] + timedelta(days=1), time.min)
        else:
            # An hour that the clock strikes twice: the closure lasts until the second time.
            end = instant(data["until_day"], data["until_time"], fold=1)
        start = instant(data["from_day"], data.get("from_time") or time.min)
        if end <= start:
            self.add_error("until_day", _("La fermeture doit finir après son début."))
        elif end <= timezone.now():
            self.add_error("until_day", _("Cette fermeture est déjà passée."))
        data["period"] = (start, end)
        return data

    def where(self) -> ClosedPlace:
        return self.places[self.cleaned_data["place"]]


def _counters(by: StaffMember) -> QuerySet[Counter]:
    return Counter.objects.manageable_by(by).select_related("facility").order_by("facility__slug", "name")


class GoodFridayForm(StaffFormLook, forms.Form):
    is_holiday = forms.BooleanField(label=_("Le Vendredi saint est férié ici"), required=False)


class OperatorChoiceForm(StaffFormLook, forms.Form):
    operator = forms.ModelChoiceField(label=_("Gestionnaire"), queryset=Operator.objects.all(), empty_label=None)
