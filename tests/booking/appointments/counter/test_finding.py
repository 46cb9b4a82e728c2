"""What a caller says finds their appointment: names as they sound, digits, addresses, parts of a reference."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.find_queries import find_appointments, history_of
from booking.appointments.models import Appointment, Counter
from booking.appointments.retention import purge
from municipalities.models import ReadTrace, StaffMember
from tests import people
from tests.factories import AppointmentFactory, CounterFactory, FacilityFactory, StaffMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def password_is_enough(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def counter() -> Counter:
    return CounterFactory.create()


@pytest.fixture
def agent(counter: Counter) -> StaffMember:
    return people.agent_of(counter.facility)


def booked(counter: Counter, last: str = "Personne", first: str = "Zoé", *, days: int = 3, **more: Any) -> Appointment:
    number = Appointment.objects.count()
    who = {"first_name": first, "last_name": last} | {
        key: more.pop(key) for key in ("birth_year", "pre_application_number") if key in more
    }
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days, hours=number)
    fields = {"email": "", "phone": ""} | more
    return AppointmentFactory.create(counter=counter, starts_at=start, people=[who], **fields)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("Schröder", "schroeder"),
        ("Schröder", "Schroder"),
        ("Schroeder", "schröder"),
        ("Müller", "MUELLER"),
        ("Mueller", "muller"),
        ("Mueller", "eller"),
        ("Strauß", "strauss"),
        ("Strauss", "Strauß"),
        ("d’Œuvre-N’Guyen", "d'oeuvre"),
        ("d’Œuvre-N’Guyen", "oeuvre nguyen"),
        ("d'Oeuvre", "d’œuvre"),
        ("Le Goff", "legoff"),
        ("Legoff", "le goff"),
        ("Jean-Évrard", "jean evrard"),
        ("Béhé", "behe"),
        ("Be\u0301he\u0301", "Béhé"),
        ("Béhé", "Be\u0301he\u0301"),
        ("Bo-Eva", "bo eva"),
        ("Søren\u200b", "soren"),
        ("Łukasz", "lukasz"),
        ("Çağlar", "caglar"),
    ],
)
def test_a_name_is_found_as_it_sounds(counter: Counter, agent: StaffMember, known: str, said: str) -> None:
    wanted = booked(counter, known)
    booked(counter, "Tout-Autre", "Xavier")
    assert find_appointments(agent, said) == [wanted]
    assert find_appointments(agent, unicodedata.normalize("NFD", said)) == [wanted]


def test_every_word_is_about_the_same_person(counter: Counter, agent: StaffMember) -> None:
    mine = booked(counter, "Martin", "Odile", birth_year=1968)
    younger = booked(counter, "Martin", "Odile", birth_year=1999)
    booked(counter, "Odile", "Paul")
    assert find_appointments(agent, "odile martin") == [mine, younger]
    assert find_appointments(agent, "martin 1968") == [mine]
    assert find_appointments(agent, "1999") == [younger]
    assert find_appointments(agent, "martin 1970") == []


@pytest.mark.parametrize("said", ["06 12 34 56 78", "0612345678", "+33 6 12 34 56 78", "0033612345678", "34-56-78",
                                  "+33 (0)6 12 34 56 78", "5678"])  # fmt: skip
def test_digits_of_a_telephone(counter: Counter, agent: StaffMember, said: str) -> None:
    wanted = booked(counter, phone="+33612345678")
    booked(counter, phone="+33699999999")
    assert find_appointments(agent, said) == [wanted]


def test_part_of_an_address_of_a_reference_and_of_a_number(counter: Counter, agent: StaffMember) -> None:
    wanted = booked(counter, email="Odile.Fictive@mail.example", pre_application_number="B123456789")
    Appointment.objects.filter(pk=wanted.pk).update(reference="K7MX-92QD")
    booked(counter, email="autre@mail.example")
    for said in ("fictive@mail", "odile.fictive@mail.example", "K7MX", "mx92", "k7mx-92qd", "K7MX 92QD", "B123456789",
                 "b12345", "Référence K7MX-92QD", "réf. : k7mx‑92qd (Odile)"):  # fmt: skip
        assert find_appointments(agent, said) == [wanted], said


@pytest.mark.parametrize("said", ["", " ", "’", "\u200b", "%", "_", "0", "+", "@", "-- --"])
def test_what_says_nothing_finds_nobody(counter: Counter, agent: StaffMember, said: str) -> None:
    booked(counter, email="odile@mail.example", phone="+33612345678")
    assert find_appointments(agent, said) == []


def test_those_to_come_first_then_the_past_until_they_are_forgotten(counter: Counter, agent: StaffMember) -> None:
    coming, later = booked(counter, "Martin"), booked(counter, "Martin", days=9)
    old, older = booked(counter, "Martin", days=-5), booked(counter, "Martin", days=-200)
    assert find_appointments(agent, "martin") == [coming, later, old, older]
    purge()
    assert find_appointments(agent, "martin") == [coming, later, old]


def test_nobody_finds_people_of_elsewhere(counter: Counter) -> None:
    booked(counter, "Introuvable", email="odile@mail.example", phone="+33612345678")
    stranger = people.agent_of(FacilityFactory.create())
    for said in ("introuvable", "odile@mail", "0612345678", Appointment.objects.get().reference):
        assert find_appointments(stranger, said) == []


def test_the_history_of_a_person(client: Client, counter: Counter, agent: StaffMember) -> None:
    """Same contact, or same name and birth year; never who merely has the same name, nor what lies elsewhere."""
    mine = booked(counter, "Müller", birth_year=1968, email="odile@mail.example")
    same_contact = booked(counter, "Autre", email="ODILE@mail.example", days=-20)
    same_person = booked(counter, "Mueller", birth_year=1968, days=-9)
    booked(counter, "Müller", birth_year=1970)
    booked(counter, "Müller")
    booked(CounterFactory.create(), "Müller", birth_year=1968)
    assert history_of(agent, mine) == [mine, same_person, same_contact]
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("counter:find"), {"personne": str(mine.pk)}).content.decode()
    assert same_person.reference in page and same_contact.reference in page
    assert set(ReadTrace.objects.values_list("subject_id", flat=True)) == {mine.pk, same_person.pk, same_contact.pk}
    elsewhere = Appointment.objects.exclude(facility=counter.facility).get()
    for asked in (str(elsewhere.pk), "pas-un-uuid"):
        assert client.get(reverse("counter:find"), {"personne": asked}).status_code == 404


def test_a_search_costs_the_same_however_many_it_finds(
    counter: Counter, agent: StaffMember, django_assert_num_queries: Any
) -> None:
    agent.current_roles()
    for _number in range(3):
        booked(counter, "Martin", birth_year=1968)
        with django_assert_num_queries(4):
            find_appointments(agent, "martin 1968")


def test_the_box_stands_in_the_head_of_every_staff_page(client: Client, agent: StaffMember, counter: Counter) -> None:
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in (reverse("staff:home"), reverse("counter:board", args=[counter.facility_id])):
        page = client.get(address).content.decode()
        assert page.count('id="trouver"') == 1 and 'aria-keyshortcuts="/"' in page
    nobody = StaffMemberFactory.create()
    client.force_login(nobody, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'id="trouver"' not in client.get(reverse("staff:home")).content.decode()
