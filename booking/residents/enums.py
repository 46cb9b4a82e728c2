from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperKind(models.TextChoices):
    """What was shown at a counter. The quotient's certificate is noted with its value, in the household itself."""

    RESIDENCE = "residence", _("Justificatif de domicile")
    STATUS = "status", _("Justificatif de situation")
    MEDICAL = "medical", _("Certificat médical")


class Status(models.TextChoices):
    """Situations that price grids know by these codes."""

    JOB_SEEKER = "job_seeker", _("Demandeur d’emploi")
    STUDENT = "student", _("Étudiant ou apprenti")
    DISABILITY = "disability", _("Carte mobilité inclusion ou AAH")
    MINIMUM_INCOME = "minimum_income", _("Bénéficiaire du RSA ou d’un minimum social")
