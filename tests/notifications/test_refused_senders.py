"""An address that the provider refuses is told to whoever can do something about it, until a mail passes."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from municipalities import senders
from municipalities.actions.places import PlaceNotYours, save_municipality, save_operator, try_sender
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality, RefusedSender, StaffMember
from notifications.delivery import deliver_due
from notifications.models import Message
from tests import people
from tests.factories import OperatorFactory
from tests.simulators.smtp_sink import SmtpSink, smtp_sink

pytestmark = pytest.mark.django_db

ADDRESS = "etat-civil@rixheim.example"


@pytest.fixture
def relay(settings: Any) -> Iterator[SmtpSink]:
    settings.STAFF_MFA_REQUIRED = False
    settings.DEFAULT_FROM_EMAIL = "Guichet commun <guichet@agglo.example>"
    with smtp_sink() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        server.senders_refused.add(ADDRESS)
        yield server


@pytest.fixture
def manager(rixheim: Municipality) -> StaffMember:
    return people.manager_of_municipality(rixheim)


def signed_in(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page_of(staff: StaffMember, name: str, *arguments: Any) -> str:
    return str(signed_in(staff).get(reverse(name, args=arguments)).content.decode()).replace("\xa0", " ")


def test_a_refusal_stands_on_page_start_and_board_until_a_mail_passes(
    relay: SmtpSink, rixheim: Municipality, rixheim_town_hall: Facility, manager: StaffMember
) -> None:
    rixheim.sender_email = ADDRESS
    save_municipality(municipality=rixheim, by=manager)
    assert "adresse refusée" not in page_of(manager, "staff:municipality", rixheim.pk)
    deliver_due()
    town = page_of(manager, "staff:municipality", rixheim.pk)
    assert "adresse refusée" in town and ADDRESS in town
    for page in (page_of(manager, "staff:home"), page_of(manager, "counter:board", rixheim_town_hall.pk)):
        assert f"Rixheim : l’adresse d’envoi {ADDRESS} est refusée" in page
        assert f'href="{reverse("staff:municipality", args=[rixheim.pk])}"' in page
    # Nobody else can do anything about it.
    agent = people.agent_of(rixheim_town_hall)
    assert "est refusée" not in page_of(agent, "counter:board", rixheim_town_hall.pk)

    again = reverse("staff:try_town_sender", args=[rixheim.pk])
    assert f'action="{again}"' in town
    assert "Un courriel d’essai part" in signed_in(manager).post(again, follow=True).content.decode()
    deliver_due()
    assert "adresse refusée" in page_of(manager, "staff:municipality", rixheim.pk)
    relay.senders_refused.clear()
    signed_in(manager).post(again)
    deliver_due()
    assert relay.mails()[-1]["From"].addresses[0].addr_spec == ADDRESS
    assert "adresse refusée" not in page_of(manager, "staff:municipality", rixheim.pk)
    assert "est refusée" not in page_of(manager, "staff:home")


def test_another_address_is_another_matter(relay: SmtpSink, rixheim: Municipality, manager: StaffMember) -> None:
    for address in (ADDRESS, "mairie@rixheim.example"):
        rixheim.sender_email = address
        save_municipality(municipality=rixheim, by=manager)
        deliver_due()
    assert senders.refusal_of(rixheim) is None
    assert senders.tasks_of(manager) == []


def test_whatever_mail_meets_the_refusal_tells_of_it_and_one_that_passes_takes_it_back(
    relay: SmtpSink, rixheim: Municipality, manager: StaffMember
) -> None:
    operator = OperatorFactory.create(sender_email="")
    keeper = people.manager_of_operator(operator)
    operator.sender_email = ADDRESS
    save_operator(operator=operator, by=keeper)
    deliver_due()
    assert RefusedSender.objects.get().address == ADDRESS
    assert "adresse refusée" in page_of(keeper, "staff:operator", operator.pk)
    # The town has the same address: what the provider says of it holds there too.
    Municipality.objects.filter(pk=rixheim.pk).update(sender_email=ADDRESS)
    (task,) = senders.tasks_of(manager)
    assert task.url == reverse("staff:municipality", args=[rixheim.pk])
    relay.senders_refused.clear()
    signed_in(keeper).post(reverse("staff:try_operator_sender", args=[operator.pk]))
    deliver_due()
    assert not RefusedSender.objects.exists()


def test_who_may_not_and_what_cannot_be_tried(
    relay: SmtpSink, rixheim: Municipality, riedisheim: Municipality, manager: StaffMember
) -> None:
    Municipality.objects.filter(pk=rixheim.pk).update(sender_email="")
    rixheim.refresh_from_db()
    with pytest.raises(Refusal, match="Aucune adresse d’envoi"):
        try_sender(office=rixheim, by=manager)
    with pytest.raises(PlaceNotYours):
        try_sender(office=riedisheim, by=manager)
    with pytest.raises(PlaceNotYours):
        try_sender(office=OperatorFactory.create(sender_email=ADDRESS), by=manager)
    page = signed_in(manager).post(reverse("staff:try_town_sender", args=[rixheim.pk]), follow=True)
    assert "Aucune adresse d’envoi" in page.content.decode()
    assert not Message.objects.exists()
