from urllib.parse import urlencode

from django import template
from django.utils.translation import get_language

from booking.feeds.subscription import ShownAddress
from booking.feeds.tokens import public_address
from municipalities.models import Municipality
from municipalities.query_names import Param

register = template.Library()


@register.simple_tag
def public_calendar_address(municipality: Municipality) -> ShownAddress:
    """The public calendar of a municipality, in the language of the page."""
    language = (get_language() or "fr")[:2]
    query = "" if language == "fr" else "?" + urlencode({Param.LANGUAGE: language})
    return ShownAddress(public_address(municipality.slug) + query)
