"""The minute tried out beforehand: invented families in a copy of the tables, and nothing of them afterwards."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from booking.activities.models import Enrolment, Group, Opening, Ticket
from booking.activities.opening.rehearsal import SCHEMA, rehearse
from booking.activities.opening.tickets import take
from booking.residents.models import Household, Member
from tests.factories.enrolments import family

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rehearsal_sells_what_there_is_and_leaves_nothing_behind(opening: Opening, group: Group) -> None:
    waiting = take(opening=opening, household=family().household).ticket
    Group.objects.filter(pk=group.pk).update(capacity=5)
    before = [model.objects.count() for model in (Household, Member, Opening, Ticket, Enrolment)]
    report = rehearse(opening, 8, within=0.5, every=0.2)
    assert (report.sold, report.told_full, report.wrongly_full, report.oversold, report.given_up) == (5, 3, 0, 0, 0)
    assert len(report.tickets) == 8 and report.polls
    # Those who really wait are where they were, and nobody is let in.
    assert [model.objects.count() for model in (Household, Member, Opening, Ticket, Enrolment)] == before
    waiting.refresh_from_db()
    opening.refresh_from_db()
    assert waiting.rank is None and opening.drawn_at is None and opening.opens_at > timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s), current_schema()", [SCHEMA])
        assert cursor.fetchone() == (None, "public")


def test_the_command_says_what_the_machine_bears(opening: Opening) -> None:
    said = StringIO()
    call_command("opening", rehearse=3, within=0.1, every=0.1, stdout=said)
    assert "3 places retenues, 0 groupes survendus" in said.getvalue() and "OPENING_RATE au plus" in said.getvalue()
    Opening.objects.all().delete()
    with pytest.raises(CommandError, match="Aucune ouverture"):
        call_command("opening", rehearse=3, stdout=said)
