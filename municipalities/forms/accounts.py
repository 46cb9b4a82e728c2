import time
from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

#: Longer than noting a letter ever takes.
ANSWER_AFTER_SECONDS = 0.3


class SignInForm(LoginForm):  # type: ignore[misc]
    """An address is called here as on every other page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _lazy("Courriel")


class NoOtherAddressForm(AddEmailForm):  # type: ignore[misc]
    """Whoever holds the address can set the password: it stays the one the manager wrote to."""

    def clean_email(self) -> str:
        raise forms.ValidationError(_("L’adresse d’un compte ne change pas : demandez un nouveau compte."))


class SameAnswerForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks for a link to a new password. Whoever has no account waits for the answer as long as whoever has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _lazy("Courriel")

    def save(self, request: HttpRequest, **details: Any) -> str:
        began = time.monotonic()
        email: str = super().save(request, **details)
        time.sleep(max(0.0, began + ANSWER_AFTER_SECONDS - time.monotonic()))
        return email
