"""What the calendar refuses, in sentences for the person who asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal

if TYPE_CHECKING:
    from booking.appointments.models import Appointment


class SlotTaken(Refusal):
    code = "slot_taken"
    sentence = _("Ce créneau vient d’être pris. Choisissez-en un autre parmi les plus proches.")


class NotOffered(Refusal):
    code = "not_offered"
    sentence = _("Ce rendez-vous n’est pas proposé ainsi. Reprenez la recherche.")


class Busy(Refusal):
    code = "busy"
    sentence = _("Beaucoup de personnes réservent en ce moment. Rien n’est perdu : réessayez dans quelques secondes.")


class TooManyHolds(Refusal):
    code = "too_many_holds"
    sentence = _("Vous retenez déjà plusieurs créneaux. Terminez ou rendez l’un d’eux avant d’en choisir un autre.")


class HoldExpired(Refusal):
    code = "hold_expired"
    sentence = _("Le délai pour confirmer est passé et le créneau a été rendu. Vos réponses sont conservées.")


class HoldNotYours(Refusal):
    code = "hold_not_yours"
    sentence = _("Ce créneau est retenu depuis un autre navigateur. Reprenez la recherche.")


class AlreadyOver(Refusal):
    code = "already_over"
    sentence = _("Ce rendez-vous est passé ou annulé : il ne peut plus être modifié.")


class AlreadyWaiting(Refusal):
    code = "already_waiting"
    sentence = _("Vous êtes déjà en liste d’attente pour ce motif.")


class OfferLapsed(Refusal):
    code = "offer_lapsed"
    sentence = _("Cette proposition n’est plus disponible : le délai est passé. Votre rang dans la liste est conservé.")


class WaitIsOver(Refusal):
    code = "wait_is_over"
    sentence = _("Vous n’êtes plus en liste d’attente : cette demande est terminée et ne peut plus être modifiée.")


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
