"""Closing a counter at once, over HTTP: shown first, done as shown, everybody told once, the others listed."""

import re
import time as clock
from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.enums import State
from booking.appointments.free_time import gaps as free_time
from booking.appointments.models import Appointment, CounterClosure, EarlierOffer, FreeGap
from booking.appointments.models.waiting import OfferState
from booking.appointments.planning.openings import close_counter
from booking.appointments.rehoming.actions import plan_rehoming, rehome, running
from municipalities.languages import Translated
from notifications.models import Message, MessageState
from notifications.tasks import deliver_due
from tests.booking.appointments.rehoming.test_actions import REASON, fill_first_counter
from tests.factories import AppointmentFactory, EarlierOfferFactory, WaitingListEntryFactory
from tests.factories.appointments import at
from tests.foreign import vobject_of
from tests.people import GRETEL, MEHDI, agent_of, manager_of_facility, territory_manager
from tests.worlds import World, day_ahead, entry_of, shared_calendar

pytestmark = pytest.mark.django_db


def signed_in(staff: Any) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def asked(**changed: Any) -> dict[str, Any]:
    day = day_ahead().isoformat()
    return {"span": "libre", "day": day, "from_time": "08:00", "until_time": "15:00", "why": "panne"} | changed


def plain(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def fields(answer: Any) -> dict[str, Any]:
    """The form of the preview, as a browser would send it."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", answer.content.decode()):
        attributes = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if attributes.get("type") == "checkbox" and " checked" not in tag:
            continue
        if "name" in attributes and attributes["name"] != "csrfmiddlewaretoken":
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    return dict(found)


def test_closing_a_counter_with_twenty_appointments(django_capture_on_commit_callbacks: Any) -> None:
    world = shared_calendar(town_halls=2, counters=2, opens=time(8), closes=time(14, 40))
    here = world.facilities[0]
    booked = fill_first_counter(world, 20)
    # The second counter of the house has room for twelve, the town hall nearby for the others but two.
    day = day_ahead()
    manager = manager_of_facility(here)
    there = world.facilities[1]
    there.latitude, there.longitude = here.latitude, here.longitude + 0.05
    there.save()
    close_counter(counter=world.counters[1], period=(at(day, 12), at(day, 15)), reason=REASON, by=manager)
    close_counter(counter=world.counters[3], period=(at(day, 0), at(day, 23)), reason=REASON, by=manager)
    close_counter(counter=world.counters[2], period=(at(day, 8), at(day, 12, 40)), reason=REASON, by=manager)
    Message.objects.all().update(state=MessageState.SENT)

    client = signed_in(manager)
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    assert client.get(address).status_code == 200
    preview = client.post(address, asked(apercu="1"))
    assert preview.status_code == 200
    assert not CounterClosure.objects.filter(counter=world.counters[0]).exists()
    assert "18 rendez-vous trouvent une autre place" in plain(preview)
    assert "2 sans solution" in plain(preview)
    sent = fields(preview)
    assert len(sent["rdv"]) == 18
    assert len(sent["vu"]) == 20
    done = client.post(address, {**sent, "confirmer": "1"})
    closure = CounterClosure.objects.get(counter=world.counters[0])
    assert done["Location"] == reverse("counter:rehomed", args=[closure.pk])
    assert (closure.period.lower, closure.period.upper) == (at(day, 8), at(day, 15))
    assert closure.reason["de"] == "Das Gerät am Schalter ist ausgefallen."

    unsolved = free_time.outside(world.counters)
    assert len(unsolved) == 2
    moved = [row for row in Appointment.objects.booked() if row.counter_id != world.counters[0].pk]
    assert len(moved) == 18
    for row in moved:
        facility_id, _dash, minute = sent[f"place-{row.pk}"][0].partition("-")
        assert (row.facility_id, f"{row.starts_at:%Y%m%d%H%M}") == (int(facility_id), minute)

    mail.outbox.clear()
    deliver_due()
    told = [message.to[0] for message in mail.outbox]
    assert sorted(told) == sorted(row.email for row in moved)
    for message in mail.outbox:
        row = next(one for one in moved if one.email == message.to[0])
        assert "Le dispositif du guichet est en panne." in message.body
        (entry,) = [part for part, kind in message.alternatives if kind.startswith("text/calendar")]  # type: ignore[attr-defined]
        event = vobject_of(entry.decode() if isinstance(entry, bytes) else entry).vevent
        assert event.dtstart.value == row.starts_at
        assert event.sequence.value == "1"
        before = next(one for one in booked if one.pk == row.pk)
        assert vobject_of(f"BEGIN:VCALENDAR\r\n{entry_of(before)}END:VCALENDAR\r\n").vevent.uid.value == event.uid.value

    result = client.get(done["Location"])
    said = plain(result)
    assert "18 rendez-vous déplacés" in said
    assert "2 personnes à appeler" in said
    assert "Courriel (envoyé)" in said
    for row in unsolved:
        assert row.reference in said
        assert row.email in said
    # As people are called and the rest is settled, the list empties.
    cancel_appointment(appointment=unsolved[0], by=manager)
    assert "1 personne à appeler" in plain(client.get(done["Location"]))
    # Pressing the button twice finds nothing left to move and tells nobody again.
    client.post(address, {**sent, "confirmer": "1"})
    assert Message.objects.filter(kind="appointment.moved_by_office").count() == 18


class TestTheWorldChanges:
    @staticmethod
    def preview() -> tuple[World, Client, str, dict[str, Any], list[Appointment]]:
        world = shared_calendar(counters=2)
        booked = fill_first_counter(world, 2)
        client = signed_in(manager_of_facility(world.facilities[0]))
        address = reverse("counter:rehome", args=[world.counters[0].pk])
        sent = fields(client.post(address, asked(until_time="12:00")))
        return world, client, address, sent, booked

    def test_a_place_taken_meanwhile_stops_everything_and_says_which(self) -> None:
        world, client, address, sent, booked = self.preview()
        day = day_ahead()
        closing = at(day, 8), at(day, 9)
        manager = manager_of_facility(world.facilities[0], email="autre@example.net")
        close_counter(counter=world.counters[1], period=closing, reason=REASON, by=manager)
        answer = client.post(address, {**sent, "confirmer": "1"})
        assert answer.status_code == 409
        said = plain(answer)
        assert "Rien n’est encore fait" in said
        assert "L’aperçu proposait 8 h" in said
        assert not CounterClosure.objects.filter(counter=world.counters[0]).exists()
        assert set(Appointment.objects.values_list("counter", flat=True)) == {world.counters[0].pk}
        # The new plan can be confirmed as it is.
        again = client.post(address, {**fields(answer), "confirmer": "1"})
        assert again.status_code == 302
        assert {row.starts_at for row in Appointment.objects.all()} == {at(day, 9), at(day, 9, 20)}
        assert Message.objects.filter(kind="appointment.moved_by_office").count() == len(booked)

    def test_somebody_who_booked_meanwhile_is_shown_first(self) -> None:
        world, client, address, sent, _booked = self.preview()
        late = AppointmentFactory.create(
            type=world.type, counter=world.counters[0], starts_at=at(day_ahead(), 10), people=[{"last_name": "Tardive"}]
        )
        answer = client.post(address, {**sent, "confirmer": "1"})
        assert answer.status_code == 409
        assert "Pris depuis l’aperçu." in plain(answer)
        assert "Tardive" in plain(answer)
        client.post(address, {**fields(answer), "confirmer": "1"})
        late.refresh_from_db()
        assert late.counter == world.counters[1]

    def test_somebody_who_cancelled_meanwhile_is_told_of_and_not_moved(self) -> None:
        _world, client, address, sent, booked = self.preview()
        cancel_appointment(appointment=booked[0], by=None)
        answer = client.post(address, {**sent, "confirmer": "1"})
        assert "1 rendez-vous annulé ou déplacé par ailleurs" in plain(client.get(answer["Location"]))
        assert Appointment.objects.get(pk=booked[0].pk).state == State.CANCELLED_BY_RESIDENT

    def test_what_was_unticked_stays_unticked_and_is_listed(self) -> None:
        world, client, address, sent, booked = self.preview()
        sent["rdv"] = [str(booked[0].pk)]
        again = client.post(address, {**sent, "apercu": "1"})
        assert fields(again)["rdv"] == [str(booked[0].pk)]
        done = client.post(address, {**sent, "confirmer": "1"})
        assert free_time.outside(world.counters) == [booked[1]]
        assert "1 personne à appeler" in plain(client.get(done["Location"]))

    def test_a_forged_place_is_refused(self) -> None:
        world, client, address, sent, booked = self.preview()
        for place in ("", "x", f"{world.facilities[0].pk}-2026", "999999-202611240800", "1" * 40 + "-202611240800"):
            answer = client.post(address, {**sent, f"place-{booked[0].pk}": place, "confirmer": "1"})
            assert answer.status_code == 409, place
        assert not CounterClosure.objects.filter(counter=world.counters[0]).exists()

    def test_one_may_go_back_to_the_hours(self) -> None:
        _world, client, address, sent, _booked = self.preview()
        answer = client.post(address, {**sent, "corriger": "1"})
        assert 'name="apercu"' in answer.content.decode()
        assert 'value="12:00"' in answer.content.decode()


def test_a_person_being_served_stays_and_the_page_says_so() -> None:
    world = shared_calendar(weekdays=tuple(range(7)), opens=time(0), closes=time(23, 55), counters=2)
    now = timezone.now().replace(second=0, microsecond=0)
    served = AppointmentFactory.create(
        type=world.type, counter=world.counters[0], starts_at=now - timedelta(minutes=5), people=[{"last_name": "Ici"}]
    )
    called = AppointmentFactory.create(
        type=world.type,
        counter=world.counters[0],
        starts_at=now + timedelta(minutes=30),
        people=[{"last_name": "Appelée"}],
        called_at=now,
    )
    period = (now, now + timedelta(hours=1))
    assert running(world.counters[0], period) == [served, called]
    client = signed_in(manager_of_facility(world.facilities[0]))
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    preview = client.post(address, {"span": "heure", "day": timezone.localdate().isoformat(), "why": "absence"})
    assert "En cours" in plain(preview)
    assert "Ici" in plain(preview)
    assert "rdv" not in fields(preview)
    done = client.post(address, {**fields(preview), "confirmer": "1"})
    assert served.reference in plain(client.get(done["Location"]))
    assert set(Appointment.objects.values_list("counter", flat=True)) == {world.counters[0].pk}
    closure = CounterClosure.objects.get()
    assert closure.period.lower <= timezone.now() <= closure.period.upper


def test_time_being_held_is_given_up_and_said() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    offered = world.hold(at(day_ahead(), 10), browser="b", address="192.0.2.9")
    offer = EarlierOfferFactory.create(
        hold=offered, entry=WaitingListEntryFactory.create(type=world.type), facility=world.facilities[0]
    )
    client = signed_in(manager_of_facility(world.facilities[0]))
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    preview = client.post(address, asked())
    assert "2 créneaux en cours de réservation seront libérés" in plain(preview)
    assert "Aucun rendez-vous concerné" in plain(preview)
    assert Appointment.objects.filter(pk=hold.pk).exists()
    done = client.post(address, {**fields(preview), "confirmer": "1"})
    assert "2 créneaux en cours de réservation libérés" in plain(client.get(done["Location"]))
    assert not Appointment.objects.exists()
    assert EarlierOffer.objects.get(pk=offer.pk).state == OfferState.LAPSED


def test_minutes_outside_of_the_closure_are_free_again() -> None:
    world = shared_calendar(counters=2)
    (one,) = fill_first_counter(world, 1)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    rehome(counter=world.counters[0], period=(at(day, 8, 10), at(day, 9)), reason=REASON, by=manager)
    one.refresh_from_db()
    assert one.counter == world.counters[1]
    gaps = FreeGap.objects.filter(counter=world.counters[0], day=day).order_by("starts_at")
    assert [(gap.starts_at, gap.ends_at) for gap in gaps] == [(at(day, 8), at(day, 8, 10)), (at(day, 9), at(day, 12))]


def test_each_reads_the_reason_in_their_language_and_is_told_by_every_way_we_know() -> None:
    world = shared_calendar(counters=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    close_counter(counter=world.counters[1], period=(at(day, 8), at(day, 9)), reason=REASON, by=manager)
    one, other = world.book(at(day, 8), GRETEL), world.book(at(day, 8, 20), MEHDI, browser="m", address="192.0.2.7")
    Message.objects.all().update(state=MessageState.SENT)
    CounterClosure.objects.all().delete()
    free_time.rebuild(free_time.counters_with_place(), day, day)
    client = signed_in(manager)
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    own = {"why": "autre", "reason_fr": "Dégât des eaux.", "reason_de": "Wasserschaden."}
    done = client.post(address, {**fields(client.post(address, asked(**own))), "confirmer": "1"})
    told = Message.objects.filter(kind="appointment.moved_by_office", state=MessageState.QUEUED)
    assert {(row.subject_id, row.channel, row.context["reason"]) for row in told} == {
        (one.pk, "mail", "Wasserschaden."),
        (one.pk, "sms", "Wasserschaden."),
        (other.pk, "sms", "Dégât des eaux."),
    }
    assert "SMS (en attente)" in plain(client.get(done["Location"]))


def test_people_nobody_can_reach_are_named() -> None:
    world = shared_calendar(counters=2)
    (one,) = fill_first_counter(world, 1)
    Appointment.objects.filter(pk=one.pk).update(email="", phone="")
    client = signed_in(manager_of_facility(world.facilities[0]))
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    preview = client.post(address, asked(until_time="12:00"))
    assert "aucun contact" in plain(preview)
    done = client.post(address, {**fields(preview), "confirmer": "1"})
    assert "sans adresse ni téléphone" in plain(client.get(done["Location"]))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"day": "2020-01-01"}, "déjà passée"),
        ({"from_time": "10:00", "until_time": "09:00"}, "doit finir après son début"),
        ({"until_time": "25:00"}, "Une heure s’écrit"),
        ({"why": "autre"}, "au moins le texte français"),
        ({"why": ""}, "nécessaire"),
        ({"span": "siècle"}, "siècle"),
    ],
)
def test_a_wrong_form_is_explained(changed: dict[str, Any], sentence: str) -> None:
    world = shared_calendar()
    client = signed_in(manager_of_facility(world.facilities[0]))
    answer = client.post(reverse("counter:rehome", args=[world.counters[0].pk]), asked(**changed))
    assert sentence in plain(answer)
    assert not CounterClosure.objects.exists()


@pytest.mark.parametrize(
    ("changed", "start", "end"),
    [
        ({"span": "matin"}, (0, 0), (13, 0)),
        ({"span": "apres-midi"}, (13, 0), (24, 0)),
        ({"span": "journee"}, (0, 0), (24, 0)),
        ({"span": "heure", "from_time": "09:30"}, (9, 30), (10, 30)),
        (
            {"from_time": "", "until_time": "", "until_day": (day_ahead() + timedelta(days=2)).isoformat()},
            (0, 0),
            (72, 0),
        ),
    ],
)
def test_an_hour_half_a_day_a_day_or_more(
    changed: dict[str, Any], start: tuple[int, int], end: tuple[int, int]
) -> None:
    world = shared_calendar()
    client = signed_in(manager_of_facility(world.facilities[0]))
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    client.post(address, {**fields(client.post(address, asked(**changed))), "confirmer": "1"})
    midnight = at(day_ahead(), 0)
    period = CounterClosure.objects.get().period
    assert (period.lower, period.upper) == tuple(
        midnight + timedelta(hours=hours, minutes=minutes) for hours, minutes in (start, end)
    )


def test_with_one_counter_the_board_leads_straight_to_it_with_two_it_asks() -> None:
    world = shared_calendar(town_halls=2, counters=1)
    client = signed_in(territory_manager())
    answer = client.get(reverse("counter:close_one", args=[world.facilities[0].pk]))
    assert answer["Location"] == reverse("counter:rehome", args=[world.counters[0].pk])
    answer = client.get(reverse("counter:close_one", args=[world.facilities[0].pk]), {"jour": "2026-12-01"})
    assert answer["Location"].endswith("?jour=2026-12-01")
    two = shared_calendar(counters=2, code="autre")
    answer = client.get(reverse("counter:close_one", args=[two.facilities[0].pk]), {"jour": "2026-12-01"})
    assert f"{reverse('counter:rehome', args=[two.counters[0].pk])}?jour=2026-12-01" in answer.content.decode()
    assert all(counter.name in answer.content.decode() for counter in two.counters)


def test_only_managers_close() -> None:
    world = shared_calendar(counters=2)
    booked = fill_first_counter(world, 1)
    client = signed_in(agent_of(world.facilities[0]))
    address = reverse("counter:rehome", args=[world.counters[0].pk])
    assert client.get(address).status_code == 404
    answer = client.post(address, asked(confirmer="1", rdv=[str(booked[0].pk)], vu=[str(booked[0].pk)]))
    assert answer.status_code == 404
    assert not CounterClosure.objects.exists()


def test_sixty_appointments_are_planned_and_moved_fast() -> None:
    """Three minutes apart from each other would be too much to ask of a page: a few seconds are the limit here."""
    world = shared_calendar(town_halls=3, counters=3, opens=time(7), closes=time(20))
    for place in world.facilities[1:]:
        place.latitude, place.longitude = world.facilities[0].latitude, world.facilities[0].longitude + 0.03
        place.save()
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    for n in range(60):
        start = at(day, 7) + timedelta(minutes=13 * n)
        AppointmentFactory.create(
            type=world.type, counter=world.counters[0], starts_at=start, ends_at=start + timedelta(minutes=10)
        )
    free_time.rebuild(free_time.counters_with_place(), day, day)
    period = (at(day, 0), at(day, 23))
    begun = clock.perf_counter()
    plan = plan_rehoming(counter=world.counters[0], period=period, by=manager)
    planned = clock.perf_counter() - begun
    agreed = {one.appointment.pk: one.slot.token for one in plan if one.slot}
    begun = clock.perf_counter()
    outcome = rehome(
        counter=world.counters[0],
        period=period,
        reason=Translated(fr="Panne"),
        by=manager,
        agreed=agreed,
        shown=[one.appointment.pk for one in plan],
    )
    done = clock.perf_counter() - begun
    print(f"60 appointments: planned in {planned:.2f} s, moved in {done:.2f} s")
    assert len(outcome.moved) == 60
    assert planned < 5
    assert done < 5
