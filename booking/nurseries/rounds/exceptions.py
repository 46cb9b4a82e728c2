"""Why a round refuses what is asked of it; each text is fit for whoever reads it on screen."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class NotYourRound(Refusal):
    code = "not_your_round"
    sentence = _("Vous ne siégez pas dans cette commission.")


class OnlyTheChair(Refusal):
    code = "only_the_chair"
    sentence = _("Seule la présidence de la commission peut le faire.")


class AlreadyFrozen(Refusal):
    code = "round_already_frozen"
    sentence = _("Cette session est déjà figée : ce qui change maintenant vaudra pour la suivante.")


class NotClosedYet(Refusal):
    code = "round_not_closed_yet"
    sentence = _("Les dossiers peuvent encore être complétés aujourd’hui : la session se fige après la date limite.")


class WithoutRules(Refusal):
    code = "round_without_rules"
    sentence = _("Aucune grille de critères n’est en vigueur : publiez-en une avant de figer la session.")


class NothingToShareOut(Refusal):
    code = "round_without_files"
    sentence = _("Aucun dossier complet et confirmé, ou aucune crèche ouverte : il n’y a rien à attribuer.")


class NotInCommission(Refusal):
    code = "round_not_in_commission"
    sentence = _("Cette session n’est pas en commission.")


class ChangedMeanwhile(Refusal):
    code = "round_changed_meanwhile"
    sentence = _(
        "Quelqu’un vient de changer cette session. Regardez ce qui est proposé maintenant, puis décidez de nouveau : "
        "rien de ce que vous avez écrit n’est perdu."
    )


class SteppedAside(Refusal):
    code = "stepped_aside"
    sentence = _("Vous vous êtes déporté de ce dossier : vous n’en décidez pas.")


class NamesSomebody(Refusal):
    code = "reason_names_somebody"
    sentence = _(
        "Ce texte nomme la famille ou son adresse. La commission décide sur des numéros : écrivez-le sans nom."
    )


class DecidedAlready(Refusal):
    code = "decided_already"
    sentence = _("Une décision vaut déjà pour cet enfant : reprenez-la d’abord.")


class ClaimsAreContested(Refusal):
    code = "claims_are_contested"
    sentence = _("Des places sont contestées : tranchez-les avant de voter.")


class VoteIsMissing(Refusal):
    code = "vote_is_missing"
    sentence = _("Toutes les crèches ne sont pas votées, ou leurs propositions ont changé depuis le vote.")


class WithoutMajority(Refusal):
    code = "vote_without_majority"
    sentence = _("Une proposition est votée quand il y a plus de voix pour que contre.")


class AuditFailed(Refusal):
    code = "round_audit_failed"
    sentence = _("Le contrôle trouve la réponse fausse : cette session ne se publie pas.")


class RoundIsRunning(Refusal):
    code = "round_is_running"
    sentence = _("Une session est déjà en préparation : publiez-la avant d’en annoncer une autre.")
