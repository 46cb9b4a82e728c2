from django.db import models
from django.utils.translation import gettext_lazy as _


class TypeKind(models.TextChoices):
    DEPOSIT = "deposit", _("Demander ou renouveler")
    COLLECTION = "collection", _("Retirer ma carte ou mon passeport")
    OTHER = "other", _("Autre démarche")


class Audience(models.IntegerChoices):
    """Who may take the time. Ordered: the larger the number, the fewer people."""

    PUBLIC = 0, _("Tout le monde")
    ANY_STAFF = 1, _("Agents de toutes les communes")
    FACILITY_STAFF = 2, _("Agents de l’établissement")


class ReleaseMode(models.TextChoices):
    ROLLING = "rolling", _("Au fil des jours")
    BATCH = "batch", _("Par lots, à jour et heure fixes")


class BoardStatus(models.TextChoices):
    """Where a person stands: the one list of words for it, on the board, the list, the start page and the sheet."""

    EXPECTED = "expected", _("attendu")
    ARRIVED = "arrived", _("arrivé")
    SERVING = "serving", _("au guichet")
    SERVED = "served", _("servi")
    INCOMPLETE = "incomplete", _("dossier incomplet")
    NO_SHOW = "no_show", _("absent")
    CANCELLED = "cancelled", _("annulé")
    UNSETTLED = "unsettled", _("sans suite notée")


class State(models.TextChoices):
    """What is kept of an appointment. It is said with the words of `BoardStatus`, which also knows arrivals."""

    HELD = "held", _("retenu")
    BOOKED = "booked", BoardStatus.EXPECTED.label
    ATTENDED = "attended", BoardStatus.SERVED.label
    INCOMPLETE = "incomplete", BoardStatus.INCOMPLETE.label
    NO_SHOW = "no_show", BoardStatus.NO_SHOW.label
    CANCELLED_BY_RESIDENT = "cancelled_by_resident", _("annulé par l’usager")
    CANCELLED_BY_OFFICE = "cancelled_by_office", _("annulé par la mairie")


#: States in which an appointment occupies its counter.
OCCUPYING = (State.HELD, State.BOOKED, State.ATTENDED, State.INCOMPLETE, State.NO_SHOW)
CANCELLED = (State.CANCELLED_BY_RESIDENT, State.CANCELLED_BY_OFFICE)


class KeptFor(models.TextChoices):
    """For whom held time is kept."""

    BROWSER = "browser", _("une personne qui remplit le formulaire")
    WAITING = "waiting", _("la liste d’attente")
    REHOMING = "rehoming", _("un rendez-vous que la mairie déplace")


class Half(models.TextChoices):
    """A half-day; the afternoon begins at one o’clock."""

    MORNING = "am", _("matin")
    AFTERNOON = "pm", _("après-midi")


class UrgentReason(models.TextChoices):
    """Why somebody is given time kept for emergencies. A list and not a free text: nobody’s story is kept."""

    EXAM = "exam", _("Examen ou concours")
    TRAVEL = "travel", _("Perte ou vol juste avant un départ")
    WORK = "work", _("Motif professionnel")
    FAMILY = "family", _("Motif familial ou humanitaire")
    REFUSED = "refused", _("Dossier refusé ou à compléter")
    ACCESS = "access", _("Difficulté à se déplacer")
    OTHER = "other", _("Autre, vu avec un responsable")


class PriorityReason(models.TextChoices):
    """Why somebody is called before others. A need at the counter, never a diagnosis."""

    CARD = "card", _("Carte de priorité")
    STANDING = "standing", _("Ne peut pas attendre debout")
    INFANT = "infant", _("Avec un enfant en bas âge")
    BACK = "back", _("Revient compléter son dossier")
    OTHER = "other", _("Vu avec un responsable")


class BookingChannel(models.TextChoices):
    WEB = "web", _("en ligne")
    PHONE = "phone", _("par téléphone")
    COUNTER = "counter", _("au guichet")
    NATIONAL = "national", _("site national")


class Situation(models.TextChoices):
    RENEWAL = "renewal", _("Renouvellement")
    FIRST = "first", _("Première demande")
    LOSS = "loss", _("Perte")
    THEFT = "theft", _("Vol")
    NAME_CHANGE = "name_change", _("Changement de nom ou d’état civil")
    ADDRESS_CHANGE = "address_change", _("Changement d’adresse")


class Accessibility(models.TextChoices):
    """What a person needs at the counter. A practical need, never a diagnosis."""

    STEP_FREE = "step_free", _("Accès sans marche")
    SEAT = "seat", _("Pouvoir s’asseoir en attendant")
    SIGN_LANGUAGE = "sign_language", _("Langue des signes")
    SPEAK_CLEARLY = "speak_clearly", _("Parler lentement et en face")
    LOW_VISION = "low_vision", _("Aide à la lecture")
    COMPANION = "companion", _("Je viens avec un accompagnant")


class AgeGroup(models.TextChoices):
    ANY = "any", _("Tous les âges")
    ADULT = "adult", _("Majeurs")
    MINOR = "minor", _("Mineurs")
    FROM_15 = "from_15", _("15 à 17 ans")
    UNDER_15 = "under_15", _("Moins de 15 ans")
