from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.nurseries.calendar_words import WEEK

#: Smaller numbers of people are told to nobody (domain, B7), nought among them.
ENOUGH = 5
#: The half-days of a week, as rounds name them: mon_am, mon_pm, … fri_pm.
HALF_DAYS = tuple(f"{day}_{half}" for day in WEEK[:5] for half in ("am", "pm"))


class Section(models.TextChoices):
    """Where children of an age are together, youngest first; in the first one they do not walk."""

    SMALL = "small", _("Bébés")
    MIDDLE = "middle", _("Moyens")
    BIG = "big", _("Grands")


#: From how many months on a child belongs to a section.
SECTION_FROM = {Section.SMALL: 0, Section.MIDDLE: 15, Section.BIG: 24}


class Half(models.TextChoices):
    """Of a day."""

    MORNING = "am", _("matin")
    AFTERNOON = "pm", _("après-midi")


class CountedBy(models.TextChoices):
    """Over what the places guaranteed by law are counted (CASF L.214-7)."""

    NURSERY = "nursery", _("Dans la crèche")
    OPERATOR = "operator", _("Dans toutes les crèches du gestionnaire qui comptent ainsi")


class ApplicationState(models.TextChoices):
    """Where a family's request stands. What becomes of each child is said by the rounds."""

    DRAFT = "draft", _("Brouillon")
    RECEIVED = "received", _("Reçue, à compléter")
    COMPLETE = "complete", _("Complète")
    WITHDRAWN = "withdrawn", _("Retirée")
    LAPSED = "lapsed", _("Éteinte")
    MERGED = "merged", _("Réunie avec une autre")
    CLOSED = "closed", _("Close")


class WhyLapsed(models.TextChoices):
    SILENCE = "silence", _("Intérêt non confirmé")
    BIRTH = "birth", _("Naissance non déclarée")


class CareKind(models.TextChoices):
    REGULAR = "regular", _("Régulier : chaque semaine, par contrat")
    OCCASIONAL = "occasional", _("Occasionnel : de temps en temps, quelques heures")
    EMERGENCY = "emergency", _("Urgent : une situation imprévue")


class NeedMode(models.TextChoices):
    WEEK = "week", _("Ces jours-là, chaque semaine")
    ANY = "any", _("Un nombre de jours, parmi ceux que je coche")


class Prefers(models.TextChoices):
    """What counts more, in the words of the allocation's contract."""

    WISH = "wish", _("La crèche : attendre plus tard pour un meilleur vœu")
    START = "start", _("Le mois : commencer plus tôt, même dans une crèche moins bien classée")


class Otherwise(models.TextChoices):
    """What siblings get who find no room together."""

    APART = "apart", _("Ensemble si possible, sinon chacun de son côté")
    NOTHING = "nothing", _("Ensemble, ou pas du tout")


class Relation(models.TextChoices):
    PARENT = "parent", _("Parent")
    GUARDIAN = "guardian", _("Tuteur ou tutrice")
    FOSTER = "foster", _("Famille d’accueil")
    OTHER = "other", _("Autre responsable")


class Situation(models.TextChoices):
    EMPLOYED = "employed", _("En emploi")
    SELF_EMPLOYED = "self_employed", _("À mon compte")
    TRAINING = "training", _("En formation ou en études")
    JOB_SEEKER = "job_seeker", _("En recherche d’emploi")
    LEAVE = "leave", _("En congé parental")
    NONE = "none", _("Sans activité")


class CurrentCare(models.TextChoices):
    NONE = "none", _("Aucune")
    CHILDMINDER = "childminder", _("Assistante maternelle")
    FAMILY = "family", _("Famille ou proches")
    NURSERY = "nursery", _("Une crèche")
    OTHER = "other", _("Autre")


class DocumentKind(models.TextChoices):
    ADDRESS = "address", _("Justificatif de domicile")
    PREGNANCY = "pregnancy", _("Certificat de grossesse")
    BIRTH = "birth", _("Acte de naissance ou livret de famille")
    WORK = "work", _("Attestation de travail, de formation ou d’inscription à France Travail")
    DISABILITY = "disability", _("Notification AEEH ou MDPH")
    INSERTION = "insertion", _("Attestation RSA ou de parcours d’insertion")
    ADOPTION = "adoption", _("Agrément ou jugement d’adoption")
    JUDGMENT = "judgment", _("Jugement sur la résidence de l’enfant")
    OTHER = "other", _("Autre document demandé par le service")


class Purpose(models.TextChoices):
    """What places are held back for."""

    EMERGENCY = "emergency", _("Urgences")
    INSERTION = "insertion", _("Familles en parcours d’insertion")
    OTHER = "other", _("Autre besoin du service")
