"""The day list: who comes, with what, and what became of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from booking.appointments.counter.day_queries import day_list, todays_facilities
from booking.appointments.counter.find_queries import find_appointments
from booking.appointments.documents.queries import documents_for
from booking.appointments.enums import Accessibility, State
from booking.appointments.models import Appointment, AppointmentType, Counter
from municipalities.models import Facility
from notifications.models import Channel, Message, MessageState
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    FacilityFactory,
    FeeFactory,
    HoldFactory,
    RequiredDocumentFactory,
)
from tests.factories.appointments import at, next_weekday

pytestmark = pytest.mark.django_db

MONDAY = next_weekday(0)


@pytest.fixture
def desk(client: Client, rixheim_town_hall: Facility) -> Client:
    client.force_login(
        people.agent_of(rixheim_town_hall), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def _page(desk: Client, facility: Facility, day: object = MONDAY) -> str:
    answer = desk.get(reverse("counter:day", args=[facility.pk]), {"jour": str(day)})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_who_comes_with_what(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    document = RequiredDocumentFactory.create(label={"fr": "Photo de moins de six mois"})
    document.types.add(kind)
    appointment = AppointmentFactory.create(
        type=kind,
        counter=counter,
        phone="+33612345678",
        accessibility=[Accessibility.STEP_FREE],
        people=[{"last_name": "d’Œuvre", "pre_application_number": "A123456789"}],
    )
    page = _page(desk, counter.facility)
    for expected in (
        appointment.reference,
        "d’Œuvre",
        "A123456789",
        'data-copy="A123456789"',
        "Photo de moins de six mois",
        "Accès sans marche",
        'href="tel:+33612345678">06 12 34 56 78<',
        "attendu",
        "8 h",
    ):
        assert expected in page.replace("\xa0", " "), expected


def test_a_missing_number_and_an_undelivered_message_are_flagged(
    desk: Client, counter: Counter, kind: AppointmentType
) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter, people=[{"pre_application_number": ""}])
    Message.objects.create(
        kind="appointment.confirmed",
        channel=Channel.MAIL,
        recipient=appointment.email,
        subject_type="appointment",
        subject_id=appointment.pk,
        state=MessageState.BOUNCED,
        due_at=timezone.now(),
        sent_at=timezone.now(),
    )
    page = _page(desk, counter.facility)
    assert "numéro manquant" in page
    assert "n’a pas pu être joint" in page


def test_a_script_in_a_name_is_shown_as_text(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    AppointmentFactory.create(type=kind, counter=counter, people=[{"last_name": "<script>alert(1)</script>"}])
    assert "<script>alert(1)" not in _page(desk, counter.facility)


def test_one_form_serves_all_rows_and_enter_on_a_box_presses_none(
    desk: Client, counter: Counter, kind: AppointmentType
) -> None:
    RequiredDocumentFactory.create().types.add(kind)
    rows = [
        AppointmentFactory.create(type=kind, counter=counter, starts_at=at(timezone.localdate(), 8 + number))
        for number in range(3)
    ]
    page = _page(desk, counter.facility, timezone.localdate())
    table = page[page.index("<table") : page.index("</table>")]
    assert page.count('id="gestes"') == 1
    assert "<form" not in table
    assert table.count('type="checkbox"') == 3
    for row in rows:
        assert table.count(f'form="gestes" formaction="{reverse("counter:mark", args=[row.pk])}"') == 3


def test_holds_are_not_people_yet_and_cancelled_ones_stand_apart(
    desk: Client, counter: Counter, kind: AppointmentType
) -> None:
    hold = HoldFactory.create(type=kind, counter=counter)
    gone = AppointmentFactory.create(
        type=kind, counter=counter, state=State.CANCELLED_BY_RESIDENT, starts_at=at(MONDAY, 9)
    )
    page = _page(desk, counter.facility)
    assert hold.reference not in page
    assert gone.reference in page
    assert "1 rendez-vous annulé" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_seven_queries_however_long(
    rows: int, counter: Counter, kind: AppointmentType, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    document = RequiredDocumentFactory.create()
    document.types.add(kind)
    FeeFactory.create().types.add(kind)
    for number in range(rows):
        AppointmentFactory.create(type=kind, counter=counter, starts_at=at(MONDAY, 8 + number), people_count=2)
    day_list(counter.facility, MONDAY)  # papers are remembered from now on
    with django_assert_num_queries(7):
        found = day_list(counter.facility, MONDAY)
        assert len(found) == rows
        assert [str(line.documents) for row in found for line in row.people]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(
    rows: int, desk: Client, counter: Counter, kind: AppointmentType, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        AppointmentFactory.create(type=kind, counter=counter, starts_at=at(MONDAY, 8 + number))
    address = reverse("counter:day", args=[counter.facility_id])
    desk.get(address, {"jour": MONDAY.isoformat()})  # papers are remembered from now on
    with django_assert_num_queries(12):  # one of them asks whether this reading is noted already
        desk.get(address, {"jour": MONDAY.isoformat()})


def test_documents_are_those_the_resident_was_told(counter: Counter, kind: AppointmentType) -> None:
    town = counter.facility.municipality
    other = AppointmentTypeFactory.create()
    for code, fields in {
        "photo": {},
        "ancien-titre": {"situations": ["renewal"]},
        "jugement": {"ages": "minor"},
        "plainte": {"situations": ["theft"]},
    }.items():
        RequiredDocumentFactory.create(code=code, **fields).types.add(kind)
    RequiredDocumentFactory.create(code="photo", municipality=town, label={"fr": "Photo d’ici"}).types.add(kind)
    RequiredDocumentFactory.create(code="ancien-titre", municipality=town, is_dropped=True).types.add(kind)
    RequiredDocumentFactory.create(code="autre").types.add(other)
    FeeFactory.create(ages="adult").types.add(kind)
    appointment = AppointmentFactory.create(
        type=kind,
        counter=counter,
        people_count=3,
        people=[{}, {"is_minor": True, "birth_year": MONDAY.year - 10}, {"situation": "theft"}],
    )
    told = documents_for(type=kind, people=list(appointment.people.order_by("position")), municipality=town, on=MONDAY)
    shown = day_list(counter.facility, MONDAY)[0].people
    assert [[str(d) for d in one.lines] for one in told] == [[str(d) for d in one.documents] for one in shown]
    assert [one.fees for one in told] == [one.fees for one in shown]


def test_an_absent_person_is_marked_and_the_mark_taken_back(
    desk: Client, counter: Counter, kind: AppointmentType
) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter, starts_at=at(timezone.localdate(), 9))
    address = reverse("counter:mark", args=[appointment.pk])
    answer = desk.post(address, {"etat": "no_show"})
    assert f"#rdv-{appointment.reference}" in answer["Location"]
    appointment.refresh_from_db()
    assert appointment.state == State.NO_SHOW
    desk.post(address, {"etat": "booked"})
    appointment.refresh_from_db()
    assert appointment.state == State.BOOKED


@pytest.mark.parametrize("state", ["", "held", "cancelled_by_office", "n’importe quoi"])
def test_an_unknown_mark_changes_nothing(state: str, desk: Client, counter: Counter, kind: AppointmentType) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter)
    answer = desk.post(reverse("counter:mark", args=[appointment.pk]), {"etat": state}, follow=True)
    assert "Cet état n’existe pas." in answer.content.decode()
    assert Appointment.objects.get(pk=appointment.pk).state == State.BOOKED


def test_nothing_changes_on_get(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter)
    assert desk.get(reverse("counter:mark", args=[appointment.pk])).status_code == 405
    assert desk.get(reverse("counter:cancel", args=[appointment.pk])).status_code == 200
    assert Appointment.objects.get(pk=appointment.pk).state == State.BOOKED


def test_the_office_cancels_with_a_reason(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter)
    address = reverse("counter:cancel", args=[appointment.pk])
    assert "Dites qui annule" in desk.post(address, {"reason": "  "}).content.decode()
    answer = desk.post(address, {"reason": "Le dispositif est en panne."})
    assert answer.status_code == 302
    appointment.refresh_from_db()
    assert (appointment.state, appointment.cancel_reason) == (State.CANCELLED_BY_OFFICE, "Le dispositif est en panne.")
    again = desk.post(reverse("counter:mark", args=[appointment.pk]), {"etat": "attended"}, follow=True)
    assert "passé ou annulé" in again.content.decode()


def test_an_auditor_looks_on(client: Client, counter: Counter, kind: AppointmentType) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter)
    client.force_login(people.auditor(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert appointment.reference in _page(client, counter.facility)
    answer = client.post(reverse("counter:mark", args=[appointment.pk]), {"etat": "attended"})
    assert answer.status_code == 403
    assert "de les changer" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("demain", "Une date s’écrit jour/mois/année"),
        ("2026-02-31", "Une date s’écrit jour/mois/année"),
        ("9999-12-31", "trop lointaine"),
        ("0001-01-01", "trop lointaine"),
    ],
)
def test_a_day_that_cannot_be_is_explained(typed: str, sentence: str, desk: Client, counter: Counter) -> None:
    page = _page(desk, counter.facility, typed)
    assert sentence in page
    assert f'value="{typed}"' in page


def test_the_day_may_be_typed_as_one_writes_it(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    appointment = AppointmentFactory.create(type=kind, counter=counter)
    assert appointment.reference in _page(desk, counter.facility, f"{MONDAY:%d/%m/%Y}")


@pytest.mark.parametrize("asked", ["Introuvable", "introuv", "Odile Introuvable", "REF", "A123456789", "a1234 56789"])
def test_an_appointment_is_found_by_name_reference_or_number(
    asked: str, rixheim_town_hall: Facility, counter: Counter, kind: AppointmentType
) -> None:
    appointment = AppointmentFactory.create(
        type=kind,
        counter=counter,
        reference="7K2M-9QXA",
        people=[{"last_name": "Introuvable", "pre_application_number": "A123456789"}],
    )
    AppointmentFactory.create(type=kind, counter=counter, starts_at=at(MONDAY, 10))
    agent = people.agent_of(rixheim_town_hall)
    for way in [asked] if asked != "REF" else ["7K2M-9QXA", "7k2m9qxa", " 7K2M-9QXA "]:
        assert find_appointments(agent, way) == [appointment]


def test_nobody_finds_people_of_elsewhere(counter: Counter, kind: AppointmentType) -> None:
    AppointmentFactory.create(type=kind, counter=counter, people=[{"last_name": "Introuvable"}])
    assert find_appointments(people.agent_of(FacilityFactory.create()), "Introuvable") == []
    assert find_appointments(people.agent_of(counter.facility), "   ") == []


def test_control_characters_in_a_search_do_no_harm(desk: Client) -> None:
    assert desk.get(reverse("counter:find"), {"q": "a\x1fb%_\\ 'é"}).status_code == 200
    assert desk.get(reverse("counter:find"), {"q": "a\x00b"}).status_code == 400


def test_today_counts_what_is_booked_and_what_is_done(counter: Counter, kind: AppointmentType) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    states = [State.BOOKED, State.ATTENDED, State.NO_SHOW, State.CANCELLED_BY_OFFICE]
    for number, state in enumerate(states):
        AppointmentFactory.create(
            type=kind, counter=counter, state=state, starts_at=noon + timedelta(minutes=30 * number)
        )
    (one,) = todays_facilities(people.agent_of(counter.facility))
    assert (one.facility, one.booked, one.done) == (counter.facility, 3, 2)


def test_with_a_single_facility_the_day_opens_at_once(desk: Client, counter: Counter) -> None:
    answer = desk.get(reverse("counter:today"))
    assert answer["Location"] == reverse("counter:board", args=[counter.facility_id])
