"""What is remembered is never older than the database, whoever has written, and belongs to everybody alike."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.appointments.documents import queries as documents
from booking.appointments.models import RequiredDocument
from booking.appointments.search import choices
from municipalities import directory
from municipalities.database.cached import cached_until_changed, current_version, one_version
from municipalities.middleware import municipality_middleware
from municipalities.models import Facility, Municipality
from notifications.queries import _policies
from tests.factories import AppointmentTypeFactory, FeeFactory, ReminderPolicyFactory, RequiredDocumentFactory
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory

READINGS: list[cached_until_changed[Any]] = [
    directory.municipalities,
    directory.members,
    directory.facilities,
    choices.appointment_types,
    documents.all_papers,
    _policies,
]


def page(client: Client, path: str = "/communes/rixheim/") -> str:
    return client.get(path).content.decode()


@pytest.fixture
def elsewhere() -> Iterator[psycopg.Connection[Any]]:
    """Another process, as the database sees it; each statement is a transaction of its own."""
    params = connection.get_connection_params()
    kept = {name: value for name, value in params.items() if name not in ("cursor_factory", "context")}
    with psycopg.connect(**kept, autocommit=True) as other:
        yield other


def name_on(html: str) -> str:
    found = re.search(r'gc-brand__name">([^<]+)<', html)
    assert found
    return found[1]


RENAME = "UPDATE municipalities_municipality SET name = 'Rixe' WHERE slug = 'rixheim'"


@pytest.mark.django_db(transaction=True)
class TestTwoProcesses:
    def test_what_another_process_has_changed_shows_at_the_next_page(
        self, client: Client, rixheim: Municipality, elsewhere: psycopg.Connection[Any]
    ) -> None:
        assert name_on(page(client)) == "Rixheim"
        elsewhere.execute(RENAME)
        assert name_on(page(client)) == "Rixe"
        elsewhere.execute("DELETE FROM municipalities_municipality")
        assert client.get("/communes/rixheim/").status_code == 404

    def test_without_its_trigger_it_would_not(
        self, client: Client, rixheim: Municipality, elsewhere: psycopg.Connection[Any]
    ) -> None:
        page(client)
        try:
            elsewhere.execute("ALTER TABLE municipalities_municipality DISABLE TRIGGER guichet_new_edition")
            elsewhere.execute(RENAME)
            assert name_on(page(client)) == "Rixheim"
        finally:
            elsewhere.execute("ALTER TABLE municipalities_municipality ENABLE TRIGGER guichet_new_edition")

    def test_what_is_not_committed_does_not_show(
        self, client: Client, rixheim: Municipality, elsewhere: psycopg.Connection[Any]
    ) -> None:
        page(client)
        with elsewhere.transaction(force_rollback=True):
            elsewhere.execute(RENAME)
            assert name_on(page(client)) == "Rixheim"
        assert name_on(page(client)) == "Rixheim"

    def test_an_emptied_table_is_noticed_too(self, elsewhere: psycopg.Connection[Any]) -> None:
        before = current_version()
        elsewhere.execute("TRUNCATE appointments_fee CASCADE")
        assert current_version() != before

    def test_nor_does_what_was_seen_in_a_transaction_that_came_to_nothing(self, rixheim: Municipality) -> None:
        with transaction.atomic():
            Municipality.objects.update(name="Rixe")
            assert directory.members()["rixheim"].name == "Rixe"
            transaction.set_rollback(True)
        assert directory.members()["rixheim"].name == "Rixheim"


@pytest.mark.django_db
class TestWatched:
    @pytest.fixture(autouse=True)
    def something(self) -> None:
        FacilityFactory.create()
        kind = AppointmentTypeFactory.create()
        RequiredDocumentFactory.create(types=[kind])
        FeeFactory.create(types=[kind])
        ReminderPolicyFactory.create()

    @pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.read.__name__)
    def test_only_watched_tables_are_remembered(self, reading: cached_until_changed[Any]) -> None:
        with CaptureQueriesContext(connection) as queries:
            assert reading.read()
        tables = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', " ".join(query["sql"] for query in queries)))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgrelid::regclass::text FROM pg_trigger"
                " WHERE tgname = 'guichet_new_edition' AND tgenabled = 'O'"
            )
            watched = {row[0] for row in cursor.fetchall()}
        assert tables <= watched

    @pytest.mark.parametrize(
        "write",
        [
            lambda: MunicipalityFactory.create(),
            lambda: Facility.objects.update(name="Mairie"),
            lambda: RequiredDocument.objects.get().types.clear(),
            lambda: RequiredDocument.objects.all().delete(),
        ],
    )
    def test_every_write_makes_a_version_of_its_own(self, write: Callable[[], Any]) -> None:
        before = current_version()
        write()
        assert current_version() != before


@pytest.mark.django_db
class TestSharing:
    def test_one_question_for_a_whole_request_and_one_reading_for_all(
        self, rixheim_town_hall: Facility, django_assert_num_queries: Any
    ) -> None:
        places = directory.facilities()
        with django_assert_num_queries(1), one_version():
            assert directory.facilities() is places
            assert directory.municipalities()[rixheim_town_hall.municipality_id].name == "Rixheim"

    def test_an_agent_sees_at_once_what_the_same_request_has_written(
        self, rf: Any, rixheim_town_hall: Facility, settings: Any
    ) -> None:
        def rename(_request: Any) -> Any:
            before = directory.members()["rixheim"].name
            Municipality.objects.update(name="Rixe")
            return before, directory.members()["rixheim"].name

        request = rf.get("/")
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "somebody"
        assert municipality_middleware(rename)(request) == ("Rixheim", "Rixe")

    def test_each_language_gets_its_own_words_from_the_same_memory(self, client: Client) -> None:
        AppointmentTypeFactory.create(name={"fr": "Carte d’identité", "de": "Personalausweis"})
        for _again in range(2):
            assert "Carte d’identité" in page(client, "/rendez-vous/")
            german = page(client, "/de/rendez-vous/")
            assert "Personalausweis" in german
            assert "Carte d’identité" not in german

    def test_a_facility_newer_than_its_version_waits_for_the_next(self, rixheim_town_hall: Facility) -> None:
        with one_version():
            directory.municipalities()
            newcomer = FacilityFactory.create()
            assert newcomer.pk not in directory.facilities()
        assert newcomer.pk in directory.facilities()

    def test_walking_the_pages_changes_nothing_of_what_is_shared(
        self, client: Client, rixheim_town_hall: Facility
    ) -> None:
        AppointmentTypeFactory.create()
        before = [dict(vars(town)) for town in directory.municipalities().values()]
        for path in ("/", "/communes/", "/communes/rixheim/", "/rendez-vous/", "/communes/rixheim/rendez-vous/"):
            page(client, path)
        assert [dict(vars(town)) for town in directory.municipalities().values()] == before
