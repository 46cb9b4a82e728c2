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


class PlaceWouldBeLost(RequestRefused):
    """`number`: the request that would end, and has a place."""

    code = "nursery_double_has_a_place"
    sentence = _(
        "La demande %(number)s a une place proposée ou acceptée, qui serait perdue. Attendez la réponse, ou retirez "
        "avec la famille celle des deux demandes qu’elle ne garde pas."
    )

    def __init__(self, number: str) -> None:
        super().__init__(self.sentence % {"number": number})


class ChildOfAnotherFamily(RequestRefused):
    """`number`: the request that would end, of which another contact would then have a child."""

    code = "nursery_double_names_another_child"
    sentence = _(
        "La demande %(number)s nomme aussi un enfant que l’autre ne demande pas, et les deux familles n’ont pas le "
        "même contact. Retirez de %(number)s l’enfant que les deux demandent, puis choisissez « Deux enfants : "
        "laisser »."
    )

    def __init__(self, number: str) -> None:
        super().__init__(self.sentence % {"number": number})


class TooManyChildren(RequestRefused):
    code = "nursery_double_has_too_many_children"
    sentence = _(
        "Ensemble, les deux demandes nomment plus de quatre enfants. Retirez de l’une l’enfant que les deux demandent, "
        "puis choisissez « Deux enfants : laisser »."
    )


class TooManyWishes(RequestRefused):
    code = "nursery_double_has_too_many_wishes"
    sentence = _(
        "Ensemble, les deux demandes nomment plus de cinq crèches. Voyez avec la famille lesquelles elle garde, "
        "changez les vœux de l’une, puis réunissez."
    )


class AppealWaits(RequestRefused):
    code = "nursery_double_is_appealed"
    sentence = _("Un recours est ouvert sur l’une des deux demandes : répondez-y d’abord, puis réunissez.")
