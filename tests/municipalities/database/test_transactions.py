"""Who acts in a patient transaction, and that it waits for a lock but not for ever."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from municipalities import audit
from municipalities.database import transactions
from municipalities.database.transactions import Busy, patient_transaction
from municipalities.models import Municipality
from municipalities.models.audit import AuditEntry
from tests import people


def traced(municipality: Municipality) -> list[tuple[int | None, str, str]]:
    changes = AuditEntry.objects.filter(table="municipalities_municipality", verb="U", object_id=str(municipality.pk))
    return [(row.staff_id, row.channel, row.request) for row in changes.order_by("pk")]


def rename(municipality: Municipality, name: str) -> None:
    Municipality.objects.filter(pk=municipality.pk).update(name=name)


@pytest.mark.django_db
class TestWhoActs:
    def test_the_one_it_is_told_of(self, rixheim: Municipality) -> None:
        manager = people.manager_of_municipality(rixheim)
        with patient_transaction(by=manager):
            rename(rixheim, "Rixe")
        assert traced(rixheim) == [(manager.pk, "", "")]

    def test_else_the_one_of_the_request(self, rixheim: Municipality) -> None:
        manager = people.manager_of_municipality(rixheim)
        with audit.actor(staff_id=manager.pk, channel="agents", request_id="r-1"), patient_transaction():
            rename(rixheim, "Rixe")
        assert traced(rixheim) == [(manager.pk, "agents", "r-1")]

    def test_what_it_is_not_told_stays_as_the_request_says(self, rixheim: Municipality) -> None:
        manager = people.manager_of_municipality(rixheim)
        with audit.actor(channel="agents", request_id="r-1"), patient_transaction(by=manager):
            rename(rixheim, "Rixe")
        assert traced(rixheim) == [(manager.pk, "agents", "r-1")]

    def test_around_it_somebody_else_goes_on(self, rixheim: Municipality) -> None:
        manager, colleague = people.manager_of_municipality(rixheim), people.manager_of_municipality(rixheim)
        with patient_transaction(by=manager):
            with patient_transaction(by=colleague):
                rename(rixheim, "Rixe")
            rename(rixheim, "Rixle")
        assert [who for who, _channel, _request in traced(rixheim)] == [colleague.pk, manager.pk]


@pytest.fixture
def held_elsewhere(rixheim: Municipality) -> Iterator[None]:
    """Somebody holds the row of Rixheim, and does not let go."""
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with patient_transaction():
            rename(rixheim, "Rixe")
            holds.set()
            may_end.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert holds.wait(20)
    yield
    may_end.set()
    other.join()


@pytest.mark.true_clock
@pytest.mark.django_db(transaction=True)
def test_a_lock_is_not_waited_for_for_ever(
    rixheim: Municipality, held_elsewhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = transactions.PATIENTLY_SQL.replace(str(transactions.LOCK_TIMEOUT_MS), "50")
    monkeypatch.setattr(transactions, "PATIENTLY_SQL", soon)
    with pytest.raises(Busy), patient_transaction():
        rename(rixheim, "Rixle")
