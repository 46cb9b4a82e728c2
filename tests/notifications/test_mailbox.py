"""The demo's mailbox shows each message as its recipient sees it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.ical import EntryFacts, invitation, render_entry
from notifications import kinds
from notifications.delivery import deliver_due
from notifications.kinds import Mail
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def box(settings: Any, tmp_path: Path) -> Path:
    settings.DEMO_MAILBOX = tmp_path / "box"
    settings.EMAIL_BACKEND = "notifications.mailbox.MailboxBackend"
    settings.SMS_BACKEND = "notifications.sms.FileBackend"
    return tmp_path / "box"


@pytest.fixture
def with_calendar() -> Any:
    facts = EntryFacts(
        uid="abc@guichet.example", sequence=2, changed_at=datetime(2026, 11, 1, tzinfo=UTC),
        starts_at=datetime(2026, 11, 24, 7, 40, tzinfo=UTC), ends_at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        summary="Passeport, Mairie de Rixheim", organizer_name="Rixheim", organizer_email="rdv@guichet.example",
    )  # fmt: skip
    text = invitation(render_entry(facts), "REQUEST", attendee="odile@mail.example").decode()
    part = (text, "text/calendar; method=REQUEST")
    mail = Mail(
        "Confirmé : mardi", "Bonjour Zoë", "<p>Bonjour <b>Zoë</b></p><script>x</script>", alternatives=(part,),
        attachments=(("rendez-vous.ics", *part),),
    )  # fmt: skip
    kinds.register("test.invitation", lambda message, facts: mail)
    yield
    kinds._kinds.pop("test.invitation")


def test_empty_box_says_so(client: Client) -> None:
    assert "Aucun message pour l’instant" in client.get("/boite/").content.decode()


def test_newest_first_and_by_recipient(client: Client) -> None:
    for number, recipient in enumerate(["odile@mail.example", "mehdi@mail.example"], 1):
        MessageFactory.create(recipient=recipient, context={"number": number})
        deliver_due()
    MessageFactory.create(channel="sms", recipient="+33612345678", context={"number": 3})
    deliver_due()
    page = client.get("/boite/").content.decode()
    assert page.index("Bonjour 3") < page.index("Bonjour 2") < page.index("Bonjour 1")
    page = client.get("/boite/", {"destinataire": "ODILE@"}).content.decode()
    assert "Bonjour 1" in page
    assert "Bonjour 2" not in page
    assert "Boîte de démonstration" in page


@time_machine.travel("2026-11-20T08:00Z")
def test_message_as_its_recipient_sees_it(client: Client, box: Path, with_calendar: None) -> None:
    MessageFactory.create(kind="test.invitation", recipient="odile@mail.example")
    deliver_due()
    (path,) = box.iterdir()
    page = client.get(f"/boite/{path.name}/").content.decode()
    for expected in ("Confirmé : mardi", "odile@mail.example", "Bonjour Zoë", "24\u00a0novembre à 8\u00a0h\u00a040",
                     "REQUEST, 2, CONFIRMED", "rendez-vous.ics", f"/boite/{path.name}/page/", "sandbox="):  # fmt: skip
        assert expected in page, expected
    assert "<b>Zoë</b>" not in page
    frame = client.get(f"/boite/{path.name}/page/")
    assert "<b>Zoë</b>" in frame.content.decode()
    policy = frame.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    file = client.get(f"/boite/{path.name}/piece/0/")
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert file.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert client.get(f"/boite/{path.name}/piece/7/").status_code == 404


def test_sms_in_its_bubble(client: Client, box: Path) -> None:
    MessageFactory.create(channel="sms", recipient="+33612345678")
    deliver_due()
    (path,) = box.iterdir()
    page = client.get(f"/boite/{path.name}/").content.decode()
    assert "boite-bulle" in page
    assert "Bonjour" in page


@pytest.mark.parametrize("name", ["..", "x.eml", "20260101T000000000000-aaaaaaaaaaaa.eml", "..%2f..%2fetc%2fpasswd"])
def test_only_messages_are_served(client: Client, name: str) -> None:
    assert client.get(f"/boite/{name}/").status_code == 404
