from django import forms
from django.utils.translation import gettext_lazy as _

from booking.payments.exceptions import WrongIban
from booking.payments.refunds import clean_iban


class RefundForm(forms.Form):
    """Where money goes back to. The IBAN is looked at here, so that a slip of a digit is said beside it."""

    holder = forms.CharField(label=_("Titulaire du compte"), max_length=120, strip=True)
    iban = forms.CharField(
        label=_("IBAN"),
        max_length=60,
        strip=True,
        help_text=_(
            "Il commence par deux lettres et figure sur votre relevé. Il est effacé dès que l’argent est versé."
        ),
    )

    def clean_iban(self) -> str:
        try:
            return clean_iban(self.cleaned_data["iban"])
        except WrongIban as refusal:
            raise forms.ValidationError(str(refusal)) from None
