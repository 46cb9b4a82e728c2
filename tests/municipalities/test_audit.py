"""Who changed what: kept by the database, read by the auditor, changed by nobody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, change_contact
from booking.appointments.enums import State
from booking.appointments.models import Appointment, AppointmentPerson, Counter, OpeningPeriod, RequiredDocument
from municipalities import audit, audit_queries, services
from municipalities.audit_queries import TraceRequest, changes, traced_models
from municipalities.models import AuditEntry, Facility, Municipality, ReadTrace, StaffMember, Why
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CounterFactory,
    OpeningPeriodFactory,
    StaffRoleFactory,
)
from tests.factories.appointments import at
from tests.house import our_models
from tests.people import ODILE
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

#: Not traced, and why.
UNTRACED = {
    # The trace itself.
    "municipalities_change",
    "municipalities_readtrace",
    # Written once with the frozen file, and never by hand; sent once, and what follows from it is traced.
    "nurseries_roundchild",
    "nurseries_answer",
    # Forms that were sent, for a day; what they made is traced.
    "municipalities_idempotencykey",
    # What the provider answers to an address, until it answers otherwise.
    "municipalities_refusedsender",
    # Computed from what is traced.
    "activities_poolmoment",
    # Follow from the enrolments, which are traced, and from their sessions.
    "activities_basket",
    "activities_seat",
    # Written once and never changed, with who noted it and when: they are their own trace. And what is counted of them.
    "activities_registermark",
    "activities_sessionfigures",
    # Who wants to be told of what is nobody's business.
    "activities_windowwatch",
    # Who waits for what is nobody's business either; ranks are never changed by anybody.
    "activities_mark",
    "activities_ticket",
    "appointments_freegap",
    "appointments_offer",
    # The queue's own log: every offer stays as a row with its moments.
    "appointments_earlieroffer",
    # What agents do on the board, with who and when, itself; what it changes is traced on the appointment.
    "appointments_boardstep",
    # What an operator's list says until its next one; who gave it when is traced on the nursery.
    "nurseries_presentchild",
    # Rendered from what is traced.
    "appointments_calendarentry",
    "appointments_departure",
    "appointments_feedentry",
    "feeds_publiccalendar",
    "feeds_publicentry",
    # Links are made with each message; which one opened what is nobody's business.
    "residents_accesslink",
    # Who signs in is nobody's business either: families see their own sessions.
    "residents_householdsession",
    "residents_signincode",
    # Written once and never changed: they are their own trace. The counter says what their last numbers are.
    "payments_journalentry",
    "payments_receipt",
    "payments_receiptpart",
    "payments_chargeline",
    "payments_cashierclosing",
    "payments_closingline",
    "payments_officecounter",
    "payments_accountscheck",
    # Sold for the tests; what is owed for it is traced.
    "booth_place",
    # The outbox tells its own states; what a message says follows from the appointment.
    "notifications_message",
}

ODILE_AT_HOME = {
    "first_name": ODILE.first_name,
    "last_name": ODILE.last_name,
    "birth_year": ODILE.birth_year,
    "pre_application_number": ODILE.number,
}


def _as(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _changes(row: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(table=row._meta.db_table, object_id=str(row.pk)).order_by("pk"))


def untraced() -> set[str]:
    tables = {
        model._meta.db_table
        for model in our_models()
        if not model._meta.db_table.startswith("municipalities_staffmember_")  # groups and permissions: unused
    }
    return tables - set(traced_models())


def test_every_table_is_traced_or_says_why_not() -> None:
    assert untraced() == UNTRACED


def test_a_table_that_forgets_its_trace_is_found(stray_app: None) -> None:
    assert untraced() == UNTRACED | {"stray_visitor"}


def test_a_change_says_who_when_and_what_before_and_after(rixheim: Municipality) -> None:
    manager = people.manager_of_municipality(rixheim)
    colours = {"colour": "#123456", "second_colour": "#e8b54a", "coat_pattern": "pale"}
    _as(manager).post(
        reverse("staff:municipality", args=[rixheim.pk]),
        {"name": "Rixheim-sur-Ill", "postal_codes": "68170", **colours},
        HTTP_X_REQUEST_ID="abcdef0123456789",
    )
    change = _changes(rixheim)[-1]
    assert (change.verb, change.staff, change.channel) == ("U", manager, "agents")
    assert change.request == "abcdef0123456789"
    assert change.before["name"] == "Rixheim" and change.after["name"] == "Rixheim-sur-Ill"
    assert "latitude" not in change.after
    assert abs(timezone.now() - change.at) < timedelta(minutes=1)


def test_a_bulk_update_leaves_a_row_for_each(rixheim_town_hall: Facility) -> None:
    counters = [CounterFactory.create(facility=rixheim_town_hall) for _number in range(3)]
    agent = people.manager_of_facility(rixheim_town_hall)
    before = AuditEntry.objects.count()
    with audit.actor(staff_id=agent.pk, channel="agents"):
        Counter.objects.update(is_active=False)
    rows = AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before]
    assert {(row.object_id, row.staff_id, row.after["is_active"]) for row in rows} == {
        (str(counter.pk), agent.pk, False) for counter in counters
    }


def test_nothing_changed_leaves_nothing(rixheim: Municipality) -> None:
    before = AuditEntry.objects.count()
    rixheim.save()
    Municipality.objects.update(name="Rixheim")
    assert AuditEntry.objects.count() == before


def test_a_deletion_keeps_what_was(rixheim_town_hall: Facility) -> None:
    opening = OpeningPeriodFactory.create(counter=CounterFactory.create(facility=rixheim_town_hall))
    pk = opening.pk
    OpeningPeriod.objects.all().delete()
    change = AuditEntry.objects.get(table="appointments_openingperiod", object_id=str(pk), verb="D")
    assert change.before["weekday"] == opening.weekday and change.after is None


def test_secrets_are_noted_without_their_value(rixheim: Municipality) -> None:
    staff = people.manager_of_municipality(rixheim)
    staff.set_password("un autre mot de passe")
    staff.save()
    StaffMember.objects.filter(pk=staff.pk).update(last_login=timezone.now())
    changes = _changes(staff)
    assert changes[-1].before == changes[-1].after == {"password": "•"}
    assert "argon" not in str([(row.before, row.after) for row in changes])


@pytest.mark.django_db(transaction=True)
def test_one_persons_name_never_stays_on_the_connection(rixheim: Municipality) -> None:
    manager = people.manager_of_municipality(rixheim)
    with audit.actor(staff_id=manager.pk):
        Municipality.objects.update(population=1)
    Municipality.objects.update(population=2)
    assert [row.staff_id for row in _changes(rixheim)[-2:]] == [manager.pk, None]


def test_a_resident_books_without_a_name_in_the_context() -> None:
    world = shared_calendar()
    with audit._bound(audit.Actor(channel="web", request_id="r-1")):
        booked = world.book(at(day_ahead(), 9))
    (change,) = _changes(booked)
    assert (change.verb, change.staff_id, change.channel, change.request) == ("U", None, "web", "r-1")
    assert (change.before["state"], change.after["state"]) == ("held", "booked")
    assert "browser_hash" not in change.after
    (person,) = booked.people.all()
    assert _changes(person)[0].after["last_name"] == ODILE.last_name


def test_a_hold_is_nobodys_appointment_yet() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    hold.delete()
    assert not AuditEntry.objects.filter(table="appointments_appointment").exists()


def test_erased_identities_are_erased_here_too() -> None:
    appointment = AppointmentFactory.create(
        starts_at=timezone.now() + timedelta(days=2), email="odile@mail.example", people=[ODILE_AT_HOME]
    )
    change_contact(appointment=appointment, email="autre@mail.example", phone="+33612345678", language="fr")
    cancel_appointment(appointment=appointment, reason="Odile est malade")
    services.purge(now=timezone.now() + timedelta(days=40))
    assert Appointment.objects.get(pk=appointment.pk).purged_at
    kept = str(list(AuditEntry.objects.values_list("before", "after")))
    for secret in ("odile@", "autre@", "+33612345678", "malade", ODILE.last_name, ODILE.number, "1968"):
        assert secret not in kept
    states = [row.after["state"] for row in _changes(appointment) if row.after and "state" in row.after]
    assert State.CANCELLED_BY_RESIDENT in states


def test_the_trace_ends_after_a_year(rixheim: Municipality) -> None:
    ReadTrace.objects.create(staff=people.auditor(), why=Why.SEARCH, view="x")
    assert AuditEntry.objects.exists()
    services.purge(now=timezone.now() + timedelta(days=300))
    assert AuditEntry.objects.exists()
    services.purge(now=timezone.now() + timedelta(days=400))
    assert not AuditEntry.objects.exists() and not ReadTrace.objects.exists()


class TestAuditorsPages:
    def test_filters_by_person_date_and_object(self, rixheim: Municipality, rixheim_town_hall: Facility) -> None:
        manager = people.manager_of_municipality(rixheim)
        with audit.actor(staff_id=manager.pk, channel="agents"):
            Facility.objects.update(phone="+33389111111")
            CounterFactory.create(facility=rixheim_town_hall, name="Guichet Nord")
        auditor = _as(people.auditor())
        address = reverse("staff:control")
        page = _page(auditor.get(address, {"personne": "Mathilde"}))
        assert "+33389111111" in page and "Guichet Nord" in page and '<form method="post"' not in page.split("<main")[1]
        assert "<del>∅</del>" in page
        assert (
            "Guichet Nord" not in _page(auditor.get(address, {"objet": "municipalities_facility"})).split("<tbody")[1]
        )
        assert "Guichet Nord" in _page(auditor.get(address, {"nom": "nord"})).split("<tbody")[1]
        tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
        assert "Aucun changement" in _page(auditor.get(address, {"du": tomorrow}))
        assert "Aucun changement" in _page(auditor.get(address, {"personne": "personne de ce nom"}))

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"du": "hier"}, "Une date s’écrit"),
            ({"du": "2026-11-24", "au": "2026-11-01"}, "La fin de la période doit suivre son début."),
            ({"avant": "9" * 40}, "Contrôle"),
            ({"objet": "pg_authid", "nom": "\x01'\"; drop"}, "Aucun changement"),
        ],
    )
    def test_what_cannot_be_read_is_explained(self, asked: dict[str, str], sentence: str) -> None:
        assert sentence in _page(_as(people.auditor()).get(reverse("staff:control"), asked))

    def test_pages_follow_each_other(self, rixheim: Municipality) -> None:
        for number in range(60):
            with audit.actor(request_id=f"r{number}"):
                Municipality.objects.filter(pk=rixheim.pk).update(population=number)
        auditor = _as(people.auditor())
        first = _page(auditor.get(reverse("staff:control"), {"objet": "municipalities_municipality"}))
        assert first.count("<time ") == 50 and "Plus anciens" in first
        onwards = re.findall(r'rel="next"\s+href="([^"]+)"', first)[0].replace("&amp;", "&")
        second = _page(auditor.get(reverse("staff:control") + onwards))
        assert 0 < second.count("<time ") < 50

    def test_all_that_one_request_wrote_is_one_line(self, rixheim_town_hall: Facility) -> None:
        with audit.actor(staff_id=people.manager_of_facility(rixheim_town_hall).pk, channel="agents", request_id="one"):
            for number in range(3):
                CounterFactory.create(facility=rixheim_town_hall, name=f"Guichet {number}")
        with audit.actor(channel="agents", request_id="two"):
            Facility.objects.update(phone="+33389111111")
        with audit.actor(channel="agents", request_id="three"):
            Facility.objects.update(phone="+33389222222")
        acts, following = changes(TraceRequest())
        assert [len(act.lines) for act in acts[:3]] == [1, 1, 3]
        assert acts[2].summary == [("Guichet", "", 3)]
        assert acts[1].summary == [("Établissement", str(rixheim_town_hall), 1)]
        assert following is None
        page = _page(_as(people.auditor()).get(reverse("staff:control"))).split("<tbody")[1]
        assert page.count("<tr ") == page.count("<time ") == len(acts)
        assert "Guichet × 3" in page

    def test_an_act_of_more_rows_than_a_page_reads_goes_on(
        self, rixheim: Municipality, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audit_queries, "READ_AT_MOST", 5)
        with audit.actor(request_id="long"):
            for number in range(8):
                Municipality.objects.filter(pk=rixheim.pk).update(population=number)
        (act,), following = changes(TraceRequest())
        assert (len(act.lines), act.goes_on) == (5, True)
        rest, _following = changes(TraceRequest(before=following))
        assert (len(rest[0].lines), rest[0].change.request) == (3, "long")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_a_page_costs_the_same_for_one_and_three(
        self, rows: int, rixheim_town_hall: Facility, django_assert_num_queries: Any
    ) -> None:
        auditor = _as(people.auditor())
        kind = AppointmentTypeFactory.create()
        for _number in range(rows):
            CounterFactory.create(facility=rixheim_town_hall, types=[kind])
        with django_assert_num_queries(8):
            auditor.get(reverse("staff:control"), {"objet": "appointments_counter"})

    def test_links_between_rows_are_told_by_name(self, rixheim_town_hall: Facility) -> None:
        kind = AppointmentTypeFactory.create(name={"fr": "Passeport"})
        CounterFactory.create(facility=rixheim_town_hall, name="Guichet Nord", types=[kind])
        page = _page(_as(people.auditor()).get(reverse("staff:control"), {"objet": "appointments_counter_types"}))
        assert "Guichet : motifs servis" in page and "Passeport" in page and "Guichet Nord" in page


class TestReadings:
    @pytest.fixture
    def appointment(self, rixheim_town_hall: Facility) -> Appointment:
        counter = CounterFactory.create(facility=rixheim_town_hall)
        return AppointmentFactory.create(
            counter=counter, starts_at=timezone.now() + timedelta(days=3), people=[{"last_name": "Introuvable"}]
        )

    def test_ones_own_day_leaves_none(self, rixheim_town_hall: Facility) -> None:
        counter = CounterFactory.create(facility=rixheim_town_hall)
        noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
        AppointmentFactory.create(counter=counter, starts_at=noon, people=[{"last_name": "Présente"}])
        client = _as(people.agent_of(rixheim_town_hall))
        assert "Présente" in _page(client.get(reverse("counter:day", args=[rixheim_town_hall.pk])))
        client.get(reverse("counter:find"), {"q": "Présente"})
        assert not ReadTrace.objects.exists()

    def test_another_day_a_search_and_another_place_leave_one_each(self, appointment: Appointment) -> None:
        agent = people.agent_of(appointment.facility)
        day = timezone.localdate(appointment.starts_at)
        address = reverse("counter:day", args=[appointment.facility_id])
        for _twice in range(2):
            _as(agent).get(address, {"jour": day.isoformat()})
        _as(agent).get(reverse("counter:find"), {"q": "introuv"})
        _as(agent).get(reverse("counter:cancel", args=[appointment.pk]))
        found = ReadTrace.objects.order_by("pk").values_list("staff", "why", "subject_id", "day")
        assert list(found) == [
            (agent.pk, Why.OTHER_DAY, None, day),
            (agent.pk, Why.SEARCH, appointment.pk, None),
            (agent.pk, Why.OTHER_DAY, appointment.pk, None),
        ]
        territory = people.territory_manager()
        _as(territory).get(address, {"jour": day.isoformat()})
        assert ReadTrace.objects.filter(staff=territory, why=Why.OTHER_PLACE).exists()
        page = _page(_as(people.auditor()).get(reverse("staff:readings")))
        assert appointment.reference in page and "autre établissement" in page and "introuv" not in page
        only = _page(_as(people.auditor()).get(reverse("staff:readings"), {"nom": appointment.reference}))
        assert "toute la liste" not in only and appointment.reference in only

    def test_a_search_that_finds_nothing_leaves_nothing(self, appointment: Appointment) -> None:
        _as(people.agent_of(appointment.facility)).get(reverse("counter:find"), {"q": "zzz"})
        assert not ReadTrace.objects.exists()


def test_the_people_of_an_appointment_and_documents_are_traced_by_name(rixheim: Municipality) -> None:
    document = RequiredDocument.objects.create(code="x", municipality=rixheim, label={"fr": "Photo"})
    assert _changes(document)[0].after["label"] == {"fr": "Photo"}
    person = AppointmentFactory.create(people=[ODILE_AT_HOME]).people.get()
    AppointmentPerson.objects.filter(pk=person.pk).update(first_name="Odette")
    page = _page(_as(people.auditor()).get(reverse("staff:control"), {"objet": "appointments_appointmentperson"}))
    assert "<del>Odile</del> → <ins>Odette</ins>" in page
    assert StaffRoleFactory.create().pk
