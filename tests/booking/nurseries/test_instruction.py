"""Requests at those who instruct them: found, opened, completed, settled, and written for whoever calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.documents.papers import add_document
from booking.nurseries.enums import ApplicationState, DocumentKind
from booking.nurseries.instruction import views
from booking.nurseries.models import (
    FamilyDocument,
    NurseryApplication,
)
from booking.nurseries.requests import drafts
from booking.nurseries.requests.steps import Step
from municipalities.database.transactions import Busy
from municipalities.enums import Role
from municipalities.models import AuditEntry, ReadTrace, StaffMember
from notifications.models import Message
from tests.booking.nurseries.family import (
    Family,
    agglomeration,
    begun,
    children,
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
