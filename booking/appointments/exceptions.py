"""What the calendar refuses, in sentences for the person who asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal

if TYPE_CHECKING:
    from booking.appointments.models import Appointment, WalkInTicket


class SlotTaken(Refusal):
    code = "slot_taken"
    sentence = _("Cet horaire vient d’être pris. Choisissez-en un autre parmi les plus proches.")


class HeldMeanwhile(Exception):
    """This browser has just got another hold, in the same instant: look again how many it has. Never shown."""


class NotOffered(Refusal):
    code = "not_offered"
    sentence = _("Ce rendez-vous n’est pas proposé ainsi. Reprenez la recherche.")


class TooManyHolds(Refusal):
    code = "too_many_holds"
    sentence = _("Vous retenez déjà plusieurs horaires. Terminez ou libérez l’un d’eux avant d’en choisir un autre.")


class HoldExpired(Refusal):
    code = "hold_expired"
    sentence = _("Le délai pour confirmer est passé et l’horaire a été libéré. Vos réponses sont conservées.")


class ExtendedAlready(Refusal):
    code = "extended_already"
    sentence = _("Cet horaire a déjà été prolongé : il ne l’est qu’une fois.")


class HoldNotYours(Refusal):
    code = "hold_not_yours"
    sentence = _("Cet horaire est retenu depuis un autre navigateur. Reprenez la recherche.")


class AlreadyOver(Refusal):
    code = "already_over"
    sentence = _("Ce rendez-vous est passé ou annulé : il ne peut plus être modifié.")


class ChangedMeanwhile(Refusal):
    code = "changed_meanwhile"
    sentence = _("Ce rendez-vous a changé entre-temps. Rien n’a été écrasé : vérifiez, puis corrigez à nouveau.")


class NoRoomForAll(Refusal):
    """More people take longer, and the time after the appointment belongs to somebody else."""

    code = "no_room_for_all"
    sentence = _("L’horaire est trop court pour autant de personnes. Choisissez-en un autre : rien n’est changé.")


class NobodyLeft(Refusal):
    code = "nobody_left"
    sentence = _("Une personne au moins doit venir. Si personne ne vient plus, annulez le rendez-vous.")


class AlreadyWaiting(Refusal):
    code = "already_waiting"
    sentence = _("Vous êtes déjà en liste d’attente pour cette démarche.")


class OfferLapsed(Refusal):
    code = "offer_lapsed"
    sentence = _("Cette proposition n’est plus disponible : le délai est passé. Votre place dans la liste est gardée.")


class WaitIsOver(Refusal):
    code = "wait_is_over"
    sentence = _("Vous n’êtes plus en liste d’attente : cette demande est terminée et ne peut plus être modifiée.")


class NumberNeeded(Refusal):
    """This town, this day or this kind of appointment wants the number when one books."""

    code = "number_needed"
    sentence = _("Pour ce rendez-vous, le numéro de pré-demande est nécessaire dès maintenant.")


class NumberFirst(Refusal):
    """An appointment without its number may not go where there is no time left to add it."""

    code = "number_first"
    sentence = _(
        "Ajoutez d’abord le numéro de pré-demande : à moins de deux jours, un horaire sans numéro est libéré. Rien "
        "n’est changé."
    )


class NumberInUse(Refusal):
    """`number` has an active deposit appointment, `appointment`, somewhere in the territory."""

    code = "number_in_use"
    sentence = _("Ce numéro de pré-demande a déjà un rendez-vous. Déplacez-le plutôt que d’en prendre un second.")

    def __init__(self, number: str, appointment: "Appointment | None" = None) -> None:
        super().__init__()
        self.number = number
        self.appointment = appointment


class AppointmentsInTheWay(Refusal):
    """A change of the calendar would leave `appointments` outside of all opening time."""

    code = "appointments_in_the_way"
    sentence = _("Des rendez-vous se trouveraient hors des heures d’ouverture.")

    def __init__(self, appointments: Sequence["Appointment"]) -> None:
        super().__init__()
        self.appointments = appointments


class StaleBoard(Refusal):
    """Somebody changed `subject`, as it is now, after the board was read. `happened` says what and by whom."""

    code = "stale_board"
    sentence = _("Entre-temps, quelqu’un d’autre a changé cette ligne. Rien n’a été écrasé.")

    def __init__(self, subject: "Appointment | WalkInTicket", happened: str = "") -> None:
        super().__init__()
        self.subject = subject
        self.happened = happened

    def __str__(self) -> str:
        if not self.happened:
            return str(self.sentence)
        return gettext("Entre-temps : %(happened)s. Rien n’a été écrasé.") % {"happened": self.happened}


class NotYourDay(Refusal):
    code = "not_today"
    sentence = _("Un rendez-vous se marque le jour même ; ensuite, dans la liste des suites à noter.")


class NotFromHere(Refusal):
    code = "not_from_here"
    sentence = _("Cette action ne va pas avec l’état de cette ligne.")


class ReasonNeeded(Refusal):
    code = "reason_needed"
    sentence = _("Cette heure est gardée pour les urgences : choisissez le motif de l’urgence.")


class NoWalkIns(Refusal):
    code = "no_walk_ins"
    sentence = _("Cet établissement ne reçoit pas sans rendez-vous cette demi-journée.")


class QuotaReached(Refusal):
    """All `places` of the half-day are given out."""

    code = "quota_reached"

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def __str__(self) -> str:
        return ngettext(
            "Le seul ticket de cette demi-journée est donné. Proposez un rendez-vous : « Réserver pour quelqu’un ».",
            "Les %(places)s tickets de cette demi-journée sont donnés. Proposez un rendez-vous : « Réserver pour "
            "quelqu’un ».",
            self.places,
        ) % {"places": self.places}
