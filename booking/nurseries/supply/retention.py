"""How long the children of the operators' lists stay: numbers and months of birth, no name."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from booking.nurseries.models import PresentChild
from municipalities.retention import Kept, months_before

#: At that age a child goes to school, whatever its operator forgot to say.
SCHOOL_AGE_MONTHS = 72

PRESENT = Kept(
    what=_lazy("Enfants présents en crèche : numéro chez le gestionnaire, mois de naissance"),
    fields={"nurseries.PresentChild": ("number", "born")},
    days=90,
    since=_lazy("après le départ, et au plus tard après les six ans de l’enfant"),
    reason=_lazy("Mission d’intérêt public : savoir combien de places se libèrent, et quand."),
)

#: What says nothing of anybody: names of nurseries, numbers of children by half-day or section, offices.
IMPERSONAL = {
    "nurseries.Nursery": ("presentation",),
    "nurseries.NurseryOpening": ("authorised", "sections", "adults"),
    "nurseries.HeldBack": ("half_days",),
    "nurseries.PresentChild": ("half_days",),
    "nurseries.TownChildcare": ("relay_name", "relay_address", "relay_phone", "relay_email", "relay_website"),
    "nurseries.CommissionMeeting": ("about",),
}


def due(now: datetime) -> QuerySet[PresentChild]:
    before = PRESENT.before(now)
    month = timezone.localtime(before).date().replace(day=1)
    six_years_ago = timezone.localtime(months_before(before, SCHOOL_AGE_MONTHS)).date().replace(day=1)
    return PresentChild.objects.filter(Q(last_month__lt=month) | Q(born__lt=six_years_ago))


def purge(now: datetime, dry_run: bool) -> int:
    """Erases the children who left, or counts them."""
    return due(now).count() if dry_run else due(now).delete()[0]
