"""What providers report, in their own words, over HTTP."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from notifications.models import Message
from notifications.references import mark_of
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db
SECRET = "facteur:mot-de-passe"
#: Valid as far as it goes, and further than a reader of JSON goes.
TOO_DEEP = b"[" * 100_000


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.ANYMAIL, settings.MAIL_SERVICE = {"WEBHOOK_SECRET": SECRET}, "brevo"
    settings.SMS_RECEIPT_SECRET = "sesame"


def brevo(client: Client, event: str, message_id: str, secret: str = SECRET) -> int:
    """The payload of anymail's own tests for Brevo."""
    payload = {
        "event": event, "email": "recipient@example.com", "id": 999999999, "date": "2018-03-05 00:11:07",
        "subject": "Your Order", "message-id": message_id, "tag": "", "tags": [],
        "ts_event": 1520230267, "ts": 1520230267, "reason": "undefined Unable to find MX of domain no-mx.example.com",
    }  # fmt: skip
    credentials = base64.b64encode(secret.encode()).decode()
    return client.post(
        "/retours/anymail/brevo/tracking/", json.dumps(payload), content_type="application/json",
        headers={"authorization": f"Basic {credentials}"},
    ).status_code  # fmt: skip


@pytest.mark.parametrize(
    ("event", "state"),
    [("delivered", "delivered"), ("hard_bounce", "bounced"), ("soft_bounce", "bounced"), ("blocked", "bounced"),
     ("opened", "sent"), ("deferred", "sent")],
)  # fmt: skip
def test_brevo_events_mark_the_message(client: Client, event: str, state: str) -> None:
    message = MessageFactory.create(state="sent", provider_id="<201803050011.0@smtp-relay.example>")
    other = MessageFactory.create(state="sent", provider_id="<other@smtp-relay.example>")
    assert brevo(client, event, "<201803050011.0@smtp-relay.example>") == 200
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == (state, "sent")
    assert "recipient@" not in message.last_error


def test_event_without_the_secret_is_refused(client: Client) -> None:
    message = MessageFactory.create(state="sent", provider_id="<a@b>")
    assert brevo(client, "hard_bounce", "<a@b>", secret="facteur:faux") == 400
    message.refresh_from_db()
    assert message.state == "sent"


def test_bounce_after_delivery_counts_and_delivery_after_bounce_does_not(client: Client) -> None:
    message = MessageFactory.create(state="delivered", provider_id="<a@b>")
    brevo(client, "hard_bounce", "<a@b>")
    brevo(client, "delivered", "<a@b>")
    message.refresh_from_db()
    assert message.state == "bounced"


def test_a_receipt_settles_an_uncertain_message(client: Client) -> None:
    message = MessageFactory.create(state="ambiguous", provider_id="<a@b>")
    brevo(client, "delivered", "<a@b>")
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_receipt_that_overtakes_our_note_is_found_by_its_metadata() -> None:
    from anymail.signals import AnymailTrackingEvent, tracking

    message = MessageFactory.create(state="sending")
    event = AnymailTrackingEvent(event_type="bounced", message_id="<x@y>", metadata={"message": mark_of(message)})
    tracking.send(sender=None, event=event, esp_name="Brevo")
    message.refresh_from_db()
    assert message.state == "bounced"


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"messageId": 77, "msg_status": "delivered"}, "delivered"),
        ({"messageId": 77, "msg_status": "hard_bounce"}, "bounced"),
        # OVHcloud: what is still tried again is no news, whatever the number.
        ({"id": "77", "ptt": "4", "description": "1", "descriptionDlr": "Success"}, "delivered"),
        ({"id": "77", "ptt": "1", "description": "4", "descriptionDlr": "Waiting"}, "sent"),
        ({"id": "77", "ptt": "2", "description": "8"}, "sent"),
        ({"id": "77", "ptt": "23", "description": "2", "descriptionDlr": "Failed"}, "bounced"),
        ({"id": "77", "ptt": "1999", "description": "16"}, "bounced"),
        ({"id": "77", "ptt": "4"}, "delivered"),
        ({"id": "77", "ptt": "3"}, "sent"),
        ({"id": "77", "ptt": "6"}, "sent"),
        ({"id": "77", "ptt": "24"}, "bounced"),
        ({"id": "77", "ptt": "", "description": ""}, "sent"),
        ({"id": "77", "dlr": "1"}, "delivered"),
        ({"reference": "77", "status": "undeliv"}, "bounced"),
        ({"messageId": 77, "msg_status": "sent"}, "sent"),
        ({"messageId": "", "msg_status": "delivered"}, "sent"),
    ],
)
@pytest.mark.parametrize("how", ["json", "form", "query"])
def test_sms_receipts(client: Client, payload: dict[str, Any], state: str, how: str) -> None:
    message = MessageFactory.create(channel="sms", state="sent", provider_id="77")
    MessageFactory.create(channel="sms", state="sent")
    if how == "json":
        answer = client.post("/retours/sms/sesame/", json.dumps([payload]), content_type="application/json")
    elif how == "form":
        answer = client.post("/retours/sms/sesame/", payload)
    else:
        answer = client.get("/retours/sms/sesame/", payload)
    assert answer.status_code == 204
    message.refresh_from_db()
    assert message.state == state
    assert Message.objects.exclude(pk=message.pk).get().state == "sent"


def test_sms_receipts_have_no_door_without_the_secret(client: Client, settings: Any) -> None:
    assert client.post("/retours/sms/autre/").status_code == 404
    settings.SMS_RECEIPT_SECRET = ""
    assert client.post("/retours/sms//").status_code == 404
    assert client.get("/retours/sms/sesame/").status_code in (404, 405)


def test_nonsense_is_taken_calmly(client: Client) -> None:
    for body in (b"{", b"[1, null]", b'"x"', TOO_DEEP):
        answer = client.post("/retours/sms/sesame/", body, content_type="application/json")
        assert answer.status_code == 204
    credentials = base64.b64encode(SECRET.encode()).decode()
    for body in (b"{", TOO_DEEP):
        answer = client.post(
            "/retours/anymail/brevo/tracking/",
            body,
            content_type="application/json",
            headers={"authorization": f"Basic {credentials}"},
        )
        assert answer.status_code == 400
