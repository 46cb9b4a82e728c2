"""Whatever table somebody writes, and however, the trace says who it was."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from municipalities import audit
from municipalities.audit_queries import traced_models
from municipalities.models import AuditEntry, Facility, Municipality, StaffMember
from tests import people
from tests.factories import EnrolmentFactory, LaneUseFactory, SessionFactory, StaffRoleFactory
from tests.rights.walk import signed_in
from tests.rights.world import make_full_world

pytestmark = pytest.mark.django_db


class _GoBack(Exception):
    pass


def _nobody_is_named(by: StaffMember) -> list[str]:
    """Traced tables whose row, written by somebody, is traced as nobody's doing, or is not there to be written."""
    guilty = []
    for table in traced_models():
        try:
            # The row comes back: what hangs on it is none of this test's business.
            with transaction.atomic(), connection.cursor() as cursor:
                _let_it_be_deleted(cursor, table)
                before = AuditEntry.objects.count()
                with audit.actor(staff_id=by.pk, channel="agents"):
                    cursor.execute(f'DELETE FROM "{table}"')
                written = AuditEntry.objects.filter(table=table).order_by("-pk")[: AuditEntry.objects.count() - before]
                if {row.staff_id for row in written} != {by.pk}:
                    guilty.append(table)
                raise _GoBack
        except _GoBack:
            continue
    return guilty


def _let_it_be_deleted(cursor: Any, table: str) -> None:
    """What is written once, or pointed at refuses to go; here it goes, and comes back."""
    cursor.execute(
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE confrelid = %s::regclass AND contype = 'f' AND NOT condeferrable",
        [table],
    )
    for (pointing,) in cursor.fetchall():
        cursor.execute(f"DELETE FROM {pointing}")
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND starts_with(tgname, 'guichet_frozen')", [table]
    )
    for (stays,) in cursor.fetchall():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER {stays}')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def somebody() -> StaffMember:
    """With a row of every traced table beside them: a table that is missing there fails as one that names nobody."""
    world = make_full_world()
    # What follows from a series or from a group is told there; these two stand by themselves.
    LaneUseFactory.create(lane=world.lane)
    SessionFactory.create(group=world.session.group, planned_on=None)
    # One that has ended is forgotten in time, which nobody does; one that lasts is told.
    EnrolmentFactory.create(group=world.session.group, number=2)
    return world.manager


def test_somebody_is_named_for_every_traced_table(somebody: StaffMember) -> None:
    guilty = _nobody_is_named(somebody)
    assert guilty == [], " ".join(guilty)


def test_a_list_of_prefixes_would_forget_tables(somebody: StaffMember, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this test is for: telling by the names of apps leaves out those nobody thought of."""
    as_written = audit._Telling.__call__

    def by_prefix(self: Any, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        known = audit.SETTING in sql or '"municipalities_' in sql or '"appointments_' in sql or '"feeds_' in sql
        return as_written(self, execute, sql, *rest) if known else execute(sql, *rest)

    monkeypatch.setattr(audit._Telling, "__call__", by_prefix)
    forgotten = {
        table for table in traced_models() if not table.startswith(("municipalities_", "appointments_", "feeds_"))
    }
    assert {"mfa_authenticator", "notifications_reminderpolicy", "payments_charge", "second_visit"} <= forgotten
    assert set(_nobody_is_named(somebody)) == forgotten


def test_a_reminder_policy_added_in_the_administration_has_an_author(rixheim_town_hall: Facility) -> None:
    root = people.superuser()
    data = {
        "facility": rixheim_town_hall.pk,
        "mail_days": "3",
        "mail_time": "09:00",
        "sms_days": 1,
        "sms_time": "10:00",
    }
    answer = signed_in(root).post(reverse("admin:notifications_reminderpolicy_add"), data)
    assert answer.status_code == 302
    change = AuditEntry.objects.get(
        table="notifications_reminderpolicy", verb="I", after__facility_id=rixheim_town_hall.pk
    )
    assert (change.staff_id, change.channel) == (root.pk, "admin")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE municipalities_municipality SET population = 7",
        'update "municipalities_municipality" set population = 7',
        "WITH all_of_them AS (SELECT id FROM municipalities_municipality)"
        " UPDATE municipalities_municipality m SET population = 7 FROM all_of_them a WHERE a.id = m.id",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_however_it_is_written(rixheim: Municipality, statement: str) -> None:
    manager = people.manager_of_municipality(rixheim)
    with audit.actor(staff_id=manager.pk), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.order_by("-pk")[0].staff_id == manager.pk


@pytest.mark.django_db(transaction=True)
def test_it_is_told_once_in_a_transaction_and_again_in_the_next(
    rixheim: Municipality, django_assert_num_queries: Any
) -> None:
    manager = people.manager_of_municipality(rixheim)
    towns = Municipality.objects.all()
    with audit.actor(staff_id=manager.pk):
        with django_assert_num_queries(6), transaction.atomic():  # BEGIN, who acts, three writes, COMMIT
            for number in range(3):
                towns.update(population=number)
        towns.update(population=10)
    assert {row.staff_id for row in AuditEntry.objects.filter(after__has_key="population", verb="U")} == {manager.pk}


def test_going_back_to_a_savepoint_takes_nobodys_name_away(rixheim: Municipality) -> None:
    manager, other = people.manager_of_municipality(rixheim), StaffRoleFactory.create().staff
    towns = Municipality.objects.all()
    with audit.actor(staff_id=manager.pk), transaction.atomic():
        with pytest.raises(_GoBack), transaction.atomic(), audit.actor(staff_id=other.pk):
            towns.update(population=1)
            raise _GoBack
        towns.update(population=2)
        with audit.actor(staff_id=other.pk):
            towns.update(population=3)
        towns.update(population=4)
    written = AuditEntry.objects.filter(after__has_key="population", verb="U").order_by("pk")
    assert [(row.after["population"], row.staff_id) for row in written] == [
        (2, manager.pk),
        (3, other.pk),
        (4, manager.pk),
    ]


def test_reading_tells_nothing(rixheim: Municipality, django_assert_num_queries: Any) -> None:
    with audit.actor(staff_id=1), django_assert_num_queries(1):
        assert list(Municipality.objects.all())
