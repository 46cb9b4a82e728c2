"""{% load legal %}: what the foot of every page must say by law."""

from django import template
from django.utils.translation import gettext as _

from booking.portal.legal import legal

register = template.Library()


@register.simple_tag
def accessibility_in_a_word() -> str:
    """« Accessibilité : non conforme », as article 5 of the decree of 24 July 2019 words it."""
    return {
        "none": _("Accessibilité : non conforme"),
        "partial": _("Accessibilité : partiellement conforme"),
        "full": _("Accessibilité : totalement conforme"),
    }[legal().conformity]
