"""Where a resident can be reached."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.residents.forms.fields import PhoneField
from municipalities.phones import takes_sms

#: A few short answers beside each other.
INLINE = "govuk-radios--small govuk-radios--inline"
LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("en", "English")]


#: To whom we could only speak: nothing we write would arrive.
VOICE_ONLY = _("Ce numéro est une ligne fixe : un SMS n’y arriverait pas. Donnez aussi un courriel, ou un mobile.")
#: Where no link can be sent to.
VOICE_CALLS = _(
    "Ce numéro est une ligne fixe : un SMS n’y arriverait pas. Écrivez le courriel ou le mobile donné, ou appelez la "
    "mairie."
)


class EmailField(forms.EmailField):
    """One address. Spaces pasted around it are no mistake."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "error_messages",
            {
                "invalid": _("Cette adresse ne peut pas exister. Elle s’écrit comme prenom.nom@exemple.fr."),
                "max_length": _("Cette adresse est trop longue."),
            },
        )
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)


class ContactForm(forms.Form):
    """E-mail or mobile; one is enough. `contact_optional` for agents, whose callers may have neither."""

    #: One of the two is; agents' callers may have neither.
    needed_sometimes: tuple[str, ...] = ("email", "phone")
    #: What is said to whom we could tell nothing.
    unreachable = _("Donnez un courriel ou un mobile : l’un des deux suffit, pour vous envoyer la confirmation.")
    email = EmailField(
        label=_("Courriel"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "class": "govuk-input"}),
    )
    phone = PhoneField(
        label=_("Téléphone"),
        required=False,
        help_text=_(
            "Un mobile peut recevoir nos SMS, une ligne fixe sert à vous appeler. Hors de France, commencez par "
            "l’indicatif : +49, +41, +352, +32, +39."
        ),
    )
    language = forms.ChoiceField(
        label=_("Langue de nos messages"), choices=LANGUAGES, widget=forms.RadioSelect(attrs={"class": INLINE})
    )

    def __init__(self, *args: Any, contact_optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact_optional = contact_optional

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        phone = data.get("phone", "")
        if self.contact_optional or data.get("email") or takes_sms(phone) or {"email", "phone"} & self.errors.keys():
            return data
        if phone:
            self.add_error("phone", VOICE_ONLY)
        else:
            self.add_error("email", self.unreachable)
        return data


class LostLinkForm(forms.Form):
    """The address or number given when booking."""

    contact = forms.CharField(
        label=_("Votre courriel ou votre mobile"),
        max_length=254,
        help_text=_("Celui que vous avez donné en prenant le rendez-vous ou en faisant la demande."),
        error_messages={"required": _("Écrivez le courriel ou le mobile donné lors de la réservation.")},
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false", "class": "govuk-input"}),
    )

    def clean_contact(self) -> str:
        text = str(self.cleaned_data["contact"]).strip()
        if "@" in text:
            return str(EmailField().clean(text))
        phone = PhoneField().to_python(text)
        if not takes_sms(phone):
            raise ValidationError(VOICE_CALLS)
        return phone
