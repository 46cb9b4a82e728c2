"""Every kind of mail that the house knows, through every provider that the README names."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from icalendar import Calendar

from booking.appointments.counter.messages import owed_day_list
from booking.appointments.enums import State
from booking.appointments.messages.kinds import CANCELLATIONS, FAREWELLS, REMINDERS, WITH_INVITATION, Kind
from booking.appointments.models import MorningList
from booking.appointments.waiting_list.messages import owed_on_offer, owed_on_silence, owed_on_waiting
from booking.residents.messages import owe_code, owe_invitation
from municipalities import staff_mail
from municipalities.models import Facility
from notifications.delivery import deliver_due
from notifications.kinds import registered
from notifications.models import Message
from tests import people
from tests.factories import (
    AppointmentFactory,
    CounterFactory,
    EarlierOfferFactory,
    FacilityFactory,
    FeeFactory,
    GuardianFactory,
    MessageFactory,
    OperatorFactory,
    RequiredDocumentFactory,
    SignInCodeFactory,
    WaitingListEntryFactory,
)
from tests.second_service.messages import owe_link
from tests.second_service.models import Visit
from tests.simulators.mail_services import MailServices, mail_services

pytestmark = pytest.mark.django_db


@pytest.fixture
def services() -> Iterator[MailServices]:
    with mail_services() as server:
        yield server


def owe_one_of_each(place: Facility) -> None:
    counter = CounterFactory.create(facility=place)
    start = timezone.now() + timedelta(days=9)
    for number, kind in enumerate((*Kind, *REMINDERS)):
        if kind == Kind.REMINDER_SMS:
            continue
        called_off = State.CANCELLED_BY_OFFICE if kind == Kind.CANCELLED_BY_OFFICE else State.CANCELLED_BY_RESIDENT
        state = called_off if kind in CANCELLATIONS else State.BOOKED
        appointment = AppointmentFactory.create(
            counter=counter, state=state, starts_at=start + timedelta(hours=number), email="zoe@münchen.example"
            if not number else "zoe@mail.example",
            number_due_at=start - timedelta(days=2) if kind == Kind.NUMBER_AWAITED else None,
        )  # fmt: skip
        RequiredDocumentFactory.create(types=[appointment.type])
        FeeFactory.create(types=[appointment.type])
        MessageFactory.create(
            kind=str(kind),
            subject_type="appointment",
            subject_id=appointment.pk,
            recipient="avant@mail.example" if kind == Kind.MAILBOX_LEFT else appointment.email,
        )
    entry = WaitingListEntryFactory.create()
    owed_on_waiting(entry)
    offer = EarlierOfferFactory.create(entry=WaitingListEntryFactory.create())
    owed_on_offer(offer)
    owed_on_silence(WaitingListEntryFactory.create(unanswered=2))
    agent = people.agent_of(place)
    for letter in ("invitation", "password"):
        staff_mail.post(staff_mail.Letter(letter, agent.email, "fr", agent))
    staff_mail.post(staff_mail.Letter("notice", agent.email, "fr", agent, "Sujet à lire", "Bonjour, ceci est à lire."))
    staff_mail.post(staff_mail.Letter("sender", agent.email, "fr", agent, office=place.municipality))
    AppointmentFactory.create(counter=counter, starts_at=timezone.now())
    owe_code(SignInCodeFactory.create(), place.municipality)
    owe_invitation(GuardianFactory.create(confirmed_at=None), "fr")
    owe_link(Visit.objects.create(facility=place, starts_at=start, name="Odile Fictive", email="odile@mail.example"))
    owed_day_list(MorningList.objects.create(facility=place, to_facility=True), timezone.localdate())


@pytest.mark.parametrize("name", ["brevo", "mailjet", "scaleway", "postal"])
def test_every_kind_of_mail_passes(
    settings: Any, services: MailServices, rixheim_town_hall: Facility, name: str
) -> None:
    for key, value in services.settings(name).items():
        setattr(settings, key, value)
    rixheim_town_hall.municipality.sender_name = "Mairie de Brûlé, l’accueil"
    rixheim_town_hall.municipality.save()
    rixheim_town_hall.email = "accueil@brule.example"
    rixheim_town_hall.save()
    owe_one_of_each(rixheim_town_hall)
    owed = set(Message.objects.values_list("kind", flat=True))
    # What the sisters write goes through the same letters and the same door, and is sent in their own tests.
    of_others = ("test.", "activities.", "nurser", "payments.")
    assert owed == {kind for kind in registered() if not kind.startswith(of_others)} - {Kind.REMINDER_SMS}
    deliver_due()
    assert services.refused == []
    assert list(Message.objects.filter(channel="mail").exclude(state="sent").values_list("kind", "last_error")) == []
    assert len(services.taken) == Message.objects.filter(channel="mail").count()
    for taken in services.taken:
        assert "=?" not in taken.subject
        assert taken.text.strip()
        assert taken.html.strip() or taken.subject == "Votre visite", "only the second service writes text alone"
    calendars = [content for taken in services.taken for _, content in taken.attachments]
    assert len(calendars) == len(WITH_INVITATION) + len(FAREWELLS)
    for content in calendars:
        assert Calendar.from_ical(content).walk("VEVENT")


def test_who_runs_the_place_writes_where_no_town_booked(mailoutbox: Any) -> None:
    operator = OperatorFactory.create(
        name="Régie des bains", sender_email="bains@agglo.example", email="accueil@agglo.example"
    )
    counter = CounterFactory.create(facility=FacilityFactory.create(operator=operator))
    appointment = AppointmentFactory.create(counter=counter, starts_at=timezone.now() + timedelta(days=9))
    MessageFactory.create(
        kind=Kind.CONFIRMED, subject_type="appointment", subject_id=appointment.pk, recipient=appointment.email
    )
    deliver_due()
    (sent,) = mailoutbox
    assert sent.from_email == "Régie des bains <bains@agglo.example>"
    assert sent.reply_to == ["accueil@agglo.example"]
    assert "\n-- \nRégie des bains\n" in sent.body
