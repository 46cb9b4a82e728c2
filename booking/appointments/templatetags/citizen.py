"""{% load citizen %}: amounts, masked contacts, and the classes of form fields on residents' pages."""

from urllib.parse import quote_plus

import phonenumbers
from django import template
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.forms.boundfield import BoundField
from django.utils.translation import get_language

from municipalities.models import Facility

register = template.Library()


@register.filter
def euros(cents: int) -> str:
    """« 86 € », « 12,50 € », "€86"."""
    whole, rest = divmod(cents, 100)
    english = (get_language() or "fr").startswith("en")
    amount = f"{whole}{'.' if english else ','}{rest:02}" if rest else str(whole)
    return f"€{amount}" if english else f"{amount}\u00a0€"


@register.filter
def masked(contact: str) -> str:
    """« o…@mail.example », « …78 »: enough to recognise one's own, too little to learn another's."""
    if "@" in contact:
        name, _at, domain = contact.rpartition("@")
        return f"{name[:1]}…@{domain}"
    return f"…\u00a0{contact[-2:]}" if contact else ""


@register.filter
def phone(number: str) -> str:
    """As it is written in its country; as typed when it is none."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat
    form = style.NATIONAL if parsed.country_code == 33 else style.INTERNATIONAL
    return phonenumbers.format_number(parsed, form).replace(" ", "\u00a0")


@register.filter
def dial(number: str) -> str:
    """What `tel:` wants: digits and a leading plus."""
    return "".join(char for char in number if char.isdigit() or char == "+")


@register.filter
def directions(facility: Facility) -> str:
    """A route to the place, in the person's own choice of map: a plain link, nothing is loaded from there."""
    where = f"{facility.latitude:.5f},{facility.longitude:.5f}"
    return f"https://www.openstreetmap.org/directions?to={quote_plus(where)}"


@register.filter
def is_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, (RadioSelect, CheckboxSelectMultiple))


@register.filter
def control(field: BoundField) -> str:
    """The field's control with the classes of its state. Django ties hint and errors to it by aria-describedby."""
    attrs = dict(field.field.widget.attrs)
    if field.errors:
        base = str(attrs.get("class", "govuk-input")).split()[0]
        attrs["class"] = f"{attrs.get('class', 'govuk-input')} {base}--error"
    return field.as_widget(attrs=attrs)
