"""What waits for whoever instructs requests, on their start page."""

from django.urls import reverse
from django.utils.translation import ngettext

from booking.nurseries.instruction.queries import DOUBLES, TO_CHECK, counts
from booking.nurseries.models import Appeal
from municipalities import rules
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.rules import Ability
from municipalities.services import Task


def waiting(staff: StaffMember) -> list[Task]:
    if not rules.for_nurseries(staff, Ability.INSTRUCT_FILES):
        return []
    found = counts(staff)
    to_check, doubles = found[TO_CHECK], found[DOUBLES]
    sentences = {
        TO_CHECK: ngettext(
            "%(number)s demande de crèche a des documents à vérifier.",
            "%(number)s demandes de crèche ont des documents à vérifier.",
            to_check,
        )
        % {"number": to_check},
        DOUBLES: ngettext(
            "%(number)s demande de crèche est peut-être un double.",
            "%(number)s demandes de crèche sont peut-être des doubles.",
            doubles,
        )
        % {"number": doubles},
    }
    address = reverse("nursery_files:requests")
    tasks = [Task(sentence, f"{address}?{Param.LIST}={name}") for name, sentence in sentences.items() if found[name]]
    appeals = Appeal.objects.answered_by(staff).open().count()
    said = ngettext("%(number)s recours attend votre réponse.", "%(number)s recours attendent votre réponse.", appeals)
    return [*tasks, Task(said % {"number": appeals}, reverse("nursery_files:appeals"))] if appeals else tasks
