"""What a town has for small children besides nurseries, and when the commissions meet."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.languages import TranslatedField
from municipalities.models import Municipality, Operator
from municipalities.wording import say_day


class TownChildcare(models.Model):
    """Childminders of a municipality, and its relais petite enfance, where families are advised."""

    municipality = models.OneToOneField(
        Municipality, models.CASCADE, related_name="childcare", verbose_name=_("commune")
    )
    childminders = models.PositiveIntegerField(_("assistantes maternelles"), null=True, blank=True)
    relay_name = models.CharField(_("relais petite enfance"), max_length=120, blank=True)
    relay_address = models.CharField(_("adresse du relais"), max_length=200, blank=True)
    relay_phone = models.CharField(_("téléphone du relais"), max_length=20, blank=True)
    relay_email = models.EmailField(_("courriel du relais"), blank=True)
    relay_website = models.URLField(_("site du relais"), blank=True)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    class Meta:
        verbose_name = _("accueil individuel d’une commune")
        verbose_name_plural = _("accueil individuel des communes")
        ordering = ("municipality__slug",)

    def __str__(self) -> str:
        return str(self.municipality)


class CommissionMeeting(models.Model):
    """A commission of an authority: until when files are complete for it, when it meets, for which entries."""

    authority = models.ForeignKey(
        Operator, models.CASCADE, related_name="commission_meetings", verbose_name=_("autorité organisatrice")
    )
    meets_on = models.DateField(_("se réunit le"))
    files_until = models.DateField(_("dossiers complets jusqu’au"))
    about = TranslatedField(_("pour quelles entrées"))

    class Meta:
        verbose_name = _("réunion de la commission")
        verbose_name_plural = _("réunions de la commission")
        ordering = ("meets_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "meets_on"],
                name="a_commission_meets_once_a_day",
                violation_error_message=_("La commission se réunit déjà ce jour-là."),
            ),
            models.CheckConstraint(
                name="files_are_complete_before_the_commission_meets",
                condition=Q(files_until__lte=models.F("meets_on")),
                violation_error_message=_("Les dossiers doivent être complets avant la réunion."),
            ),
        ]

    def __str__(self) -> str:
        return say_day(self.meets_on)
