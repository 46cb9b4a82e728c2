from allauth.account.forms import AddEmailForm
from django import forms
from django.utils.translation import gettext as _


class NoOtherAddressForm(AddEmailForm):  # type: ignore[misc]
    """Whoever holds the address can set the password: it stays the one the manager wrote to."""

    def clean_email(self) -> str:
        raise forms.ValidationError(_("L’adresse d’un compte ne change pas : demandez un nouveau compte."))
