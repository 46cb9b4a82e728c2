"""What cannot be done with an occasional half-day, each as a sentence for whoever asked."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class OccasionalRefused(Refusal):
    code = "occasional_refused"


class HalfDayIsPast(OccasionalRefused):
    code = "half_day_is_past"
    sentence = _("Cette demi-journée a commencé ou est passée. Choisissez-en une autre.")


class NotYetOpen(OccasionalRefused):
    code = "half_day_too_far"
    sentence = _("Les demi-journées s’ouvrent pour les quatorze jours à venir.")


class NotAdmitted(OccasionalRefused):
    code = "not_admitted_occasionally"
    sentence = _("Cet enfant n’est pas admis en accueil occasionnel dans cette crèche. Demandez-le au service.")


class FileIsOver(OccasionalRefused):
    code = "file_is_over"
    sentence = _("La demande de cet enfant est finie ou n’est pas complète : reprenez-la avant de prendre une place.")


class TakenMeanwhile(OccasionalRefused):
    code = "half_day_taken_meanwhile"
    sentence = _(
        "Cette demi-journée vient d’être prise. Vous pouvez attendre qu’elle se libère, ou en choisir une autre."
    )


class ThereAlready(OccasionalRefused):
    code = "child_there_already"
    sentence = _("Cet enfant a déjà une place cette demi-journée-là.")


class HoldIsOver(OccasionalRefused):
    code = "half_day_hold_is_over"
    sentence = _(
        "Le délai pour confirmer est passé, et la place est de nouveau libre. Reprenez-la si elle l’est encore."
    )


class AnsweredAlready(OccasionalRefused):
    code = "half_day_answered_already"
    sentence = _("C’est déjà fait : voici où en est cette demi-journée.")


class TooLateToGiveBack(OccasionalRefused):
    code = "too_late_to_give_back"
    sentence = _("Il est trop tard pour rendre cette demi-journée en ligne. Téléphonez à la crèche.")


class StillFree(OccasionalRefused):
    code = "half_day_is_still_free"
    sentence = _("Cette demi-journée est encore libre : prenez-la.")


class WaitsAlready(OccasionalRefused):
    code = "waits_already"
    sentence = _("Vous attendez déjà cette demi-journée.")


class IsClosed(OccasionalRefused):
    code = "nursery_is_closed_then"
    sentence = _("La crèche est fermée cette demi-journée-là.")


class TakesNoOccasional(OccasionalRefused):
    code = "takes_no_occasional"
    sentence = _("Cette crèche n’accueille pas à l’occasion.")


class MoreThanFree(OccasionalRefused):
    code = "more_than_free"

    def __init__(self, free: int) -> None:
        self.free = free
        some = ngettext(
            "Il ne reste qu’une place dans cette section cette demi-journée-là, d’après vos capacités.",
            "Il ne reste que %(free)d places dans cette section cette demi-journée-là, d’après vos capacités.",
            free,
        )
        none = gettext("Il ne reste aucune place dans cette section cette demi-journée-là, d’après vos capacités.")
        super().__init__(some % {"free": free} if free else none)


class PlaceIsTaken(OccasionalRefused):
    code = "occasional_place_is_taken"
    sentence = _("Une famille a déjà cette place : elle ne se ferme plus.")
