"""What an agent types to sell at the desk."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.activities.models import GivenLevel, Group, Level
from booking.payments.enums import COUNTER_MEANS, Means
from booking.residents.forms.family import SafetyField
from booking.residents.models import Member
from municipalities.forms.fields import StaffFormLook
from municipalities.wording import say_day


class ChoiceForm(StaffFormLook, forms.Form):
    """A member and a group: by keyboard a letter, the code, and Enter."""

    #: Without a group the till is next; a reason is asked for by a rule that is in the way.
    needed_sometimes = ("group", "reason")
    member = forms.ChoiceField(label=_("Pour"))
    group = forms.CharField(
        label=_("Groupe"),
        required=False,
        max_length=80,
        strip=True,
        help_text=_("Son code, ou des mots : « aquagym jeudi ». Vide puis Entrée : passer à l’encaissement."),
        widget=forms.TextInput(attrs={"list": "groupes", "autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("Motif de l’exception"), required=False, max_length=200, strip=True)

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(member.pk): member for member in members}
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pk, str(member)) for pk, member in self.known.items()]
        field.widget.attrs["autofocus"] = True

    def chosen(self) -> Member:
        return self.known[self.cleaned_data["member"]]


class MoneyForm(StaffFormLook, forms.Form):
    """What is taken, in euros by means; what is left of the sum comes by one of them."""

    rest = forms.ChoiceField(label=_("Le reste par"), choices=[(means.value, means.label) for means in COUNTER_MEANS])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"rest": Means.CARD_TERMINAL.value})
        super().__init__(*args, **kwargs)
        for means in COUNTER_MEANS:
            self.fields[means.value] = forms.DecimalField(
                label=means.label,
                required=False,
                min_value=Decimal(0),
                max_digits=9,
                decimal_places=2,
                localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
        self.fields[COUNTER_MEANS[0].value].widget.attrs["autofocus"] = True
        self.order_fields([*(means.value for means in COUNTER_MEANS), "rest"])

    def parts(self, to_pay: int) -> dict[Means, int]:
        """Cents by means, the rest included. What is above the sum stays above: the till says so."""
        data = self.cleaned_data
        parts = {means: int((data.get(means.value) or 0) * 100) for means in COUNTER_MEANS}
        left = to_pay - sum(parts.values())
        if left > 0:
            parts[Means(data["rest"])] += left
        return parts


class CreditForm(StaffFormLook, forms.Form):
    """What is given back of a place, in euros; at most what is left of its price."""

    credit = forms.DecimalField(
        label=_("Avoir, en euros"),
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=2,
        localize=True,
        help_text=_("Ce que dit le règlement pour ce cas ; 0 : rien n’est rendu."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, initial={"credit": Decimal(most) / 100}, **kwargs)

    @property
    def cents(self) -> int:
        return int(self.cleaned_data["credit"] * 100)


class MergeForm(StaffFormLook, forms.Form):
    into = forms.ModelChoiceField(Group.objects.none(), label=_("Avec le groupe"), empty_label=None)

    def __init__(self, *args: Any, others: QuerySet[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = others
        field.label_from_instance = lambda one: f"{one.code}, {one}, {one.basin.pool}"  # type: ignore[assignment]


class LevelsForm(StaffFormLook, forms.Form):
    """Two fields per member: a level that holds is replaced, never taken away; a remark may be."""

    def __init__(
        self, *args: Any, members: Sequence[Member], given: Mapping[object, GivenLevel], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {f"niveau-{member.pk}": member for member in members}
        for name, member in self.asked.items():
            holds = given.get(member.pk)
            said = {"day": say_day(holds.given_on), "who": holds.given_by} if holds else {}
            self.fields[name] = forms.TypedChoiceField(
                label=str(member),
                required=holds is not None,
                coerce=lambda typed: Level(int(typed)),
                empty_value=None,
                choices=([] if holds else [("", _("aucun encore"))]) + list(Level.choices),
                initial=holds.level if holds else "",
                help_text=gettext("donné le %(day)s par %(who)s") % said if holds else "",
            )

        for name, member in list(self.asked.items()):
            self.fields[_remark(name)] = SafetyField(
                label=gettext("Remarque de sécurité : %(member)s") % {"member": member},
                help_text=gettext("Si la famille en donne une : lue au bord de l’eau, effacée avec la fiche."),
                required=False,
                initial=member.safety_remark,
            )
        self.order_fields([one for name in self.asked for one in (name, _remark(name))])

    def remarks(self) -> list[tuple[Member, str]]:
        """What is now to be known, where it was sent and is not what was known before."""
        sent = [(member, _remark(name)) for name, member in self.asked.items() if _remark(name) in self.data]
        found = [(member, self.cleaned_data[name]) for member, name in sent]
        return [(member, remark) for member, remark in found if remark != member.safety_remark]

    def changes(self) -> list[tuple[Member, Level]]:
        """Levels that were chosen and are not those that hold."""
        chosen = [(member, self.cleaned_data[name], self.fields[name].initial) for name, member in self.asked.items()]
        return [(member, level) for member, level, before in chosen if level is not None and level != before]


def _remark(level: str) -> str:
    return f"{level}-securite"
