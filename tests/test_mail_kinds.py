"""Every kind of mail that the house knows, through every provider that the README names."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from icalendar import Calendar

from booking.appointments.messages.kinds import FAREWELLS, WITH_INVITATION, Kind
from municipalities.models import Facility
from notifications.delivery import deliver_due
from notifications.kinds import registered
from notifications.models import Message
from tests.factories import AppointmentFactory, CounterFactory, FacilityFactory, MessageFactory, OperatorFactory
from tests.one_of_each import owe_one_of_each
from tests.simulators.mail_services import mail_services

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_every_kind_of_mail_passes(settings: Any, rixheim_town_hall: Facility) -> None:
    """All that are registered, each through all four: what a service refuses of one kind, it refuses of residents."""
    rixheim_town_hall.municipality.sender_name = "Mairie de Brûlé, l’accueil"
    rixheim_town_hall.municipality.save()
    rixheim_town_hall.email = "accueil@brule.example"
    rixheim_town_hall.save()
    owe_one_of_each(rixheim_town_hall)
    owed = set(Message.objects.values_list("kind", flat=True))
    assert owed == {kind for kind in registered() if not kind.startswith("test.")}
    Message.objects.exclude(pk__in=Message.objects.order_by("kind", "pk").distinct("kind").values("pk")).delete()
    mails = Message.objects.filter(channel="mail")
    for name in ("brevo", "mailjet", "scaleway", "postal"):
        with mail_services() as services:
            for key, value in services.settings(name).items():
                setattr(settings, key, value)
            mails.update(state="queued", due_at=timezone.now(), attempts=0, sent_at=None, provider_id="")
            deliver_due()
        assert services.refused == []
        assert list(mails.exclude(state="sent").values_list("kind", "state", "last_error")) == []
        assert len(services.taken) == mails.count()
        for taken in services.taken:
            assert "=?" not in taken.subject + taken.sender_name
            assert taken.text.strip()
            assert taken.html.strip() or taken.subject == "Votre visite", "only the second service writes text alone"
        senders = {taken.sender_name for taken in services.taken}
        assert {"Mairie de Brûlé, l’accueil", "Petite enfance d’Été", "Régie des bains d’Été"} <= senders
        calendars = [content for taken in services.taken for _, content in taken.attachments]
        assert len(calendars) == len(WITH_INVITATION) + len(FAREWELLS) + 2, "the last two have the dates of a pool"
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
