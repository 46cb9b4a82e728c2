from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType, CalendarPool, Counter, PoolShare, ReleasePolicy
from booking.appointments.models.calendar import Weekday
from booking.appointments.models.offer import GRID_MINUTES, MAX_PEOPLE
from municipalities import rules
from municipalities.forms.fields import DayField, GivenFields, HourField, StaffFormLook
from municipalities.models import Facility, StaffMember

LONGEST_MINUTES = 240


class PoolForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    types = forms.ModelMultipleChoiceField(
        label=_("Motifs partagés"),
        queryset=AppointmentType.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = CalendarPool
        fields = ("name", "types", "is_active")


class ShareForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"pool"})
    shared_from = DayField(label=_("Partagé à partir du"))
    shared_until = DayField(label=_("Partagé jusqu’au (compris)"), required=False, help_text=_("Vide : sans fin."))
    reserve_percent = forms.IntegerField(
        label=_("Réserve locale (%)"),
        min_value=0,
        max_value=50,
        initial=0,
        help_text=_("Part de chaque plage gardée pour les habitants de la commune. La moitié au plus."),
    )
    reserve_days = forms.IntegerField(
        label=_("Réserve levée (jours avant)"),
        min_value=0,
        max_value=60,
        initial=3,
        help_text=_("À partir de ce jour, ce qui reste de la réserve est offert à tous."),
    )

    class Meta:
        model = PoolShare
        fields = ("counter", "shared_from", "shared_until", "reserve_percent", "reserve_days")

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["counter"]
        else:
            counter = self.fields["counter"]
            assert isinstance(counter, forms.ModelChoiceField)
            taken = PoolShare.objects.filter(pool=self.instance.pool).values("counter")
            counter.queryset = (
                Counter.objects.filter(facility__in=Facility.objects.governed_by(by))
                .exclude(pk__in=taken)
                .select_related("facility")
                .order_by("facility__slug", "name")
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("shared_from"), data.get("shared_until")
        if since and until and until < since:
            self.add_error("shared_until", _("Le partage doit finir après son début."))
        return data


class PolicyForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    facility = forms.ModelChoiceField(
        label=_("Établissement"), queryset=Facility.objects.none(), required=False, empty_label=_("Tous")
    )
    type = forms.ModelChoiceField(
        label=_("Motif"), queryset=AppointmentType.objects.all(), required=False, empty_label=_("Tous")
    )
    notice_minutes = forms.IntegerField(
        label=_("Réservable au plus tard (minutes avant)"),
        min_value=0,
        max_value=60 * 24 * 14,
        help_text=_("On ne peut plus prendre un créneau qui commence plus tôt que cela."),
    )
    horizon_days = forms.IntegerField(
        label=_("Réservable au plus tôt (jours avant)"),
        min_value=1,
        max_value=365,
        help_text=_("Jusqu’où le calendrier est ouvert."),
    )
    batch_weekday = forms.TypedChoiceField(
        label=_("Par lots : quel jour"),
        choices=[("", "—"), *Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    batch_time = HourField(label=_("Par lots : à quelle heure"), required=False)
    batch_weeks = forms.IntegerField(
        label=_("Par lots : combien de semaines s’ouvrent"), min_value=1, max_value=52, initial=1
    )
    held_until_7_days_percent = forms.IntegerField(
        label=_("Part retenue jusqu’à sept jours avant (%)"), min_value=0, max_value=90, initial=0
    )
    held_until_1_day_percent = forms.IntegerField(
        label=_("Part retenue jusqu’à la veille (%)"), min_value=0, max_value=90, initial=0
    )

    class Meta:
        model = ReleasePolicy
        fields = (
            "facility",
            "type",
            "notice_minutes",
            "horizon_days",
            "mode",
            "batch_weekday",
            "batch_time",
            "batch_weeks",
            "held_until_7_days_percent",
            "held_until_1_day_percent",
        )

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facility = self.fields["facility"]
        assert isinstance(facility, forms.ModelChoiceField)
        facility.queryset = Facility.objects.governed_by(by)
        if not rules.manages_territory(by):
            facility.required = True
            facility.empty_label = "—"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("mode") == "batch":
            if data.get("batch_weekday") is None and "batch_weekday" not in self.errors:
                self.add_error("batch_weekday", _("Un lot demande un jour."))
            if data.get("batch_time") is None and "batch_time" not in self.errors:
                self.add_error("batch_time", _("Un lot demande une heure."))
        seven, one = data.get("held_until_7_days_percent"), data.get("held_until_1_day_percent")
        if seven is not None and one is not None and seven + one > 90:
            self.add_error("held_until_1_day_percent", _("Les parts retenues ne dépassent pas 90 % du temps."))
        return data


class DurationsForm(StaffFormLook, forms.Form):
    """A table: a line per type, a column per number of people, minutes in the cells; empty: no own duration."""

    def __init__(self, *args: Any, types: Sequence[AppointmentType], **kwargs: Any) -> None:
        self.types = types
        super().__init__(*args, **kwargs)

    def _cell(self, kind: AppointmentType, people: int) -> str:
        return f"m-{kind.pk}-{people}"

    def build(self, own: dict[tuple[int, int], int], inherited: dict[tuple[int, int], int]) -> "DurationsForm":
        for kind in self.types:
            for people in range(1, MAX_PEOPLE + 1):
                name = self._cell(kind, people)
                field = forms.IntegerField(
                    label=gettext("%(type)s, personnes : %(people)s") % {"type": kind.name, "people": people},
                    required=False,
                    min_value=GRID_MINUTES,
                    max_value=LONGEST_MINUTES,
                    step_size=GRID_MINUTES,
                    disabled=people > kind.max_people,
                )
                field.error_messages["step_size"] = gettext("Un multiple de cinq minutes.")
                field.widget.attrs["class"] = "govuk-input govuk-input--width-3"
                if (kind.pk, people) in inherited:
                    field.widget.attrs["placeholder"] = str(inherited[kind.pk, people])
                self.fields[name] = field
                self.initial[name] = own.get((kind.pk, people))
        return self

    def rows(self) -> list[tuple[AppointmentType, list[forms.BoundField]]]:
        return [(kind, [self[self._cell(kind, people)] for people in range(1, MAX_PEOPLE + 1)]) for kind in self.types]

    def minutes(self) -> dict[tuple[int, int], int | None]:
        return {
            (kind.pk, people): self.cleaned_data[self._cell(kind, people)]
            for kind in self.types
            for people in range(1, MAX_PEOPLE + 1)
        }
