"""A request step by step: kept as it is left, resumed by its link, received with a number and every wish."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.given import given_of
from booking.nurseries.requests.steps import Step
from booking.nurseries.requests.summary import summary_of
from booking.residents.actions import mint_link
from booking.residents.models import Member
from municipalities import services
from notifications.kinds import Text
from notifications.models import Message
from notifications.tasks import deliver_due
from tests.booking.nurseries.family import (
    MAIL,
    Family,
    begun,
    children,
    filled,
    nurseries,
    page,
    parents,
    sent,
    week,
    wishes,
)

pytestmark = pytest.mark.django_db


def test_the_summary_of_a_request_is_written_as_its_language_writes() -> None:
    """Two weeks that would do, and the name of a parent, which is not a family name alone."""
    request = sent()
    with override("en"):
        told = {row.label: row.value for part in summary_of(given_of(request)) for row in part.rows}
    assert told["First and last name"] == "Odile Meyer"
    assert "; " in told["2 days a week"] and " ;" not in told["2 days a week"]


def _link(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/\S*lien/[\w-]{32}/)", text)
    assert found, text
    return found[1]


def _delivered() -> list[Any]:
    deliver_due()
    return mail.outbox


@pytest.mark.django_db(transaction=True)
def test_a_family_asks_leaves_and_comes_back_by_its_link_on_another_device() -> None:
    chosen = nurseries(3)
    here = Family()
    pk = here.begin()
    assert here.leave(pk, Step.CHILDREN, children())["Location"].endswith("/parents/")
    assert here.leave(pk, Step.PARENTS, parents(), plus_tard="1")["Location"].endswith(f"{pk}/")
    [letter] = _delivered()
    assert letter.to == [MAIL]
    there = Family()
    opened = there.client.get(_link(letter.body))
    assert page(there.client.get(opened["Location"])).count("Reprendre")
    shown = page(there.get(pk, Step.PARENTS))
    assert "Odile Meyer" in shown and "3 rue des Tilleuls" in shown
    assert there.leave(pk, Step.WEEK, week())["Location"].endswith("/voeux/")
    assert there.leave(pk, Step.WISHES, wishes(*chosen))["Location"].endswith("/documents/")
    check = page(there.get(pk, Step.CHECK))
    for said in (
        *(one.facility.name for one in chosen),
        "lundi, mardi et jeudi",
        "lundi et jeudi",
        "2 jours par semaine",
    ):
        assert said in check
    done = there.client.post(reverse("nurseries:send", args=[pk]))
    request = NurseryApplication.objects.get(pk=pk)
    assert (request.state, request.draft) == (ApplicationState.RECEIVED, {})
    told = page(there.client.get(done["Location"]))
    assert request.reference in told and "Agglomération d’essai" in told
    assert "Justificatif de domicile" in told and "Acte de naissance" in told
    acknowledged = _delivered()[1].body
    assert request.reference in acknowledged
    assert all(one.facility.name in acknowledged for one in chosen)
    assert "Justificatif de domicile" in acknowledged


def test_a_family_without_a_mailbox_gets_the_link_by_sms() -> None:
    begun(email="", phone="+33612345678")
    message = Message.objects.get(kind=messages.DRAFT)
    told = messages.render(message, messages.gather([message])[message.pk])
    assert isinstance(told, Text) and message.recipient == "+33612345678"
    assert Family().client.get(_link(told.text)).status_code == 302


def test_a_stranger_sees_nothing_of_a_request() -> None:
    draft = filled(begun(), children=children())
    for name, args in (("step", [draft.pk, Step.CHILDREN]), ("request", [draft.pk]), ("documents", [draft.pk])):
        answer = Client().get(reverse(f"nurseries:{name}", args=args))
        assert answer.status_code == 403
        assert "Meyer" not in page(answer)


def test_a_step_is_kept_with_its_errors_and_shown_with_them_again() -> None:
    nurseries()
    family = Family()
    pk = family.begin()
    answer = family.leave(pk, Step.CHILDREN, children(born_on="31/02/2026"))
    assert answer.status_code == 422
    assert NurseryApplication.objects.get(pk=pk).draft[Step.CHILDREN]["c1-born_on"] == ["31/02/2026"]
    again = page(family.get(pk, Step.CHILDREN))
    assert "Le 31/02/2026 n’existe pas" in again and "Ada" in again
    assert "Le 31/02/2026 n’existe pas" in page(family.get(pk, Step.CHECK))
    assert family.client.post(reverse("nurseries:send", args=[pk]))["Location"].endswith("/verifier/")
    assert NurseryApplication.objects.get(pk=pk).is_draft


def test_siblings_stand_together_or_apart_and_the_unborn_has_a_due_date_alone() -> None:
    chosen = nurseries()
    family = Family()
    pk = family.begin()
    twice = family.leave(pk, Step.CHILDREN, children(), ajouter="1")
    assert twice.status_code == 200 and "Enfant 2" in page(twice) and "Ensemble, ou pas du tout" in page(twice)
    due = timezone.localdate() + timedelta(days=60)
    unborn = children(2, given_name="", family_name="", born_on="", expected_on=due.isoformat())
    both = children() | unborn
    assert "Dites ce qui vaut si une seule place se trouve" in page(family.leave(pk, Step.CHILDREN, both))
    family.leave(pk, Step.CHILDREN, both | {"s-otherwise": "nothing"})
    family.leave(pk, Step.PARENTS, parents())
    family.leave(pk, Step.WEEK, week() | week(2, start_month=week()["n1-start_month"]))
    family.leave(pk, Step.WISHES, wishes(chosen[0]))
    assert family.client.post(reverse("nurseries:send", args=[pk]))["Location"].endswith(f"{pk}/")
    request = NurseryApplication.objects.get(pk=pk)
    assert request.otherwise == "nothing"
    first, second = request.children.order_by("rank")
    assert (second.member.expected_on, second.member.given_name) == (due, "")
    assert first.number != second.number
    assert Member.objects.count() == 2


def test_an_old_tab_overwrites_nothing_unseen_and_loses_nothing() -> None:
    draft = filled(begun(), children=children())
    family = Family()
    family.client.get(link_of(draft))
    old = family.get(draft.pk, Step.CHILDREN).context["seen"]
    family.leave(draft.pk, Step.CHILDREN, children(given_name="Ida"))
    address = reverse("nurseries:step", args=[draft.pk, Step.CHILDREN])
    answer = family.client.post(address, {"vu": old, **children(given_name="Eva")})
    assert answer.status_code == 409
    assert "Cette étape a changé entre-temps" in page(answer) and "Eva" in page(answer)
    assert NurseryApplication.objects.get(pk=draft.pk).draft[Step.CHILDREN]["c1-given_name"] == ["Ida"]
    family.client.post(address, {"vu": answer.context["seen"], **children(given_name="Eva")})
    assert NurseryApplication.objects.get(pk=draft.pk).draft[Step.CHILDREN]["c1-given_name"] == ["Eva"]


def test_a_step_sent_from_an_old_tab_after_the_request_changes_nothing_wrongly() -> None:
    request = sent()
    family = Family()
    family.client.get(link_of(request))
    answer = family.client.post(reverse("nurseries:send", args=[request.pk]))
    assert answer.status_code == 409
    assert "déjà envoyée" in page(answer)
    assert Message.objects.filter(kind="nursery.received").count() == 1


def test_a_step_out_of_order_says_what_comes_first() -> None:
    nurseries()
    family = Family()
    pk = family.begin()
    assert "Dites d’abord pour quel enfant" in page(family.get(pk, Step.WEEK))
    check = page(family.get(pk, Step.CHECK))
    assert "Cette étape reste à remplir" in check and "Envoyer la demande" not in check


def test_sixty_quiet_days_erase_a_draft_and_its_documents() -> None:
    draft = filled(begun(), children=children())
    NurseryApplication.objects.filter(pk=draft.pk).update(touched_at=timezone.now() - timedelta(days=59))
    services.purge()
    assert NurseryApplication.objects.filter(pk=draft.pk).exists()
    NurseryApplication.objects.filter(pk=draft.pk).update(touched_at=timezone.now() - timedelta(days=61))
    services.purge()
    assert not NurseryApplication.objects.filter(pk=draft.pk).exists()
    assert not Message.objects.filter(subject_id=draft.pk).exclude(recipient="").exists()


def link_of(request: NurseryApplication) -> str:
    token = mint_link(
        subject_type="nursery_request", subject_id=request.pk, expires_at=timezone.now() + timedelta(days=1)
    )
    return reverse("residents:link", args=[token])
