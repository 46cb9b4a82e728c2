"""The rule of a season by which a family gives a place back, in words: pages, refusals and letters say the same."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

#: What is left to do once the rule allows no more.
ON_PROOF = _("Pour une raison de santé ou un déménagement, adressez-vous à la piscine avec un justificatif.")


def say_rule(sessions_tried: int | None) -> str:
    """Until when a family gives a place back by itself, before it buys one as after."""
    if sessions_tried is None:
        return gettext("Une inscription ne s’annule pas en ligne.")
    if not sessions_tried:
        return gettext("Une inscription s’annule en ligne jusqu’à la première séance.")
    said = ngettext(
        "Une inscription s’annule en ligne tant que %(n)d séance au plus a commencé.",
        "Une inscription s’annule en ligne tant que %(n)d séances au plus ont commencé.",
        sessions_tried,
    )
    return said % {"n": sessions_tried}
