"""An appeal goes to a person, and what the child's points and answer were made of stays while it is open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers import appeals, news
from booking.nurseries.models import Appeal, AppealOutcome, CriterionClaim, NurseryApplication, RoundChild
from booking.nurseries.points.answering import FROZEN, FileIsFrozen
from booking.nurseries.points.answering import answer as answer_criterion
from booking.nurseries.requests.retention import ENDED_REQUESTS, due_applications, purge, tells_of
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from municipalities.models import AuditEntry, StaffMember
from notifications.kinds import Mail
from notifications.models import Message
from tests import people
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.booking.nurseries.test_answers import by_link
from tests.factories import HouseholdFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """Bravo finds no room."""
    made = make_commission()
    made.ask(made.ronde, points=50, name="Alpha")
    made.ask(made.ronde, points=40, name="Bravo")
    return made


@pytest.fixture
def referent(commission: Commission) -> StaffMember:
    return people.for_nurseries(Role.CHILDCARE_REFERENT, commission.authority)


def letter(kind: str) -> Mail:
    told = Message.objects.filter(kind=kind).latest("pk")
    rendered = news.render(told, news.gather([told])[told.pk])
    assert isinstance(rendered, Mail)
    return rendered


def test_a_family_appeals_by_its_link_and_reads_how_it_ended(commission: Commission, referent: StaffMember) -> None:
    published(commission)
    child = commission.asked[1]
    client = by_link(commission.asked[1])
    page = reverse("nurseries:appeal", args=[child.application_id, child.number])
    assert page in client.get(reverse("nurseries:answers", args=[child.application_id])).content.decode()
    empty = client.post(page, {"kind": "informal", "text": ""})
    assert empty.status_code == 422 and not Appeal.objects.exists()
    assert client.post(page, {"kind": "facts", "text": "Nos deux emplois manquent."}).status_code == 302
    appeal = Appeal.objects.get()
    assert "est reçu. Une personne l’examine." in letter(news.APPEAL).text
    again = client.post(page, {"kind": "informal", "text": "Encore"})
    assert "Un recours est déjà ouvert" in again.content.decode()

    instructor = people.for_nurseries(Role.CHILDCARE_AGENT, commission.authority)
    desk = reverse("nursery_files:appeal", args=[appeal.pk])
    said = {"outcome": "refused", "text": "Les deux emplois ont compté : 40 points."}
    assert signed_in(instructor).post(desk, said).status_code == 404
    read = signed_in(instructor).get(desk).content.decode()
    assert "Nos deux emplois manquent." not in read, "the referent reads it, nobody else"
    home = signed_in(referent).get(reverse("staff:home")).content.decode()
    assert "1 recours attend votre réponse." in home.replace("\xa0", " ")
    assert "Nos deux emplois manquent." in signed_in(referent).get(desk).content.decode()
    assert signed_in(referent).post(desk, said).status_code == 302
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.answered_by) == (AppealOutcome.REFUSED, referent)
    assert "40 points" in letter(news.APPEAL).text
    shown = client.get(reverse("nurseries:answers", args=[child.application_id])).content.decode()
    assert "décision maintenue" in shown and "Les deux emplois ont compté" in shown
    household = HouseholdFactory.create()
    NurseryApplication.objects.filter(pk=child.application_id).update(household=household)
    (mine,) = tells_of(household.pk)["requests"]
    (told,) = mine["children"][0]["appeals"]
    assert told["text"] == "Nos deux emplois manquent." and "40 points" in told["answer"], "what a family takes away"
    traced = AuditEntry.objects.filter(table="nurseries_appeal", object_id=str(appeal.pk))
    assert traced.exists() and not any("emplois" in str(one.after) for one in traced)


def test_an_appeal_that_came_by_letter_is_noted_and_one_may_be_taken_back(
    commission: Commission, referent: StaffMember
) -> None:
    published(commission)
    child = commission.asked[1]
    page = reverse("nursery_files:new_appeal", args=[child.application_id])
    typed = {"child": child.number, "kind": "court", "made_on": timezone.localdate().isoformat(), "text": "Requête"}
    ahead = (timezone.localdate() + timedelta(days=3)).isoformat()
    assert "Cette date est à venir." in signed_in(referent).post(page, typed | {"made_on": ahead}).content.decode()
    assert signed_in(referent).post(page, typed).status_code == 302
    assert Appeal.objects.get().noted_by == referent
    client = by_link(commission.asked[1])
    client.post(reverse("nurseries:withdraw_appeal", args=[child.application_id, child.number]))
    assert Appeal.objects.get().outcome == AppealOutcome.WITHDRAWN
    other = by_link(commission.asked[0])
    assert other.get(reverse("nurseries:appeal", args=[child.application_id, child.number])).status_code != 200


def _of(commission: Commission) -> dict[str, Callable[[], Any]]:
    child = commission.asked[1]
    return {
        "a claim changed": lambda: CriterionClaim.objects.filter(child=child).update(value="90"),
        "a claim removed": lambda: CriterionClaim.objects.filter(child=child).delete(),
        "a claim more": lambda: CriterionClaim.objects.create(
            child=child, code="more", value="1", reason="x", at=timezone.now()
        ),
        "its lines": lambda: RoundChild.objects.filter(child=child).update(lines=[]),
        "its answer": lambda: child.answers.update(gives_a_place=True),
    }


def test_the_file_of_an_open_appeal_is_kept_by_the_database(commission: Commission, referent: StaffMember) -> None:
    published(commission)
    made = appeals.lodge(child=commission.asked[1], kind="informal", text="Relisez.")
    for what, change in _of(commission).items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            change()
        assert refused_by(refused.value, FROZEN), what
    with pytest.raises(FileIsFrozen):
        answer_criterion(number=commission.asked[1].number, code="referral", value="60", reason="Appel", by=referent)
    CriterionClaim.objects.filter(child=commission.asked[0]).update(value="55")
    appeals.answer(appeal=made, outcome="upheld", text="Corrigé.", by=referent)
    for change in _of(commission).values():
        with transaction.atomic():
            change()


def test_an_open_appeal_keeps_its_file_for_a_while_and_is_erased_with_it(commission: Commission) -> None:
    published(commission)
    child = commission.asked[1]
    made = appeals.lodge(child=child, kind="informal", text="Relisez.")
    now = timezone.now()
    application = NurseryApplication.objects.filter(pk=child.application_id)
    application.update(state="withdrawn", ended_at=ENDED_REQUESTS.before(now) - timedelta(days=1))
    assert not due_applications(now).exists()
    Appeal.objects.filter(pk=made.pk).update(made_on=now.date() - timedelta(days=4 * 366))
    assert purge(now, dry_run=False)["applications"] == 1
    made.refresh_from_db()
    assert (made.text, made.outcome) == ("", AppealOutcome.CLOSED)
