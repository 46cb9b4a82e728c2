"""The sentences that differ between messages, in the active language."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.enums import State
from booking.appointments.messages.kinds import REMINDERS, Kind
from booking.appointments.models import Appointment
from booking.ical import plain
from municipalities.wording import say_day, say_moment, say_time
from municipalities.zone import ZONE
from notifications.kinds import Text


@dataclass(frozen=True, slots=True)
class Words:
    """`subject` holds the fact, `heading` says it again on top, `lead` what follows from it."""

    subject: str
    heading: str
    lead: str


def words(kind: str, appointment: Appointment, *, reason: str, now: datetime, before: datetime | None = None) -> Words:
    """The words of a mail of this kind; `before` is when it was, where it has been moved."""
    what = {
        "day": say_day(appointment.starts_at),
        "time": say_time(appointment.starts_at),
        "place": appointment.facility.name,
        "moment": say_moment(appointment.starts_at),
        "before": say_moment(before) if before else "",
        "due": say_moment(appointment.number_due_at) if appointment.number_due_at else "",
    }
    if kind in REMINDERS:
        return _reminder(what, days_left(appointment, now))
    why = " " + _("Motif : %(reason)s.") % {"reason": plain(reason).rstrip(".")} if reason else ""
    subject, lead = {
        Kind.CONFIRMED: (
            _("Confirmé, numéro à ajouter : %(day)s, %(time)s, %(place)s")
            if what["due"]
            else _("Confirmé : %(day)s, %(time)s, %(place)s"),
            _("Votre rendez-vous est confirmé.") + " " + _asked_for(what)
            if what["due"]
            else _("Votre rendez-vous est confirmé. Vous n’avez rien d’autre à faire que venir avec vos pièces."),
        ),
        Kind.NUMBER_AWAITED: (
            _("Numéro à ajouter avant %(due)s : rendez-vous du %(day)s, %(place)s"),
            _asked_for(what),
        ),
        Kind.RELEASED: (
            _("Annulé, numéro non ajouté : %(day)s, %(time)s, %(place)s"),
            _(
                "Le numéro de pré-demande n’a pas été ajouté à temps : l’horaire est libéré, ne vous déplacez pas. "
                "Faites d’abord la pré-demande, gratuite, sur https://passeport.ants.gouv.fr/, puis reprenez un "
                "rendez-vous."
            ),
        ),
        Kind.MOVED: (
            _("Déplacé : %(day)s, %(time)s, %(place)s"),
            (
                _("Votre rendez-vous du %(before)s a été déplacé. Seules cette date et cette heure comptent désormais.")
                if before
                else _("Votre rendez-vous a été déplacé. Seules cette date et cette heure comptent désormais.")
            )
            % what,
        ),
        Kind.MOVED_BY_OFFICE: (
            _("Déplacé par la mairie : %(day)s, %(time)s, %(place)s"),
            (
                _("La mairie a dû déplacer votre rendez-vous du %(before)s à cette heure et à ce lieu.")
                if before
                else _("La mairie a dû déplacer votre rendez-vous à cette heure et à ce lieu.")
            )
            % what
            + " "
            + _(
                "Nous vous prions de nous excuser. S’ils ne vous conviennent pas, choisissez une autre heure par le "
                "lien privé ci-dessous."
            )
            + why,
        ),
        Kind.CANCELLED_BY_OFFICE: (
            _("Annulé par la mairie : %(day)s, %(time)s, %(place)s"),
            _("La mairie a dû annuler votre rendez-vous. Ne vous déplacez pas ; nous vous prions de nous excuser.")
            + why,
        ),
        Kind.CANCELLED_FOR_CALLER: (
            _("Annulé : %(day)s, %(time)s, %(place)s"),
            _(
                "Votre rendez-vous est annulé, comme vous l’avez demandé à notre agent. Si vous n’avez rien demandé, "
                "appelez-nous."
            ),
        ),
        Kind.CORRECTED: (
            _("Corrigé : %(day)s, %(time)s, %(place)s"),
            (
                _("Votre dossier est corrigé, et votre rendez-vous du %(before)s passe à cette date et à cette heure.")
                if before
                else _("Votre dossier est corrigé. Vérifiez qui vient, l’heure et les pièces à apporter.")
            )
            % what,
        ),
        Kind.MAILBOX_LEFT: (
            _("Ce rendez-vous est suivi à une autre adresse : %(day)s, %(place)s"),
            _(
                "Les messages de ce rendez-vous partent désormais à une autre adresse, et les liens envoyés ici ne "
                "s’ouvrent plus."
            )
            + " "
            + (_("Le rendez-vous lui-même est maintenu.") + " " if appointment.state == State.BOOKED else "")
            + _("Si vous n’avez rien demandé, appelez-nous."),
        ),
        Kind.CANCELLED_BY_RESIDENT: (
            _("Annulé : %(day)s, %(time)s, %(place)s"),
            _("Votre rendez-vous est annulé, comme vous l’avez demandé. L’horaire est libéré pour d’autres."),
        ),
        Kind.LOST_LINK: (
            _("Votre lien : %(day)s, %(time)s, %(place)s"),
            _("Vous avez demandé à retrouver votre rendez-vous. Le lien privé ci-dessous l’ouvre."),
        ),
    }[Kind(kind)]
    subject = plain(subject % what)
    return Words(subject, subject, lead)


def _reminder(what: dict[str, str], days: int) -> Words:
    prefix = {0: _("Aujourd’hui"), 1: _("Demain")}.get(
        days, ngettext("Dans %(days)d jour", "Dans %(days)d jours", days) % {"days": days}
    )
    subject = _("%(prefix)s : %(day)s, %(time)s, %(place)s") % {**what, "prefix": prefix}
    lead = _("Nous vous attendons. Vérifiez dès maintenant les pièces à apporter.")
    return Words(plain(subject), _("Rappel : %(moment)s, %(place)s") % what, lead)


def _asked_for(what: dict[str, str]) -> str:
    return (
        _(
            "Il manque un numéro de pré-demande : ajoutez-le par le lien privé ci-dessous avant %(due)s, sinon "
            "l’horaire est libéré. La pré-demande se fait gratuitement sur https://passeport.ants.gouv.fr/."
        )
        % what
    )


def sms(kind: str, appointment: Appointment, *, link: str, before: datetime | None = None) -> Text:
    """The words of an SMS: with the address of the place, without it, without the place."""
    what = {
        "moment": say_moment(appointment.starts_at),
        "place": plain(appointment.facility.name),
        "address": plain(appointment.facility.address),
        "link": link,
        "before": say_moment(before) if before else "",
        "due": say_moment(appointment.number_due_at) if appointment.number_due_at else "",
    }
    if what["due"] and kind in (Kind.CONFIRMED, Kind.NUMBER_AWAITED):
        return _sms_for_the_number(kind, what)
    long = {
        Kind.CONFIRMED: _("Confirmé : %(moment)s, %(place)s, %(address)s. Déplacer ou annuler : %(link)s"),
        Kind.MOVED: _("Déplacé : %(moment)s, %(place)s, %(address)s. Voir ou annuler : %(link)s"),
        Kind.MOVED_BY_OFFICE: _(
            "Déplacé par la mairie : %(moment)s, %(place)s, %(address)s. Une autre heure vous convient mieux ? %(link)s"
        ),
        Kind.CANCELLED_BY_OFFICE: _(
            "Annulé par la mairie : votre rendez-vous du %(moment)s, %(place)s. Ne vous déplacez pas. "
            "Choisir une autre heure : %(link)s"
        ),
        Kind.CANCELLED_BY_RESIDENT: _("Annulé : votre rendez-vous du %(moment)s, %(place)s. Reprendre : %(link)s"),
        Kind.CANCELLED_FOR_CALLER: _(
            "Annulé à votre demande : rendez-vous du %(moment)s, %(place)s. Reprendre : %(link)s"
        ),
        Kind.RELEASED: _(
            "Numéro de pré-demande non ajouté : votre rendez-vous du %(moment)s, %(place)s, est annulé. "
            "Reprendre : %(link)s"
        ),
        Kind.CORRECTED: _("Dossier corrigé : %(moment)s, %(place)s, %(address)s. Voir ou annuler : %(link)s"),
        Kind.REMINDER_SMS: _("Rappel : %(moment)s, %(place)s, %(address)s. Pièces, déplacer, annuler : %(link)s"),
        Kind.LOST_LINK: _("Votre rendez-vous : %(moment)s, %(place)s. Voir, déplacer, annuler : %(link)s"),
    }[Kind(kind)]
    short = {
        Kind.CONFIRMED: _("Confirmé : %(moment)s. %(link)s"),
        Kind.MOVED: _("Déplacé : %(moment)s. %(link)s"),
        Kind.MOVED_BY_OFFICE: _("Déplacé par la mairie : %(moment)s. %(link)s"),
        Kind.CANCELLED_BY_OFFICE: _("Annulé par la mairie : %(moment)s. %(link)s"),
        Kind.CANCELLED_BY_RESIDENT: _("Annulé : %(moment)s. %(link)s"),
        Kind.CANCELLED_FOR_CALLER: _("Annulé à votre demande : %(moment)s. %(link)s"),
        Kind.RELEASED: _("Annulé, numéro non ajouté : %(moment)s. %(link)s"),
        Kind.CORRECTED: _("Corrigé : %(moment)s. %(link)s"),
        Kind.REMINDER_SMS: _("Rappel : %(moment)s. %(link)s"),
        Kind.LOST_LINK: _("Rendez-vous : %(moment)s. %(link)s"),
    }[Kind(kind)]
    if before and kind in (Kind.MOVED, Kind.MOVED_BY_OFFICE, Kind.CORRECTED):
        # Whoever has two appointments must know which of them was moved: that is worth more than the address.
        moved = _("Votre rendez-vous du %(before)s est déplacé : %(moment)s, %(place)s. Voir : %(link)s")
        by_office = _(
            "La mairie déplace votre rendez-vous du %(before)s : %(moment)s, %(place)s. Autre heure : %(link)s"
        )
        fullest = by_office if kind == Kind.MOVED_BY_OFFICE else moved
        return Text(fullest % what, _shorter(long, short, what))
    return Text((long % what).replace(", . ", ". "), _shorter(long, short, what))


def _sms_for_the_number(kind: str, what: dict[str, str]) -> Text:
    if kind == Kind.CONFIRMED:
        said = _("Confirmé : %(moment)s, %(place)s. Numéro à ajouter avant %(due)s, sinon annulé : %(link)s")
    else:
        said = _("Rendez-vous du %(moment)s, %(place)s : numéro à ajouter avant %(due)s, sinon annulé : %(link)s")
    return Text(said % what, (_("%(moment)s : numéro à ajouter avant %(due)s. %(link)s") % what,))


def _shorter(long: str, short: str, what: dict[str, str]) -> tuple[str, str]:
    return (long % {**what, "address": ""}).replace(", . ", ". "), short % what


def days_left(appointment: Appointment, now: datetime) -> int:
    """Local days from today to the day of the appointment."""
    return (appointment.starts_at.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days
