from datetime import UTC, date, datetime, timedelta

import pytest

from booking.appointments import retention
from booking.appointments.enums import State
from booking.appointments.models import Appointment, AppointmentPerson, CalendarEntry
from booking.appointments.retention import purge
from booking.residents.models import AccessLink
from notifications.models import Message, MessageState
from tests.factories import AccessLinkFactory, AppointmentFactory, MessageFactory, WaitingListEntryFactory
from tests.worlds import entry_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def appointment(*, days_ago: int, state: str = State.ATTENDED, **fields) -> Appointment:
    start = NOW - timedelta(days=days_ago)
    made = AppointmentFactory(starts_at=start, state=state, phone="+33639980000", accessibility=["seat"], **fields)
    MessageFactory(subject_id=made.pk, state=MessageState.SENT, recipient=made.email, context={"reason": "Odile"})
    AccessLinkFactory(subject_id=made.pk, expires_at=NOW + timedelta(days=1))
    return made


@pytest.mark.django_db
def test_identities_go_after_three_months_and_figures_stay():
    old, recent = appointment(days_ago=100), appointment(days_ago=80)
    assert entry_of(old)
    done = purge(now=NOW)

    old.refresh_from_db()
    person = old.people.get()
    assert (old.email, old.phone, old.accessibility) == ("", "", [])
    assert not CalendarEntry.objects.filter(appointment=old).exists()
    assert old.purged_at == NOW
    assert (person.first_name, person.last_name, person.birth_year) == ("", "", None)
    assert (person.pre_application_number, person.holds_number) == ("", False)
    assert (old.state, old.people_count, person.situation) == (State.ATTENDED, 1, "renewal")
    assert old.home_municipality
    message = Message.objects.get(subject_id=old.pk)
    assert (message.recipient, message.context, message.state) == ("", {}, MessageState.SENT)
    assert not AccessLink.objects.filter(subject_id=old.pk).exists()

    recent.refresh_from_db()
    assert recent.email
    assert recent.people.get().last_name
    assert Message.objects.get(subject_id=recent.pk).recipient
    assert AccessLink.objects.filter(subject_id=recent.pk).exists()
    assert vars(done) == {"appointments": 1, "people": 1, "messages": 1, "links": 1, "waiting": 0}


@pytest.mark.django_db
def test_a_cancelled_one_goes_a_month_after_it_was_cancelled():
    gone = appointment(days_ago=-20, state=State.CANCELLED_BY_RESIDENT, cancelled_at=NOW - timedelta(days=40))
    kept = appointment(days_ago=200, state=State.CANCELLED_BY_OFFICE, cancelled_at=NOW - timedelta(days=20))
    purge(now=NOW)
    assert Appointment.objects.get(purged_at__isnull=False) == gone
    kept.refresh_from_db()
    assert kept.email


@pytest.mark.django_db
def test_one_that_nobody_marked_goes_too_and_its_queued_messages_with_it():
    old = appointment(days_ago=100, state=State.BOOKED)
    MessageFactory(subject_id=old.pk, state=MessageState.QUEUED)
    purge(now=NOW)
    assert set(Message.objects.values_list("state", "recipient")) == {
        (MessageState.SENT, ""),
        (MessageState.WITHDRAWN, ""),
    }


@pytest.mark.django_db
def test_the_months_are_settings(settings):
    settings.RETENTION_MONTHS = 1
    appointment(days_ago=40)
    assert purge(now=NOW).appointments == 1


@pytest.mark.django_db
def test_who_waited_for_an_earlier_time_is_forgotten_a_month_after():
    def entry(**fields):
        return WaitingListEntryFactory(from_day=date(2026, 1, 1), until_day=date(2027, 1, 1), **fields)

    served = entry(state="served", ended_at=NOW - timedelta(days=40))
    recent = entry(state="left", ended_at=NOW - timedelta(days=20))
    waiting = entry()
    run_out = WaitingListEntryFactory(from_day=date(2026, 1, 1), until_day=date(2026, 10, 1))
    assert purge(now=NOW, dry_run=True).waiting == purge(now=NOW).waiting == 2
    for one, mail, state in (
        (served, "", "served"),
        (recent, recent.email, "left"),
        (waiting, waiting.email, "waiting"),
        (run_out, "", "left"),
    ):
        one.refresh_from_db()
        assert (one.email, one.state) == (mail, state)


@pytest.mark.django_db
def test_what_was_said_to_who_waited_goes_with_their_address():
    over, waiting = (
        WaitingListEntryFactory(state="left", ended_at=NOW - timedelta(days=40)),
        WaitingListEntryFactory(from_day=date(2026, 11, 1), until_day=date(2027, 1, 1)),
    )
    for entry in (over, waiting):
        MessageFactory(subject_id=entry.pk, subject_type="waiting", recipient=entry.email, state=MessageState.SENT)
        AccessLinkFactory(subject_id=entry.pk, subject_type="waiting", expires_at=NOW + timedelta(days=20))
    assert purge(now=NOW, dry_run=True).messages == 1
    done = purge(now=NOW)
    assert (done.waiting, done.messages, done.links) == (1, 1, 1)
    assert set(Message.objects.values_list("subject_id", "recipient")) == {(over.pk, ""), (waiting.pk, waiting.email)}
    assert AccessLink.objects.get().subject_id == waiting.pk


@pytest.mark.django_db
def test_a_dry_run_counts_the_same_and_changes_nothing():
    appointment(days_ago=100)
    appointment(days_ago=101, people_count=2)
    expected = purge(now=NOW, dry_run=True)
    assert not Appointment.objects.filter(purged_at__isnull=False).exists()
    assert AppointmentPerson.objects.exclude(last_name="").count() == 3
    done = purge(now=NOW)
    assert (expected.appointments, expected.people, expected.messages) == (
        done.appointments,
        done.people,
        done.messages,
    )
    assert purge(now=NOW) == retention.Purged()


@pytest.mark.django_db
def test_it_goes_on_past_a_batch(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in range(100, 105):
        appointment(days_ago=days)
    assert purge(now=NOW).appointments == 5
