"""Rows are locked by their keys alone; a check on every statement of every test refuses anything else."""

import pytest
from django.db import connection, transaction

from municipalities.models import Facility

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("no_key", [False, True])
def test_a_locking_query_with_joins_is_refused(no_key: bool) -> None:
    joined = Facility.objects.select_related("municipality").select_for_update(of=("self",), no_key=no_key)
    with pytest.raises(AssertionError, match="locks with joins"), transaction.atomic():
        list(joined)


@pytest.mark.locks_with_joins
def test_nothing_but_the_check_would_refuse_it() -> None:
    assert list(Facility.objects.select_related("municipality").select_for_update(of=("self",))) == []


def test_by_key_alone_and_past_what_is_locked_is_allowed() -> None:
    assert list(Facility.objects.select_for_update()) == []
    assert list(Facility.objects.select_related("municipality").select_for_update(of=("self",), skip_locked=True)) == []


def test_a_statement_written_by_hand_is_looked_at_too() -> None:
    with pytest.raises(AssertionError, match="locks with joins"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.id FROM municipalities_facility f JOIN municipalities_municipality m ON m.id = f.municipality_id"
            " FOR UPDATE OF f"
        )
