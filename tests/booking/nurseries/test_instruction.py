"""Requests at those who instruct them: found, opened, completed, settled, and written for whoever calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers.offers import give_back_withdrawn
from booking.nurseries.documents.papers import add_document, note_seen
from booking.nurseries.enums import ApplicationState, DocumentKind
from booking.nurseries.instruction import views
from booking.nurseries.models import (
    ApplicationChild,
    CriterionClaim,
    FamilyDocument,
    LikelyDouble,
    NurseryApplication,
    NurseryOffer,
    Round,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.requests import drafts
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.given import given_of
from booking.nurseries.requests.sending import send
from booking.nurseries.requests.steps import Answers, Step, answers_of
from booking.nurseries.requests.upkeep import withdraw_request
from booking.residents.models import Member
from municipalities.database.transactions import Busy
from municipalities.enums import Role
from municipalities.models import AuditEntry, ReadTrace, StaffMember
from notifications.models import Message
from tests.booking.nurseries.family import (
    MAIL,
    Family,
    agglomeration,
    begun,
    born,
    children,
    filled,
    nurseries,
    page,
    parents,
    sent,
    week,
    wishes,
)
from tests.booking.nurseries.hostile import pdf
from tests.booking.nurseries.test_request_steps import link_of
from tests.factories import StaffMemberFactory, StaffRoleFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


def _staff(role: Role, name: str) -> StaffMember:
    staff = StaffMemberFactory.create(name=name)
    StaffRoleFactory.create(staff=staff, role=role, operator=agglomeration(), municipality=None, facility=None)
    return staff


@pytest.fixture
def agent() -> StaffMember:
    return _staff(Role.CHILDCARE_AGENT, "Inès Instruit")


@pytest.fixture
def referent() -> StaffMember:
    return _staff(Role.CHILDCARE_REFERENT, "Rémi Réfère")


def _open(client: Client, request: NurseryApplication) -> str:
    answer = client.get(reverse("nursery_files:file", args=[request.pk]))
    assert answer.status_code == 200
    return page(answer)


def _post(client: Client, name: str, request: NurseryApplication, **said: Any) -> Any:
    return client.post(reverse(f"nursery_files:{name}", args=[request.pk]), said)


def test_an_agent_completes_a_file_and_the_family_reads_who_saw_what(agent: StaffMember) -> None:
    request = sent()
    document = add_document(application=request, kind=DocumentKind.BIRTH, data=pdf(), name="a.pdf", child_rank=1)
    client = signed_in(agent)
    listed = page(client.get(reverse("nursery_files:requests")))
    assert request.reference in listed and "Ada Meyer" in listed
    answer = client.get(reverse("nursery_files:document", args=[request.pk, document.pk]))
    assert answer.content.startswith(b"%PDF") and "attachment" in answer["Content-Disposition"]
    assert ReadTrace.objects.filter(staff=agent, subject_id=request.pk, view="nursery_files:document").exists()
    _post(client, "seen", request, kind="birth-1", document=str(document.pk))
    assert NurseryApplication.objects.get(pk=request.pk).state == ApplicationState.RECEIVED
    _post(client, "seen", request, kind="address-0")
    done = NurseryApplication.objects.get(pk=request.pk)
    assert done.state == ApplicationState.COMPLETE
    assert done.children.get().complete_on == timezone.localdate()
    assert not FamilyDocument.objects.filter(content__isnull=False).exists()
    assert Message.objects.filter(subject_id=request.pk, kind="nursery.complete").count() == 1
    assert "vu le" in _open(client, request) and "Inès Instruit" in _open(client, request)


def test_a_file_outside_of_ones_task_is_a_reading_and_a_sensitive_line_always(
    agent: StaffMember, referent: StaffMember
) -> None:
    request = sent(child=children(has_disability="on"))
    line = "Dossier AEEH ou MDPH"
    assert line not in _open(signed_in(agent), request)
    assert not ReadTrace.objects.exists()
    assert line in _open(signed_in(referent), request)
    assert ReadTrace.objects.filter(staff=referent, view="nursery_files:sensitive").count() == 1
    NurseryApplication.objects.update(state=ApplicationState.COMPLETE)
    _open(signed_in(agent), request)
    assert ReadTrace.objects.filter(staff=agent, subject_id=request.pk).count() == 1
    paper = add_document(application=request, kind=DocumentKind.DISABILITY, data=pdf(), name="a.pdf", child_rank=1)
    address = reverse("nursery_files:document", args=[request.pk, paper.pk])
    assert signed_in(agent).get(address).status_code == 404
    assert signed_in(referent).get(address).status_code == 200


def test_the_steps_of_a_file_that_was_sent_show_and_change_no_sensitive_line(
    agent: StaffMember, referent: StaffMember
) -> None:
    """What the file's page keeps from an agent stands behind none of its links either."""
    request = sent(child=children(has_disability="on"))
    NurseryApplication.objects.update(on_insertion_path=True, state=ApplicationState.COMPLETE)
    client = signed_in(agent)
    address = {step: reverse("nursery_files:step", args=[request.pk, step]) for step in Step}
    asked = {
        Step.CHILDREN: ("c1-has_disability", "c1-wants_to_talk"),
        Step.PARENTS: ("h-on_insertion_path", "h-is_minor_parent"),
    }
    for step, names in asked.items():
        shown, whole = page(client.get(address[step])), page(signed_in(referent).get(address[step]))
        assert not [name for name in names if name in shown], step
        assert all(name in whole for name in names), step
    views_read = ReadTrace.objects.filter(subject_id=request.pk).values_list("staff", "view")
    assert set(views_read) == {(agent.pk, "nursery_files:file"), (referent.pk, "nursery_files:sensitive")}
    said = children(given_name="Adèle") | {"vu": client.get(address[Step.CHILDREN]).context["seen"]}
    assert client.post(address[Step.CHILDREN], said).status_code == 302
    assert client.post(address[Step.PARENTS], parents(name="Odette Meyer")).status_code == 302
    child = request.children.get()
    request.refresh_from_db()
    assert (child.member.given_name, child.has_disability, request.on_insertion_path) == ("Adèle", True, True)
    answer = signed_in(referent).post(address[Step.CHILDREN], children(given_name="Adèle"))
    assert answer.status_code == 302 and not request.children.get().has_disability


def test_a_sensitive_paper_is_named_to_those_alone_who_may_open_it(agent: StaffMember, referent: StaffMember) -> None:
    request = sent(child=children(has_disability="on"))
    add_document(application=request, kind=DocumentKind.DISABILITY, data=pdf(), name="a.pdf", child_rank=1)
    name = str(DocumentKind.DISABILITY.label)
    adds = reverse("nursery_files:add", args=[request.pk])
    for staff, is_named in ((agent, False), (referent, True)):
        client = signed_in(staff)
        assert (name in _open(client, request)) == is_named
        assert (name in page(client.get(adds))) == is_named
    assert "Un document à voir par les référents" in _open(signed_in(agent), request)


def test_a_familys_own_draft_is_nobody_elses(agent: StaffMember) -> None:
    draft = begun()
    client = signed_in(agent)
    assert client.get(reverse("nursery_files:file", args=[draft.pk])).status_code == 404
    assert draft.reference not in page(client.get(reverse("nursery_files:requests"), {"liste": "toutes"}))


def test_all_of_it_is_done_for_a_caller_by_a_named_agent(agent: StaffMember) -> None:
    chosen = nurseries()
    agglomeration()
    client = signed_in(agent)
    answer = client.post(reverse("nursery_files:new"), {"email": "", "phone": "", "language": "fr"})
    pk = UUID(answer["Location"].split("/")[-4])

    def leave(step: Step, said: dict[str, Any]) -> Any:
        address = reverse("nursery_files:step", args=[pk, step])
        return client.post(address, {"vu": client.get(address).context["seen"], **said})

    assert leave(Step.CHILDREN, children(born_on="hier")).status_code == 422
    for step, said in (
        (Step.CHILDREN, children()),
        (Step.PARENTS, parents()),
        (Step.WEEK, week()),
        (Step.WISHES, wishes(*chosen)),
    ):
        assert leave(step, said).status_code == 302, step
    check = reverse("nursery_files:step", args=[pk, Step.CHECK])
    assert chosen[0].facility.name in page(client.get(check))
    client.post(check)
    request = NurseryApplication.objects.get(pk=pk)
    assert (request.state, request.assisted_by) == (ApplicationState.RECEIVED, agent)
    assert "écrite par Inès Instruit" in _open(client, request)
    assert not Message.objects.exists()
    writes = AuditEntry.objects.filter(table="nurseries_nurseryapplication", object_id=str(pk))
    assert {entry.staff_id for entry in writes} == {agent.pk}
    changed = leave(Step.WEEK, week(down_to=""))
    assert changed.status_code == 302
    assert request.children.get().need.down_to == 3
    file = SimpleUploadedFile("a.pdf", pdf())
    client.post(reverse("nursery_files:add", args=[pk]), {"kind": "address-0", "file": file})
    assert request.documents.count() == 1
    _post(client, "withdraw", request)
    assert NurseryApplication.objects.get(pk=pk).state == ApplicationState.WITHDRAWN


def test_a_note_is_signed_and_the_family_reads_it(agent: StaffMember) -> None:
    request = sent()
    assert _post(signed_in(agent), "note", request, text="").status_code == 422
    _post(signed_in(agent), "note", request, text="A rappelé le matin.")
    family = Family()
    family.client.get(link_of(request))
    shown = page(family.client.get(reverse("nurseries:request", args=[request.pk])))
    assert "A rappelé le matin." in shown and "Inès Instruit" in shown


@pytest.mark.parametrize("verdict", ["meme", "deux"])
def test_a_likely_double_waits_until_an_agent_has_settled_it(agent: StaffMember, verdict: str) -> None:
    chosen = nurseries()
    first = sent(*chosen)
    second = sent(*chosen, child=children(born_on=(born() + timedelta(days=5)).isoformat()))
    add_document(application=second, kind=DocumentKind.ADDRESS, data=pdf(), name="a.pdf")
    NurseryApplication.objects.update(state=ApplicationState.COMPLETE)
    today = timezone.localdate()
    for request, complete_on in ((first, today), (second, today - timedelta(days=9))):
        request.children.update(complete_on=complete_on)
    assert second not in NurseryApplication.objects.ready()
    client = signed_in(agent)
    assert second.reference in page(client.get(reverse("nursery_files:requests"), {"liste": "doubles"}))
    double = LikelyDouble.objects.get()
    for nothing in ({}, {"verdict": "memes"}):
        asked = client.post(reverse("nursery_files:settle", args=[double.pk]), nothing, follow=True)
        assert "Dites s’il s’agit du même enfant" in page(asked)
        double.refresh_from_db()
        assert double.settled_at is None, "what nobody has said parts no requests"
    client.post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": verdict})
    double.refresh_from_db()
    assert (double.is_same, double.settled_by) == (verdict == "meme", agent)
    ready = set(NurseryApplication.objects.ready())
    assert ready == ({first} if verdict == "meme" else {first, second})
    if verdict == "meme":
        second.refresh_from_db()
        assert second.state == ApplicationState.MERGED and not second.children.get().is_live
        assert first.documents.count() == 1
        assert first.children.get().complete_on == today - timedelta(days=9), "the better date stays"
    again = client.post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": "meme"}, follow=True)
    assert "déjà tranché" in page(again)


def _merged(agent: StaffMember, double: LikelyDouble) -> None:
    signed_in(agent).post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": "meme"})


def _twice(second: dict[str, Any] | None = None) -> tuple[NurseryApplication, NurseryApplication]:
    """Two requests for one child; the later one begins with a child of its own, where it says so."""
    chosen = nurseries()
    first = sent(*chosen)
    if second is None:
        return first, sent(*chosen)
    both = {"children": second, "parents": parents(), "week": week() | week(2), "wishes": wishes(*chosen)}
    return first, send(application=filled(begun(), **both))


def test_what_was_seen_of_a_double_completes_the_request_it_goes_into(agent: StaffMember) -> None:
    """Its papers are those of the same child, whichever number it has in each of the two."""
    elder = (born() - timedelta(days=400)).isoformat()
    others = children(given_name="Eli", born_on=elder) | children(2) | {"s-otherwise": "apart"}
    first, second = _twice(others)
    for kind, rank in ((DocumentKind.ADDRESS, None), (DocumentKind.BIRTH, 2), (DocumentKind.DISABILITY, 1)):
        note_seen(application=second, kind=kind, child_rank=rank, by=agent)
    _merged(agent, LikelyDouble.objects.get())
    kept = set(first.documents.values_list("kind", "child_rank"))
    told = {(DocumentKind.ADDRESS, None), (DocumentKind.BIRTH, 1), (DocumentKind.DISABILITY, 2)}
    assert kept == told, "of another child nothing is proven"
    note_seen(application=first, kind=DocumentKind.BIRTH, child_rank=2, by=agent)
    complete_if_seen(NurseryApplication.objects.get(pk=first.pk))
    first.refresh_from_db()
    assert first.state == ApplicationState.COMPLETE


def test_no_child_vanishes_with_a_double(agent: StaffMember) -> None:
    """Twins of whom the first request names one: the other goes on there, with its number, date and need."""
    twins = children() | children(2, given_name="Eli") | {"s-otherwise": "nothing"}
    first, second = _twice(twins)
    twin, day = second.children.get(rank=2), timezone.localdate() - timedelta(days=9)
    second.children.filter(pk=twin.pk).update(complete_on=day)
    _merged(agent, LikelyDouble.objects.get())
    asked = first.children.filter(is_live=True)
    assert [(one.member.given_name, one.rank) for one in asked] == [("Ada", 1), ("Eli", 2)]
    assert asked.get(rank=2).number == twin.number and asked.get(rank=2).complete_on == day
    first.refresh_from_db()
    assert first.otherwise == "nothing" and not Answers(answers_of(given_of(first))).all_problems()
    assert not second.children.filter(is_live=True).exists()


def test_what_only_a_double_says_is_kept(agent: StaffMember) -> None:
    """Wishes behind the others, a referral, a telephone, papers for points: none of them is said again."""
    chosen = nurseries(4)
    first = sent(*chosen[:2])
    second = sent(*chosen[1:], phone="+33612345678", child=children(has_disability="on"))
    mine = second.children.get()
    said = {"code": "referral", "value": "20", "reason": "PMI", "by": agent, "at": timezone.now()}
    CriterionClaim.objects.create(child=mine, **said)
    _merged(agent, LikelyDouble.objects.get())
    first.refresh_from_db()
    ranked = list(first.wishes.order_by("rank").values_list("nursery", flat=True))
    assert ranked == [one.pk for one in chosen]
    child = first.children.get()
    assert child.has_disability and child.claims.get().code == "referral" and first.phone == "+33612345678"


def test_a_double_that_would_lose_something_is_not_merged(agent: StaffMember) -> None:
    """More nurseries than one may name, a child of another family: each refusal says what to do."""
    chosen = nurseries(6)
    sent(*chosen[:3])
    sent(*chosen[3:])
    client, double = signed_in(agent), LikelyDouble.objects.get()
    address = reverse("nursery_files:settle", args=[double.pk])
    assert "plus de cinq crèches" in page(client.post(address, {"verdict": "meme"}, follow=True))
    double.other.wishes.filter(rank__gt=2).delete()
    elder = ApplicationChild.objects.get(application=double.other)
    elder.pk, elder.rank, elder.number = uuid4(), 2, 990_002
    elder.member = Member.objects.create(given_name="Eli", family_name="Meyer", born_on=born() - timedelta(days=400))
    elder.save(force_insert=True)
    NurseryApplication.objects.filter(pk=double.other_id).update(email="pere@mail.example")
    assert "n’ont pas le même contact" in page(client.post(address, {"verdict": "meme"}, follow=True))
    double.refresh_from_db()
    assert double.settled_at is None and double.other.children.filter(is_live=True).count() == 2


def test_no_place_of_a_double_is_lost(agent: StaffMember) -> None:
    """Each of the two has one: the family says first which it keeps."""
    first, second = _twice()
    for request in (first, second):
        _place_of(request, OfferState.ACCEPTED)
    address = reverse("nursery_files:settle", args=[LikelyDouble.objects.get().pk])
    told = page(signed_in(agent).post(address, {"verdict": "meme"}, follow=True))
    assert f"La demande {second.reference} a une place" in told
    assert NurseryOffer.objects.standing().count() == 2 and give_back_withdrawn() == 0


def test_whoever_asked_for_the_same_child_is_told_that_it_goes_on_elsewhere(agent: StaffMember) -> None:
    first = sent(*(chosen := nurseries()))
    second = sent(*chosen, email="pere@mail.example")
    _merged(agent, LikelyDouble.objects.get())
    assert first.email == MAIL
    assert Message.objects.filter(kind="nursery.merged", recipient="pere@mail.example").count() == 1
    family = Family()
    family.client.get(link_of(second))
    shown = page(family.client.get(reverse("nurseries:request", args=[second.pk])))
    assert "ne recommencez rien" in shown and "Commencer une autre demande" not in shown


def _place_of(request: NurseryApplication, state: str) -> None:
    today = timezone.localdate()
    month = today.replace(day=1)
    days = {"closes_on": today, "meets_on": today, "first_month": month}
    told = {"name": "x", "seed_hash": "0" * 64, "sealed_seed": b"x", **days}
    round = Round.objects.get_or_create(operator=agglomeration(), defaults=told)[0]
    NurseryOffer.objects.create(
        round=round,
        child=request.children.get(),
        nursery=request.wishes.get(rank=1).nursery,
        start=month,
        half_days=["mon_am"],
        rank=1,
        state=state,
        made_at=timezone.now(),
        due_at=timezone.now(),
    )


def test_a_double_that_has_a_place_is_the_one_that_stays(agent: StaffMember) -> None:
    first, second = _twice()
    _place_of(second, OfferState.ACCEPTED)
    _merged(agent, LikelyDouble.objects.get())
    states = dict(NurseryApplication.objects.values_list("pk", "state"))
    assert (states[first.pk], states[second.pk]) == (ApplicationState.MERGED, ApplicationState.RECEIVED)
    assert give_back_withdrawn() == 0


def test_a_request_waits_for_no_double_that_is_over(agent: StaffMember) -> None:
    first, second = _twice()
    withdraw_request(application=first)
    NurseryApplication.objects.filter(pk=second.pk).update(state=ApplicationState.COMPLETE)
    assert list(NurseryApplication.objects.ready()) == [second]
    asked = signed_in(agent).get(reverse("nursery_files:requests"), {"liste": "doubles"})
    assert second.reference not in page(asked)
    _merged(agent, LikelyDouble.objects.get())
    assert list(NurseryApplication.objects.ready()) == [second], "nothing is put into what is over"


def test_a_note_and_a_contact_that_are_refused_stay_typed(agent: StaffMember, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else holds the row for longer than one waits."""
    request = sent()

    @contextmanager
    def busy(*_args: Any, **_more: Any) -> Iterator[None]:
        raise Busy
        yield

    client = signed_in(agent)
    monkeypatch.setattr(views, "patient_transaction", busy)
    monkeypatch.setattr(drafts, "patient_transaction", busy)
    shown = _post(client, "note", request, text="La mère rappelle mardi")
    assert shown.status_code == 422 and "La mère rappelle mardi" in page(shown) and "Rien n’est perdu" in page(shown)
    contact = {"email": "autre@mail.example", "phone": "", "language": "fr"}
    for address in (
        reverse("nursery_files:step", args=[request.pk, Step.CONTACT]),
        reverse("nursery_files:new"),
    ):
        answer = client.post(address, contact)
        assert answer.status_code == 422, address
        assert "autre@mail.example" in page(answer) and "Rien n’est perdu" in page(answer)


@pytest.mark.parametrize("role", [Role.COMMISSION_MEMBER, Role.CHILDCARE_MANAGER])
def test_other_roles_of_childcare_open_no_file(role: Role) -> None:
    request = sent()
    client = signed_in(_staff(role, "Quelqu’un"))
    assert client.get(reverse("nursery_files:file", args=[request.pk])).status_code == 404
    assert client.get(reverse("nursery_files:requests")).status_code == 404
