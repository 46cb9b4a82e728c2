"""What cannot be done to a request, each as a sentence for whoever asked."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from booking.nurseries.requests.steps import Step
from municipalities.exceptions import Refusal
from municipalities.forms.errors import ErrorRow


class RequestRefused(Refusal):
    code = "nursery_request_refused"


class AlreadySent(RequestRefused):
    code = "nursery_request_already_sent"
    sentence = _("Cette demande est déjà envoyée. Ce que vous venez d’écrire n’y a rien changé.")


class StepChanged(RequestRefused):
    """`stored` is what the step holds now, changed by another tab or device since the page was shown."""

    code = "nursery_step_changed"
    sentence = _(
        "Cette étape a changé entre-temps, dans un autre onglet ou sur un autre appareil. Ce que vous venez d’écrire "
        "est ci-dessous : enregistrez de nouveau pour le garder."
    )


class NotReady(RequestRefused):
    """`problems` by step."""

    code = "nursery_request_not_ready"
    sentence = _("Il reste à corriger avant d’envoyer.")

    def __init__(self, problems: Mapping[Step, Sequence[ErrorRow]]) -> None:
        super().__init__()
        self.problems = problems


class ChildHasRequest(RequestRefused):
    code = "child_has_nursery_request"
    sentence = _("Cet enfant a déjà une demande en cours : ouvrez-la et changez-la, ou retirez-la d’abord.")


class NoChildLeft(RequestRefused):
    code = "nursery_request_without_child"
    sentence = _("Une demande garde au moins un enfant. Pour tout arrêter, retirez la demande.")


class RequestOver(RequestRefused):
    code = "nursery_request_over"
    sentence = _("Cette demande est finie : elle ne se change plus. Vous pouvez en commencer une autre.")


class TooLateToComeBack(RequestRefused):
    code = "nursery_request_too_late"
    sentence = _("Cette demande s’est éteinte il y a trop longtemps pour être reprise. Commencez-en une autre.")


class NotOverdue(RequestRefused):
    code = "nursery_request_not_lapsed"
    sentence = _("Cette demande n’est pas éteinte.")


class NobodyThere(RequestRefused):
    code = "nobody_there_by_that_number"
    sentence = _("Aucun enfant né ce mois-là ne porte ce numéro dans la liste de cette crèche : vérifiez-le avec elle.")


class PlaceIsAnothers(RequestRefused):
    code = "own_place_is_anothers"
    sentence = _("Cette place est déjà celle d’un autre dossier.")


class AlreadySettled(RequestRefused):
    code = "nursery_double_settled"
    sentence = _("Quelqu’un a déjà tranché ce double.")
