"""Who asks and for whom: children, born or expected, and their parents. Shape only."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.nurseries.enums import CurrentCare, Otherwise, Relation, Situation
from booking.nurseries.requests.days import last_month, month_of
from booking.nurseries.requests.given import GivenChild, GivenParent
from booking.residents.forms.contact import ContactForm
from booking.residents.forms.family import MemberForm
from booking.residents.forms.fields import PersonNameField
from municipalities.directory import members
from municipalities.forms.fields import DayField

INPUT, SELECT, TICK = "govuk-input", "govuk-select", "govuk-checkboxes__input"
SMALL = "govuk-radios--small"
ELSEWHERE = "ailleurs"


def tick(label: Any, **kwargs: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=forms.CheckboxInput(attrs={"class": TICK}), **kwargs)


def choice(label: Any, choices: Any, *, required: Any = "", radios: bool = False, **kwargs: Any) -> forms.ChoiceField:
    """One of a few. `required` is the sentence for whoever chooses none; without it none may be."""
    widget = forms.RadioSelect(attrs={"class": SMALL}) if radios else forms.Select(attrs={"class": SELECT})
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=bool(required),
        widget=widget,
        error_messages={
            "required": required,
            "invalid_choice": _("Cette réponse n’est pas dans la liste. Choisissez-en une."),
        },
        **kwargs,
    )


class StepForm(forms.Form):
    """A part of a step: it never keeps a browser from leaving the step, for what is wrong is kept too."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class RequestContactForm(ContactForm):
    """Where the link goes that resumes the request."""

    unreachable = _("Donnez un courriel ou un mobile : l’un des deux suffit, pour vous envoyer le lien de la demande.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.use_required_attribute = False
        self.fields["phone"].help_text = _(
            "Un mobile reçoit nos messages, une ligne fixe sert à vous appeler. Hors de France, commencez par "
            "l’indicatif : +49, +41, +352, +32, +39."
        )


class ChildForm(StepForm, MemberForm):
    """One child. `is_gone` takes it off the request."""

    needed_sometimes = ("given_name", "family_name", "born_on", "expected_on", "is_gone")
    is_adopted = tick(
        _("C’est une adoption"),
        help_text=_("Donnez sa date de naissance ; tant que vous ne la connaissez pas, l’arrivée comme date prévue."),
    )
    has_disability = tick(
        _("Un dossier AEEH ou MDPH est ouvert pour cet enfant"),
        help_text=_("Nous ne demandons aucun diagnostic."),
    )
    wants_to_talk = tick(_("Je souhaite parler d’un besoin particulier avec le service"))
    current_care = choice(_("Garde actuelle"), CurrentCare.choices, required=_("Dites qui garde l’enfant aujourd’hui."))
    is_gone = tick(_("Retirer cet enfant de la demande"))

    def clean_born_on(self) -> date | None:
        day = super().clean_born_on()
        if day is not None and last_month(day) <= month_of(timezone.localdate()):
            raise forms.ValidationError(
                _("Cet enfant entre à l’école : les places en crèche vont jusqu’à l’été des trois ans.")
            )
        return day

    def given(self, rank: int) -> GivenChild:
        data = self.cleaned_data
        return GivenChild(
            rank=rank,
            given_name=data["given_name"],
            family_name=data["family_name"],
            born_on=data["born_on"],
            expected_on=data["expected_on"],
            is_adopted=data["is_adopted"],
            has_disability=data["has_disability"],
            wants_to_talk=data["wants_to_talk"],
            current_care=data["current_care"],
        )


class SiblingsForm(StepForm):
    """What holds for all children of the request. `many`: more than one of them asks for a place."""

    needed_sometimes = ("sibling_at",)
    otherwise = choice(
        _("Vos enfants demandent une place en même temps"),
        Otherwise.choices,
        radios=True,
        required=_("Dites ce qui vaut si une seule place se trouve."),
    )
    sibling_at = choice(_("Un frère ou une sœur est déjà dans une crèche"), ())

    def __init__(self, *args: Any, many: bool, nurseries: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not many:
            del self.fields["otherwise"]
        self.fields["sibling_at"].choices = [("", _("Non")), *nurseries]  # type: ignore[attr-defined]


def towns() -> list[tuple[str, Any]]:
    known = [(slug, town.name) for slug, town in members().items()]
    return [*known, (ELSEWHERE, _("Une commune hors du territoire"))]


class ParentForm(StepForm):
    """One parent. The second may be left empty, and lives with the first unless an address says otherwise."""

    needed_sometimes: tuple[str, ...] = ("address", "home")
    name = PersonNameField(
        label=_("Prénom et nom"),
        max_length=120,
        error_messages={"required": _("Écrivez le prénom et le nom."), "max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs={"class": INPUT, "autocomplete": "off", "spellcheck": "false"}),
    )
    relation = choice(_("Lien avec l’enfant"), Relation.choices, required=_("Dites le lien avec l’enfant."))
    has_authority = tick(_("A l’autorité parentale"))
    address = forms.CharField(
        label=_("Adresse"),
        required=False,
        max_length=200,
        error_messages={"max_length": _("Cette adresse est trop longue.")},
        widget=forms.TextInput(attrs={"class": INPUT, "autocomplete": "off", "spellcheck": "false"}),
    )
    home = choice(_("Commune"), ())
    situation = choice(
        pgettext_lazy("d’une personne", "Situation"),
        [("", _("Choisissez")), *Situation.choices],
        required=_("Dites la situation."),
    )
    works_in = choice(_("Commune de travail"), ())
    has_odd_hours = tick(_("Horaires décalés : tôt, tard, la nuit ou le week-end"))
    works_from = DayField(
        label=_("Reprise ou début du travail"),
        required=False,
        any_year=True,
        help_text=_("Seulement si elle est à venir."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{INPUT} govuk-input--width-10"}),
    )

    def __init__(self, *args: Any, is_first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_first = is_first
        same = _("Choisissez") if is_first else _("La même adresse que le premier parent")
        self.fields["home"].choices = [("", same), *towns()]  # type: ignore[attr-defined]
        self.fields["works_in"].choices = [("", _("Sans objet")), *towns()]  # type: ignore[attr-defined]
        if is_first:
            self.fields["name"].widget.attrs["autocomplete"] = "name"
            self.fields["address"].widget.attrs["autocomplete"] = "street-address"
            self.needed_sometimes = ()
            self.fields["address"].required = self.fields["home"].required = True
            self.fields["address"].error_messages["required"] = _("Écrivez le numéro et la rue.")
            self.fields["home"].error_messages["required"] = _("Choisissez votre commune.")

    @property
    def is_absent(self) -> bool:
        """The second parent, of whom nothing is said. What a list shows first is not said."""
        return not self.is_first and not any(
            self.data.get(self.add_prefix(name)) for name in ("name", "address", "home", "situation", "works_from")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.is_first and data.get("address") and not data.get("home") and "home" not in self.errors:
            self.add_error("home", _("Choisissez la commune de cette adresse."))
        return data

    def given(self) -> GivenParent:
        data = self.cleaned_data
        elsewhere = {ELSEWHERE: ""}
        return GivenParent(
            name=data["name"],
            relation=data["relation"],
            situation=data["situation"],
            has_authority=data["has_authority"],
            address=data["address"],
            home=elsewhere.get(data["home"], data["home"]),
            works_in=elsewhere.get(data["works_in"], data["works_in"]),
            has_odd_hours=data["has_odd_hours"],
            works_from=data["works_from"],
        )


class HouseholdForm(StepForm):
    """What the grid asks of a family, each of it proven later."""

    MOST_DEPENDENT = 15
    is_single_parent = tick(_("J’élève seul ou seule mes enfants"))
    is_minor_parent = tick(_("Un parent a moins de 18 ans"))
    on_insertion_path = tick(
        _("Je perçois le RSA, ou je suis en parcours d’insertion"),
        help_text=_("La loi garantit des places à ces familles. Le service vous demandera une attestation."),
    )
    dependent_children = forms.IntegerField(
        label=_("Enfants à charge, sans compter ceux à naître"),
        required=False,
        min_value=0,
        max_value=MOST_DEPENDENT,
        error_messages={
            "invalid": _("Écrivez un nombre, par exemple 2."),
            "min_value": _("Écrivez un nombre de 0 à 15."),
            "max_value": _("Écrivez un nombre de 0 à 15."),
        },
        widget=forms.TextInput(
            attrs={"class": f"{INPUT} govuk-input--width-2", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
