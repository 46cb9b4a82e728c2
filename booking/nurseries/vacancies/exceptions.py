"""Why places that came free are not given now; each text is fit for the commission's desk."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class CommissionIsSitting(Refusal):
    code = "commission_is_sitting"
    sentence = _("Une session est en commission : c’est elle qui attribue les places libres. Publiez-la d’abord.")


class ThingsHaveChanged(Refusal):
    code = "vacancies_have_changed"
    sentence = _(
        "Les places ou les demandes ont changé depuis ce calcul, et rien n’a été confirmé. Regardez ce qui est proposé "
        "maintenant."
    )


class VacancyIsContested(Refusal):
    code = "vacancy_is_contested"
    sentence = _("Ces places sont contestées : la commission les tranche à sa prochaine session.")


class VoteStands(Refusal):
    code = "vacancy_vote_stands"
    sentence = _("Un vote vaut déjà : arrêtez-le avant d’en noter un autre.")


class NothingIsFree(Refusal):
    code = "no_vacancy"
    sentence = _("Il n’y a plus rien à confirmer : ces places ont déjà été proposées.")


class AnotherConfirms(Refusal):
    code = "another_confirms_vacancies"
    sentence = _(
        "Vous vous êtes déporté d’un dossier qui recevrait une de ces places : un autre membre de la commission les "
        "confirme."
    )
