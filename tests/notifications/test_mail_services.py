"""Each provider of mail that the README names, by its own rules: what it takes, refuses, leaves open, and reports."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from municipalities.actions.places import save_municipality
from notifications import kinds
from notifications.delivery import deliver_due
from notifications.delivery.services import SERVICES
from notifications.kinds import Mail
from notifications.letters import Sender, letter
from notifications.models import Message
from tests import people
from tests.factories import MessageFactory, MunicipalityFactory
from tests.simulators.mail_services import MailServices, mail_services, receipt
from tests.simulators.smtp_sink import smtp_sink

ALL = ["brevo", "mailjet", "scaleway", "postal"]
TELLING = ["brevo", "mailjet", "postal"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def services() -> Iterator[MailServices]:
    with mail_services() as server:
        yield server


@pytest.fixture(autouse=True)
def with_accents() -> Iterator[None]:
    sender = Sender("Mairie de Brûlé", "rendez-vous@brule.example", email="accueil@brule.example")

    def render(message: Message, facts: Any) -> Mail:
        context = {"paragraphs": [("Bonjour Zoë", False)]}
        return letter("mail/staff", context, subject="Confirmé : été", sender=sender, language="fr")

    kinds.register("test.accents", render)
    yield
    kinds._kinds.pop("test.accents")


def use(settings: Any, services: MailServices, name: str) -> None:
    for key, value in services.settings(name).items():
        setattr(settings, key, value)


def sent(recipient: str) -> Message:
    message = MessageFactory.create(kind="test.accents", recipient=recipient)
    deliver_due()
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("name", ALL)
def test_a_mail_is_taken_and_its_names_are_in_letters(settings: Any, services: MailServices, name: str) -> None:
    use(settings, services, name)
    message = sent("odile@mail.example")
    (taken,) = services.taken
    assert (message.state, message.provider_id, services.refused) == ("sent", taken.id, [])
    assert (taken.sender, taken.sender_name) == ("rendez-vous@brule.example", "Mairie de Brûlé")
    assert (taken.recipient, taken.reply_to) == ("odile@mail.example", "accueil@brule.example")
    assert (taken.subject, taken.headers["Auto-Submitted"]) == ("Confirmé : été", "auto-generated")
    assert "Bonjour Zoë" in taken.text
    assert "Bonjour Zoë" in taken.html
    assert ("Message-ID" in taken.headers) is SERVICES[name].takes_message_id


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("address", ["Odile.FICTIVE@Mail.Example", "odile@münchen.example"])
def test_an_address_that_the_service_writes_differently_is_taken_all_the_same(
    settings: Any, services: MailServices, name: str, address: str
) -> None:
    use(settings, services, name)
    assert sent(address).state == "sent"
    assert len(services.taken) == 1


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("answer", "state", "attempts"),
    [("400", "failed", 1), ("500", "queued", 1), ("429", "queued", 1), ("504", "ambiguous", 1), ("401", "queued", 0),
     ("cut", "ambiguous", 1), ("babble", "ambiguous", 1)],
)  # fmt: skip
def test_each_answer_is_what_it_says(
    settings: Any, services: MailServices, name: str, answer: str, state: str, attempts: int
) -> None:
    if name == "mailjet" and answer.startswith("4"):
        pytest.skip("it says so in words of its own, below")
    use(settings, services, name)
    services.answers["odile@mail.example"] = answer
    message = sent("odile@mail.example")
    assert (message.state, message.attempts) == (state, attempts)
    assert "odile" not in message.last_error


def test_a_refusal_that_mailjet_words_as_an_answer_is_none(
    settings: Any, services: MailServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What once was noted as sent."""
    use(settings, services, "mailjet")
    monkeypatch.setitem(SERVICES, "mailjet", SERVICES["brevo"])
    message = sent("odile@mail.example")
    assert (message.state, message.last_error, services.refused) == ("failed", "HTTP 400", ["mailjet: send-0011"])


@pytest.mark.parametrize("name", ALL)
def test_a_key_that_is_not_known_there_costs_no_attempt(settings: Any, services: MailServices, name: str) -> None:
    use(settings, services, name)
    settings.ANYMAIL = {key: "faux" if key.endswith("_KEY") else value for key, value in settings.ANYMAIL.items()}
    message = sent("odile@mail.example")
    assert (message.state, message.attempts, services.taken) == ("queued", 0, [])


def test_a_sender_that_is_not_known_there_yet_loses_no_mail(settings: Any, services: MailServices) -> None:
    """The town's name stays, and answers go to the town."""
    settings.DEFAULT_FROM_EMAIL = "Guichet commun <guichet@agglo.example>"
    services.senders_refused.add("rendez-vous@brule.example")
    use(settings, services, "postal")
    by_postal = sent("odile@mail.example")
    with smtp_sink() as relay:
        relay.senders_refused.add("rendez-vous@brule.example")
        for key, value in relay.settings().items():
            setattr(settings, key, value)
        by_smtp = sent("mehdi@mail.example")
    (taken,), (mail,) = services.taken, relay.mails()
    assert (by_postal.state, by_smtp.state) == ("sent", "sent")
    assert (taken.sender, taken.sender_name) == ("guichet@agglo.example", "Mairie de Brûlé")
    assert taken.reply_to == mail["Reply-To"] == "accueil@brule.example"
    assert mail["From"].addresses[0].addr_spec == "guichet@agglo.example"
    assert mail["From"].addresses[0].display_name == "Mairie de Brûlé"


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_new_sender_is_tried_once_when_it_is_saved(settings: Any, is_refused: bool) -> None:
    """Whoever sets it sees from which address it came, and reads what to do when it is not theirs."""
    settings.DEFAULT_FROM_EMAIL = "Guichet commun <guichet@agglo.example>"
    town = MunicipalityFactory.create(name="Brûlé", sender_email="ancienne@brule.example")
    manager = people.manager_of_municipality(town, email="mathilde@brule.example")
    with smtp_sink() as relay:
        if is_refused:
            relay.senders_refused.add("rendez-vous@brule.example")
        for key, value in relay.settings().items():
            setattr(settings, key, value)
        for _save in range(2):
            town.sender_email = "rendez-vous@brule.example"
            save_municipality(municipality=town, by=manager)
        deliver_due()
    (mail,) = relay.mails()
    assert relay.recipients == ["mathilde@brule.example"]
    seen = "guichet@agglo.example" if is_refused else "rendez-vous@brule.example"
    assert mail["From"].addresses[0].addr_spec == seen
    assert "rendez-vous@brule.example" in mail.get_body(("plain",)).get_content()
    if is_refused:
        assert "brule.example" in mail["Reply-To"]


def test_where_our_own_sender_is_refused_it_is_the_end(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "rendez-vous@brule.example"
    with smtp_sink() as relay:
        relay.senders_refused.add("rendez-vous@brule.example")
        for key, value in relay.settings().items():
            setattr(settings, key, value)
        message = sent("odile@mail.example")
    assert (message.state, message.last_error) == ("failed", "SMTP 553")


# --- Receipts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize(("arrived", "state"), [(True, "delivered"), (False, "bounced")])
@pytest.mark.parametrize("knows_the_reference", [True, False])
def test_a_receipt_finds_its_message(
    settings: Any,
    client: Client,
    services: MailServices,
    name: str,
    arrived: bool,
    state: str,
    knows_the_reference: bool,
) -> None:
    """Also where it overtakes our own note of having sent, and we know the provider's reference not yet."""
    use(settings, services, name)
    message, other = sent("odile@mail.example"), sent("mehdi@mail.example")
    if not knows_the_reference:
        Message.objects.update(state="sending", provider_id="")
    assert client.post(**receipt(services.taken[0], arrived=arrived)).status_code == 200
    message.refresh_from_db()
    assert message.state == state
    assert Message.objects.get(pk=other.pk).state == ("sent" if knows_the_reference else "sending")


@pytest.mark.parametrize(
    ("name", "header"), [("brevo", "X-Mailin-custom"), ("mailjet", "X-MJ-EventPayload"), ("postal", "X-Postal-Tag")]
)
def test_over_the_smtp_relay_receipts_find_theirs_by_our_mark(
    settings: Any, client: Client, services: MailServices, name: str, header: str
) -> None:
    from dataclasses import replace

    use(settings, services, name)
    message = sent("odile@mail.example")
    (taken,) = services.taken
    with smtp_sink() as relay:
        for key, value in relay.settings().items():
            setattr(settings, key, value)
        Message.objects.update(state="queued", provider_id="")
        deliver_due()
    (mail,) = relay.mails()
    assert mail[header] == taken.mark
    relayed = replace(taken, id="4711", mark=str(mail[header]))
    assert client.post(**receipt(relayed, arrived=False)).status_code == 200
    message.refresh_from_db()
    assert (message.state, message.provider_id) == ("bounced", mail["Message-ID"])


@pytest.mark.parametrize("name", TELLING)
def test_a_mark_that_we_did_not_write_names_no_message(
    settings: Any, client: Client, services: MailServices, name: str
) -> None:
    from dataclasses import replace

    use(settings, services, name)
    message = sent("odile@mail.example")
    forged = services.taken[0].mark.replace(f"{message.pk}-", f"{message.pk}-0")
    stranger = replace(services.taken[0], id="4711", mark=forged)
    client.post(**receipt(stranger, arrived=False))
    message.refresh_from_db()
    assert message.state == "sent"


@pytest.mark.parametrize("name", TELLING)
def test_only_the_door_of_our_own_service_is_there(
    settings: Any, client: Client, services: MailServices, name: str
) -> None:
    use(settings, services, name)
    for other in (*ALL, "mailgun", "inbound"):
        expected = 400 if other == name else 404
        for body in (b"{", b"{}", b"[1, null]", b'"x"', b"\xff", b"null"):
            answer = client.post(f"/retours/anymail/{other}/tracking/", body, content_type="application/json")
            assert answer.status_code == expected, (other, body)


@pytest.mark.parametrize("body", [b"{", b"[1, null]", b'"x"', b"\xff", b"null", b"3", b'[{"event": 1}]'])
@pytest.mark.parametrize("name", ["brevo", "mailjet"])
def test_nonsense_from_whom_we_know_is_no_error_of_ours(
    settings: Any, client: Client, services: MailServices, name: str, body: bytes
) -> None:
    use(settings, services, name)
    sent("odile@mail.example")
    known = receipt(services.taken[0], arrived=True) | {"data": body}
    assert client.post(**known).status_code in (200, 400)
