"""Why a calendar kept elsewhere could not be read. `code` is kept with the calendar, its sentence shown to staff."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class Unreadable(Refusal):
    code = "unreadable"
    sentence = _("Cet agenda n’a pas pu être relevé.")


class BadAddress(Unreadable):
    code = "bad_address"
    sentence = _("Cette adresse n’est pas celle d’un agenda : elle commence par https:// ou webcal://.")


class PrivateAddress(Unreadable):
    code = "private_address"
    sentence = _("Cette adresse mène à un réseau privé : seuls les agendas publiés sur Internet sont relevés.")


class NotFound(Unreadable):
    code = "not_found"
    sentence = _("Le serveur de cet agenda est introuvable.")


class NotAnswering(Unreadable):
    code = "not_answering"
    sentence = _("Le serveur de cet agenda ne répond pas, ou pas correctement.")


class TooSlow(Unreadable):
    code = "too_slow"
    sentence = _("Le serveur de cet agenda est trop lent.")


class TooLarge(Unreadable):
    code = "too_large"
    sentence = _("Cet agenda est trop volumineux.")


class TooManyRedirects(Unreadable):
    code = "too_many_redirects"
    sentence = _("Cette adresse renvoie trop souvent à une autre.")


class NotAllowed(Unreadable):
    code = "not_allowed"
    sentence = _("Le serveur refuse de donner cet agenda : vérifiez que l’adresse est toujours publiée.")


class NotACalendar(Unreadable):
    code = "not_a_calendar"
    sentence = _("Ce qui est à cette adresse n’est pas un agenda ICS lisible.")


class TooManyEvents(Unreadable):
    code = "too_many_events"
    sentence = _("Cet agenda contient trop d’événements.")


class NotSaved(Unreadable):
    code = "busy"
    sentence = _("Le calendrier du guichet était occupé ; nouvel essai bientôt.")


_ALL: tuple[type[Unreadable], ...] = (
    Unreadable,
    BadAddress,
    PrivateAddress,
    NotFound,
    NotAnswering,
    TooSlow,
    TooLarge,
    TooManyRedirects,
    NotAllowed,
    NotACalendar,
    TooManyEvents,
    NotSaved,
)


def say_error(code: str) -> str:
    """The sentence of a stored code, "" for none."""
    by_code = {kind.code: kind for kind in _ALL}
    return str(by_code.get(code, Unreadable).sentence) if code else ""
