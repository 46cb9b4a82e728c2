"""What fits into two SMS, in three languages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from booking.appointments.enums import State
from booking.appointments.messages.kinds import CANCELLATIONS, Kind
from booking.appointments.messages.texts import sms
from booking.appointments.waiting_list.messages import owed_on_offer, owed_on_waiting
from municipalities.zone import ZONE
from notifications.delivery import deliver_due
from notifications.sms import MemoryBackend, fitting, segments
from tests.factories import (
    AppointmentFactory,
    EarlierOfferFactory,
    FacilityFactory,
    MessageFactory,
    MunicipalityFactory,
    WaitingListEntryFactory,
)

TUESDAY = datetime(2026, 11, 24, 8, 40, tzinfo=ZONE)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_of_november() -> Iterator[None]:
    MemoryBackend.outbox.clear()
    with time_machine.travel(datetime(2026, 11, 2, 9, 0, tzinfo=UTC)):
        yield


@pytest.mark.parametrize("language", ["fr", "de", "en"])
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.MAILBOX_LEFT])
@pytest.mark.parametrize("town", ["Rixheim", "Brunstatt-Didenheim", "Żółć-日本"])
def test_sms_stay_within_two_segments(kind: Kind, language: str, town: str) -> None:
    state = State.BOOKED
    if kind in CANCELLATIONS:
        state = State.CANCELLED_BY_OFFICE if kind == Kind.CANCELLED_BY_OFFICE else State.CANCELLED_BY_RESIDENT
    place = FacilityFactory.create(
        name=f"Mairie déléguée de {town}", address="116 avenue du Général-de-Gaulle-et-des-Trois-Frontières"
    )
    through = MunicipalityFactory.create(slug="saint-julien-du-sault-en-brunstatt-didenheim")
    appointment = AppointmentFactory.create(
        language=language, state=state, counter__facility=place, booked_through=through, starts_at=TUESDAY,
        phone="+33612345678", number_due_at=TUESDAY - timedelta(days=2) if kind == Kind.NUMBER_AWAITED else None,
    )  # fmt: skip
    MessageFactory.create(
        kind=kind, channel="sms", language=language, recipient=appointment.phone, subject_type="appointment",
        subject_id=appointment.pk, context={"before": datetime(2026, 11, 30, 14, 25, tzinfo=ZONE).isoformat()},
    )  # fmt: skip
    deliver_due()
    text = MemoryBackend.outbox[0].text
    assert segments(text) <= 2
    assert "https://guichet.test/" in text
    assert "%(" not in text


def test_sms_says_place_and_hour() -> None:
    place = FacilityFactory.create(name="Mairie de Rixheim", address="28 rue Zuber")
    appointment = AppointmentFactory.create(counter__facility=place, starts_at=TUESDAY)
    text = sms(Kind.REMINDER_SMS, appointment, link="https://guichet.test/x/")
    assert fitting(text.text, *text.shorter) == (
        "Rappel : mardi 24 novembre à 8 h 40, Mairie de Rixheim, 28 rue Zuber. "
        "Pièces, déplacer, annuler : https://guichet.test/x/"
    )


@pytest.mark.parametrize("kind", [Kind.MOVED, Kind.MOVED_BY_OFFICE, Kind.CORRECTED])
def test_sms_of_a_move_names_the_old_time(kind: Kind) -> None:
    """Also where it moved because the file was corrected: a longer family found no room where it was."""
    appointment = AppointmentFactory.create(starts_at=TUESDAY)
    before = datetime(2026, 11, 30, 14, 25, tzinfo=ZONE)
    text = sms(kind, appointment, link="https://guichet.test/x/", before=before)
    assert "lundi 30 novembre à 14 h 25" in text.text.replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["fr", "de", "en"])
@pytest.mark.parametrize("town", ["Rixheim", "Brunstatt-Didenheim-lès-Trois-Frontières", "Żółć-日本"])
def test_the_waiting_list_writes_by_the_same_path_with_a_way_out(language: str, town: str) -> None:
    through = MunicipalityFactory.create(slug="saint-julien-du-sault-en-brunstatt-didenheim")
    reached = {"email": "", "phone": "+33612345678", "language": language, "booked_through": through}
    owed_on_waiting(WaitingListEntryFactory.create(**reached))
    place = FacilityFactory.create(name=f"Mairie déléguée de {town}")
    offer = EarlierOfferFactory.create(
        entry=WaitingListEntryFactory.create(**reached | {"phone": "+33612345679"}), facility=place
    )
    owed_on_offer(offer)
    deliver_due()
    assert {sms.to for sms in MemoryBackend.outbox} == {"+33612345678", "+33612345679"}
    for sent in MemoryBackend.outbox:
        assert segments(sent.text) <= 2
        assert "/lien/" in sent.text
        assert "’" not in sent.text or "日" in sent.text


def test_no_text_leaves_but_through_the_ladder() -> None:
    """Whoever sends an SMS hands a `Text` to the outbox: one place measures, spells and shortens it."""
    sources = [path for room in ("booking", "municipalities", "notifications") for path in Path(room).rglob("*.py")]
    callers = {str(path) for path in sources if re.search(r"\bSms\(|\bsms_backend\(\)", path.read_text("utf-8"))}
    assert callers == {"notifications/sms.py", "notifications/delivery/providers.py"}
