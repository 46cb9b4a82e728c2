"""SMS backends against a provider on loopback that checks signatures and misbehaves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifications import kinds, sms
from notifications.delivery import deliver_due
from notifications.exceptions import DeliveryError, Refused, TryLater, Uncertain, Unreachable
from notifications.sms import Sms, fitting, segments, sms_backend, to_gsm
from tests.factories import MessageFactory
from tests.simulators.sms_provider import SmsProvider, sms_provider

HELLO = Sms("+33612345678", "Rendez-vous à 8 h 40, ça marche", "RIXHEIM", "reference-1")
BACKENDS = ["OvhCloudBackend", "BrevoBackend", "PlainHttpBackend"]


@pytest.fixture
def provider() -> Iterator[SmsProvider]:
    with sms_provider() as server:
        yield server


def use(settings: Any, provider: SmsProvider, backend: str) -> None:
    for name, value in provider.settings(backend).items():
        setattr(settings, name, value)


def send(message: Sms = HELLO) -> str:
    backend = sms_backend()
    backend.open()
    try:
        return backend.send(message)
    finally:
        backend.close()


@pytest.mark.parametrize(("backend", "reference"), list(zip(BACKENDS, ["1", "1", "ref-1"], strict=True)))
def test_each_provider_takes_the_message(settings: Any, provider: SmsProvider, backend: str, reference: str) -> None:
    use(settings, provider, backend)
    assert send() == reference
    assert provider.accepted == [{"to": HELLO.to, "text": HELLO.text, "sender": "RIXHEIM"}]


@pytest.mark.parametrize("said", ["OK", "0", "1", "200", "1701", "SENT", "accepted", ""])
def test_a_word_that_every_message_gets_is_no_reference(settings: Any, provider: SmsProvider, said: str) -> None:
    use(settings, provider, "PlainHttpBackend")
    provider.answers[HELLO.to] = f"says {said}"
    assert send() == HELLO.reference
    provider.answers[HELLO.to] = "says 8f14e45f"
    assert send() == "8f14e45f"


def test_ovh_requests_are_signed_by_the_providers_clock(settings: Any, provider: SmsProvider) -> None:
    provider.skew = -900
    use(settings, provider, "OvhCloudBackend")
    assert send() == "1"
    settings.OVH_APPLICATION_SECRET = "wrong"
    with pytest.raises(Unreachable):
        send()
    assert provider.unsigned == 1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("answer", "error"),
    [("500", TryLater), ("503", TryLater), ("429", TryLater), ("400", Refused), ("401", Unreachable),
     ("402", Unreachable), ("504", Uncertain), ("cut", Uncertain), ("302", Refused)],
)  # fmt: skip
def test_each_answer_is_what_it_is(
    settings: Any, provider: SmsProvider, backend: str, answer: str, error: type[DeliveryError]
) -> None:
    use(settings, provider, backend)
    provider.answers[HELLO.to] = answer
    with pytest.raises(error) as caught:
        send()
    assert type(caught.value) is error
    assert "612345678" not in str(caught.value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_provider_too_slow_to_answer_may_have_sent(
    settings: Any, provider: SmsProvider, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, provider, backend)
    monkeypatch.setattr(sms, "TIMEOUT", (1, 0.3))
    provider.answers[HELLO.to] = "slow"
    with pytest.raises(Uncertain):
        send()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_provider_that_is_away_surely_sent_nothing(settings: Any, backend: str) -> None:
    with sms_provider() as gone:
        use(settings, gone, backend)
    with pytest.raises(Unreachable):
        send()


def test_accepted_without_a_readable_answer_is_uncertain(settings: Any, provider: SmsProvider) -> None:
    use(settings, provider, "BrevoBackend")
    provider.answers[HELLO.to] = "babble"
    with pytest.raises(Uncertain):
        send()


def test_ovh_names_numbers_it_refuses(settings: Any, provider: SmsProvider) -> None:
    use(settings, provider, "OvhCloudBackend")
    provider.answers[HELLO.to] = "refused"
    with pytest.raises(Refused):
        send()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_outbox_goes_through_them(settings: Any, provider: SmsProvider, backend: str) -> None:
    use(settings, provider, backend)
    provider.answers["+33600000001"] = "400"
    provider.answers["+33600000002"] = "cut"
    numbers = ["+33600000001", "+33600000002", "+33600000003"]
    rows = [MessageFactory.create(channel="sms", recipient=number) for number in numbers]
    deliver_due()
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["failed", "ambiguous", "sent"]
    assert rows[2].provider_id


def test_file_backend_writes_for_the_mailbox(settings: Any, tmp_path: Path) -> None:
    settings.SMS_BACKEND, settings.DEMO_MAILBOX = "notifications.sms.FileBackend", tmp_path / "box"
    assert send() == "reference-1"
    (written,) = (tmp_path / "box").iterdir()
    assert json.loads(written.read_text())["text"] == HELLO.text


def test_console_backend_shows_it(settings: Any, capsys: Any) -> None:
    settings.SMS_BACKEND = "notifications.sms.ConsoleBackend"
    send()
    assert HELLO.text in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("ô" * 70, 1), ("ô" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2), ("ô" * 135, 3), ("é" * 160, 1)],
)  # fmt: skip
def test_segments(text: str, number: int) -> None:
    assert segments(text) == number


def test_the_fullest_that_fits_into_two_is_sent() -> None:
    assert fitting("a" * 306, "short") == "a" * 306
    assert fitting("a" * 307, "b" * 307, "ç’est court", "shorter") == "c'est court"
    assert fitting("a" * 307, "b" * 320) == "b" * 320


@pytest.mark.django_db(transaction=True)
def test_every_text_takes_the_same_way_out() -> None:
    said = kinds.Text("ç’est long " * 40, ("prêt",))
    kinds.register("test.text", lambda message, facts: said)
    try:
        MessageFactory.create(kind="test.text", channel="sms", recipient="+33612345678")
        deliver_due()
    finally:
        kinds._kinds.pop("test.text")
    assert [sent.text for sent in sms.MemoryBackend.outbox] == ["pret"]


def test_french_typography_costs_no_second_sms() -> None:
    assert to_gsm("L’été prêt\u00a0: ça… œuf") == "L'été pret : ca... oeuf"
    assert segments(to_gsm("Déplacé\u00a0: l’hôtel de ville, « guichet nº\u202f3 »".replace("º", "o"))) == 1
