"""What families type wrongly, each with its sentence; and what is kept of it, so that nothing is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.nurseries.models import Nursery, NurseryApplication, NurseryOpening
from booking.nurseries.requests.retention import still_needs
from booking.nurseries.requests.steps import Answers, Step
from booking.nurseries.requests.upkeep import withdraw_request
from booking.residents.families.erasing import erase
from booking.residents.models import Member
from municipalities import services
from notifications.models import Message
from tests.booking.nurseries.family import begun, born, children, filled, nurseries, parents, sent, week, wishes
from tests.factories import HouseholdFactory

pytestmark = pytest.mark.django_db


def _said(step: Step, data: dict[str, Any]) -> str:
    """What the step says to a family that has got the others right."""
    draft = filled(begun(), children=children(), parents=parents(), week=week(), wishes=wishes(*nurseries(2)))
    draft = filled(draft, **{step.name.lower(): data})
    kept = dict(draft.draft[step].items())
    assert {name: values[0] for name, values in kept.items()} == {name: value for name, value in data.items() if value}
    said = " ".join(sentence for _anchor, _who, sentence in Answers(draft.draft).problems(step))
    return said.replace("\xa0", " ")


def _in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def _unborn(due: str) -> dict[str, str]:
    return children(given_name="", family_name="", born_on="", expected_on=due)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (_unborn(_in_days(-60)), "Cette date est passée. L’enfant est né ?"),
        (_unborn(_in_days(425)), "Cette date est trop lointaine"),
        (children(born_on=_in_days(20)), "Pour un enfant à naître, donnez la date prévue."),
        (children(born_on=_in_days(-5 * 365)), "Cet enfant entre à l’école"),
        (children(expected_on=_in_days(20)), "l’une des deux"),
        (children() | children(2) | {"s-otherwise": "apart"}, "Le même enfant est écrit deux fois."),
        (children() | children(2, given_name="Eli"), "Dites ce qui vaut si une seule place se trouve."),
    ],
    ids=["born already", "14 months", "born tomorrow", "five years", "both dates", "one twice", "siblings"],
)
def test_children(data: dict[str, str], sentence: str) -> None:
    assert sentence in _said(Step.CHILDREN, data)


NO_DAY = dict.fromkeys((f"{day}_{half}" for day in ("mon", "tue", "thu") for half in ("am", "pm")), "")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"mode": "any", "any_of": "4"}, "Vous demandez 4 jours et n’en cochez que 3."),
        ({"mode": "any"}, "Dites combien de jours par semaine."),
        (NO_DAY, "Cochez au moins une demi-journée."),
        ({"down_to": "4"}, "moins de jours, c’est un nombre plus petit"),
        ({"mon_from": "17:00", "mon_until": "08:00"}, "Le départ est avant l’arrivée."),
        ({"mon_from": "08:00"}, "l’heure d’arrivée et l’heure de départ"),
        ({"wed_from": "08:00", "wed_until": "12:00"}, "Cochez aussi la demi-journée"),
        ({"start_month": "2020-01"}, "Cette réponse n’est pas dans la liste."),
    ],
    ids=["k above", "no k", "no half-day", "more than fewer", "end before start", "one hour", "hours alone", "past"],
)
def test_the_week(said: dict[str, str], sentence: str) -> None:
    assert sentence in _said(Step.WEEK, week(**said))


def test_a_month_before_the_birth_is_no_month() -> None:
    draft = filled(begun(), children=_unborn(_in_days(200)), week=week())
    said = Answers(draft.draft).problems(Step.WEEK)
    assert any("ne sera pas encore né" in sentence for _anchor, _who, sentence in said)


def test_wishes() -> None:
    first, second = nurseries(2)

    def said(data: dict[str, Any]) -> str:
        draft = filled(begun(), children=children(), parents=parents(), week=week(), wishes=data)
        rows = Answers(draft.draft).problems(Step.WISHES)
        return " ".join(sentence for _anchor, _who, sentence in rows).replace("\xa0", " ")

    assert said(wishes(first, second)) == ""
    assert "Cette crèche est déjà votre vœu n° 1." in said(wishes(first, first))
    assert "Cinq vœux au plus" in said(wishes(first) | {"v-wish6": second.facility.slug})
    assert "Choisissez au moins une crèche." in said({"v-prefers": "wish"})
    assert "Cette crèche n’est pas dans la liste." in said({"v-wish1": "nulle-part", "v-prefers": "wish"})
    _without_babies(second)
    assert "n’accueille pas d’enfant de cet âge (Bébés) ce mois-là" in said(wishes(first, second))


def _without_babies(nursery: Nursery) -> None:
    since = timezone.localdate().replace(day=1)
    NurseryOpening.objects.create(
        nursery=nursery, first_month=since, authorised={"mon_am": 10}, sections={"small": 0, "middle": 5}
    )


def test_a_family_is_erased_once_its_request_lets_go() -> None:
    family = HouseholdFactory.create()
    request = sent(household=family)
    child = request.children.get().member
    assert set(still_needs([family.pk, child.pk])) == {family.pk, child.pk}
    [told] = services.told_of(family.pk)["nurseries"]["requests"]
    assert told["reference"] == request.reference and told["children"][0]["child"] == "Ada Meyer"
    assert "en cours" in " ".join(erase(family).stays[family.pk])
    withdraw_request(application=request)
    assert "recours" in still_needs([child.pk])[child.pk]
    # The night after the request has let go, the family goes too.
    for days in (380, 381):
        services.purge(now=timezone.now() + timedelta(days=days))
    assert still_needs([family.pk, child.pk]) == {}
    gone = NurseryApplication.objects.get(pk=request.pk)
    assert (gone.email, gone.erased_at is not None) == ("", True)
    assert not gone.parents.exclude(name="").exists()
    assert not Message.objects.filter(subject_id=request.pk).exclude(recipient="").exists()
    assert Member.objects.get(pk=child.pk).erased_at is not None


def test_a_child_by_link_is_forgotten_with_its_request() -> None:
    request = sent()
    child = request.children.get().member
    services.purge(now=timezone.now() + timedelta(days=40))
    assert Member.objects.get(pk=child.pk).born_on == born()
    withdraw_request(application=request)
    services.purge(now=timezone.now() + timedelta(days=380))
    assert Member.objects.get(pk=child.pk).erased_at is not None
