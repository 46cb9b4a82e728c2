"""Forms for whole weeks of opening periods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import Audience
from booking.appointments.models import Counter, OpeningPeriod
from booking.appointments.models.calendar import Weekday
from booking.appointments.models.offer import GRID_MINUTES
from booking.appointments.planning.forms.openings import OFF_GRID, RHYTHMS, parsed_rhythm, rhythm_key
from booking.appointments.planning.weeks import Hours
from booking.appointments.rhythm import EVERY_WEEK, Rhythm
from municipalities.forms.fields import DayField, HourField, StaffFormLook
from municipalities.spans import monday_of

#: Staff time that is typed into a week falls back to the public like this: the day before at noon.
USUAL_FALLBACK = (1, time(12))
#: Rows of hours per day of one form: nobody opens a counter more often in a day.
MOST_ROWS = 12


class FromDayForm(StaffFormLook, forms.Form):
    """From which day on, until when, and that the week is still the one that was shown."""

    from_day = DayField(label=_("À partir du"))
    until_day = DayField(
        label=_("Jusqu’au (compris)"),
        required=False,
        help_text=_("Vide : sans fin. Sinon, l’ancienne semaine revient."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("from_day"), data.get("until_day")
        if since and since < timezone.localdate():
            self.add_error("from_day", _("Ce qui est passé reste comme c’était : au plus tôt aujourd’hui."))
        if since and until and until < since:
            self.add_error("until_day", _("La date de fin doit suivre la date de début."))
        return data


@dataclass(frozen=True)
class HourRow:
    """The fields of one period in the form of a week."""

    starts: forms.BoundField
    ends: forms.BoundField
    audience: forms.BoundField
    rhythm: forms.BoundField
    model: forms.BoundField
    says: str


class WeekForm(FromDayForm):
    """Seven days with as many rows of hours as there are, and one more. An empty row is no period."""

    def __init__(
        self,
        *args: Any,
        rows: Sequence[OpeningPeriod],
        others: Iterable[Counter] = (),
        more: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.models = {row.pk: row for row in rows}
        by_day = {value: [row for row in rows if row.weekday == value] for value in Weekday.values}
        self.counts: dict[int, int] = {}
        others = list(others)
        self.fields["others"] = forms.ModelMultipleChoiceField(
            label=_("Aussi pour ces guichets"),
            queryset=Counter.objects.filter(pk__in=[counter.pk for counter in others]).select_related("facility"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        for weekday in Weekday.values:
            count = max(len(by_day[weekday]) + 1, 2)
            if self.is_bound:
                posted = 0
                while posted < MOST_ROWS and f"h{weekday}-{posted}-de" in self.data:
                    posted += 1
                count = max(posted, 1)
            self.counts[weekday] = min(count + (weekday == more), MOST_ROWS)
            for n in range(self.counts[weekday]):
                self._add_row(weekday, n, by_day[weekday][n] if n < len(by_day[weekday]) else None)

    def _add_row(self, weekday: int, n: int, row: OpeningPeriod | None) -> None:
        name = f"h{weekday}-{n}"
        words = {"day": Weekday(weekday).label, "number": n + 1}
        self.fields[f"{name}-de"] = HourField(label=_("%(day)s, plage %(number)s, de") % words, required=False)
        self.fields[f"{name}-a"] = HourField(label=_("%(day)s, plage %(number)s, à") % words, required=False)
        self.fields[f"{name}-pour"] = forms.TypedChoiceField(
            label=_("%(day)s, plage %(number)s, ouvert à") % words,
            choices=Audience.choices,
            coerce=int,
            required=False,
            empty_value=str(Audience.PUBLIC.value),
        )
        self.fields[f"{name}-rythme"] = forms.ChoiceField(
            label=_("%(day)s, plage %(number)s, rythme") % words,
            choices=RHYTHMS,
            required=False,
        )
        self.fields[f"{name}-comme"] = forms.TypedChoiceField(
            choices=[("", "")] + [(pk, pk) for pk in self.models],
            coerce=int,
            required=False,
            empty_value=None,
            widget=forms.HiddenInput,
        )
        if row is not None:
            self.initial.update(
                {
                    f"{name}-de": row.starts,
                    f"{name}-a": row.ends,
                    f"{name}-pour": row.audience,
                    f"{name}-rythme": rhythm_key(row.rhythm),
                    f"{name}-comme": row.pk,
                }
            )

    @property
    def days(self) -> list[tuple[int, str, list[HourRow]]]:
        return [
            (
                weekday,
                str(Weekday(weekday).label),
                [self._row(f"h{weekday}-{n}") for n in range(count)],
            )
            for weekday, count in self.counts.items()
        ]

    def _row(self, name: str) -> HourRow:
        model = self[f"{name}-comme"]
        row = self.models.get(int(model.value())) if str(model.value() or "").isdecimal() else None
        says = ", ".join(str(kind) for kind in row.types.all()) if row is not None else ""
        starts, ends, audience, rhythm = (self[f"{name}-{part}"] for part in ("de", "a", "pour", "rythme"))
        return HourRow(starts, ends, audience, rhythm, model, says)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        hours: list[Hours] = []
        for weekday, count in self.counts.items():
            for n in range(count):
                name = f"h{weekday}-{n}"
                starts, ends = data.get(f"{name}-de"), data.get(f"{name}-a")
                if {f"{name}-de", f"{name}-a", f"{name}-pour"} & set(self.errors) or (starts is None and ends is None):
                    continue
                if starts is None or ends is None:
                    self.add_error(f"{name}-{'de' if starts is None else 'a'}", _("Une plage a un début et une fin."))
                elif any(hour.minute % GRID_MINUTES or hour.second for hour in (starts, ends)):
                    self.add_error(f"{name}-de", OFF_GRID)
                elif ends <= starts:
                    self.add_error(f"{name}-a", _("La plage doit finir après son début."))
                else:
                    typed = Hours(weekday, starts, ends)
                    dressed = self._dressed(typed, int(data[f"{name}-pour"]), data.get(f"{name}-comme"))
                    hours.append(self._paced(dressed, data.get(f"{name}-rythme") or ""))
        data["hours"] = hours
        return data

    def _dressed(self, hours: Hours, audience: int, model_pk: int | None) -> Hours:
        """Whom it is for, and what the period it stands for says of types and of its return to the public."""
        model = self.models.get(model_pk) if model_pk is not None else None
        if model is not None and model.audience == audience:
            return replace(Hours.of(model), weekday=hours.weekday, starts=hours.starts, ends=hours.ends)
        types = Hours.of(model).type_ids if model is not None else frozenset()
        days, hour = USUAL_FALLBACK if audience != Audience.PUBLIC else (None, None)
        rhythm = model.rhythm if model is not None else EVERY_WEEK
        return replace(hours, audience=audience, fallback_days=days, fallback_time=hour, type_ids=types, rhythm=rhythm)

    def _paced(self, hours: Hours, key: str) -> Hours:
        """In the rhythm that was chosen; one that is not touched keeps its first week and the dates it leaves out."""
        if not key or key == rhythm_key(hours.rhythm):
            return hours
        weeks, place = parsed_rhythm(key)
        since = self.cleaned_data.get("from_day") or timezone.localdate()
        rhythm = Rhythm(weeks, monday_of(since) if weeks > 1 else None, place, hours.rhythm.except_on)
        return replace(hours, rhythm=rhythm)


class CopyWeekForm(FromDayForm):
    targets = forms.ModelMultipleChoiceField(
        label=_("Vers ces guichets"), queryset=Counter.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, others: Iterable[Counter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = self.fields["targets"]
        assert isinstance(targets, forms.ModelMultipleChoiceField)
        targets.queryset = (
            Counter.objects.filter(pk__in=[counter.pk for counter in others])
            .select_related("facility")
            .order_by("facility__slug", "name")
        )


class CopyDayForm(FromDayForm):
    weekday = forms.TypedChoiceField(label=_("Le jour à copier"), choices=Weekday.choices, coerce=int)
    to = forms.TypedMultipleChoiceField(
        label=_("Vers ces jours"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )


class SplitForm(StaffFormLook, forms.Form):
    pause = HourField(label=_("Couper à"))
    resumes = HourField(label=_("Reprendre à"), required=False, help_text=_("Vide : sans pause entre les deux plages."))
    from_day = DayField(label=_("À partir du"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("pause", "resumes"):
            hour = data.get(name)
            if hour is not None and (hour.minute % GRID_MINUTES or hour.second):
                self.add_error(name, OFF_GRID)
        data["resumes"] = data.get("resumes") or data.get("pause")
        return data


class EndForm(StaffFormLook, forms.Form):
    last_day = DayField(label=_("Dernier jour où la plage vaut"))

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if day < timezone.localdate() - timedelta(days=1):
            raise forms.ValidationError(_("Ce qui est passé reste comme c’était : au plus tôt hier."))
        return day
