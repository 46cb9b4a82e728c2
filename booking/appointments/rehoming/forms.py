"""Closing a counter at once: how long, and what people are told."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.forms.fields import DayField, HourField, StaffFormLook, TranslatedFormField
from municipalities.languages import Translated
from municipalities.zone import instant

#: The afternoon begins here, as everywhere on the counters' pages.
NOON = time(13)
FIVE = timedelta(minutes=5)

#: What people are told, in their language; the office may write its own instead.
REASONS: dict[str, Translated] = {
    "panne": Translated(
        fr="Le dispositif du guichet est en panne.",
        de="Das Gerät am Schalter ist ausgefallen.",
        en="The equipment at the counter has broken down.",
    ),
    "absence": Translated(
        fr="L’agent du guichet est absent.",
        de="Die zuständige Person am Schalter ist abwesend.",
        en="The officer at the counter is away.",
    ),
    "travaux": Translated(
        fr="Le guichet est fermé pour travaux.",
        de="Der Schalter ist wegen Bauarbeiten geschlossen.",
        en="The counter is closed for works.",
    ),
    "reseau": Translated(
        fr="Le réseau de l’État est interrompu.",
        de="Das staatliche Netz ist unterbrochen.",
        en="The State’s network is down.",
    ),
}
OWN = "autre"


class CloseNowForm(StaffFormLook, forms.Form):
    """`cleaned_data["period"]` is a pair of instants, `cleaned_data["said"]` what people will read."""

    SPANS = (
        ("heure", _("Une heure")),
        ("matin", _("Le matin (jusqu’à 13 h)")),
        ("apres-midi", _("L’après-midi (à partir de 13 h)")),
        ("journee", _("La journée")),
        ("libre", _("Autres heures")),
    )
    span = forms.ChoiceField(label=_("Pour combien de temps"), choices=SPANS, widget=forms.RadioSelect)
    day = DayField(label=_("Le"))
    from_time = HourField(
        label=_("À partir de"), required=False, help_text=_("Pour une heure ou d’autres heures. Vide : maintenant.")
    )
    until_day = DayField(label=_("Jusqu’au (compris)"), required=False, help_text=_("Pour d’autres heures seulement."))
    until_time = HourField(label=_("Jusqu’à"), required=False, help_text=_("Vide : jusqu’au soir."))
    why = forms.ChoiceField(label=_("Ce que les personnes liront"), widget=forms.RadioSelect)
    reason = TranslatedFormField(label=_("Votre propre texte"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        why = self.fields["why"]
        assert isinstance(why, forms.ChoiceField)
        why.choices = [(key, str(text)) for key, text in REASONS.items()] + [(OWN, _("Un autre texte"))]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("why") == OWN and not data.get("reason"):
            self.add_error("reason", _("Écrivez au moins le texte français."))
        data["said"] = data.get("reason") if data.get("why") == OWN else REASONS.get(data.get("why", ""))
        timed = {"day", "span", "from_time", "until_day", "until_time"}
        if timed & set(self.errors):
            return data
        start, end = self._bounds(data)
        now = timezone.now()
        # What is already past stays as it was.
        start = max(start, _on_grid(now))
        if end <= now:
            self.add_error("day", _("Cette fermeture est déjà passée."))
        elif end <= start:
            self.add_error("until_time", _("La fermeture doit finir après son début."))
        data["period"] = (start, end)
        return data

    def _bounds(self, data: dict[str, Any]) -> tuple[datetime, datetime]:
        day: date = data["day"]
        since: time | None = data.get("from_time")
        midnight = instant(day + timedelta(days=1), time.min)
        match data["span"]:
            case "heure":
                start = instant(day, since) if since else max(_on_grid(timezone.now()), instant(day, time.min))
                return start, start + timedelta(hours=1)
            case "matin":
                return instant(day, time.min), instant(day, NOON)
            case "apres-midi":
                return instant(day, NOON), midnight
            case "journee":
                return instant(day, time.min), midnight
        last: date = data.get("until_day") or day
        until: time | None = data.get("until_time")
        # An hour that the clock strikes twice: closed until the second time.
        end = instant(last, until, fold=1) if until else instant(last + timedelta(days=1), time.min)
        return instant(day, since or time.min), end


def _on_grid(now: datetime) -> datetime:
    """The five minutes that an instant lies in."""
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % FIVE
