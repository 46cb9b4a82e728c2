"""The page on which a family waits: a ticket, a rank, what is left, and nothing to be quick at."""

from datetime import datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.activities.models import Audience, Enrolment, Group, Mark, Opening, Ticket, Window
from booking.activities.opening import admission, keeping
from booking.activities.opening.messages import gather as facts_of
from booking.activities.opening.messages import render
from booking.activities.opening.tickets import take
from booking.activities.seasons.calls import SOON, TURN
from booking.activities.seasons.openings import announce
from booking.residents.models import Guardian
from notifications.kinds import Mail, Text
from notifications.models import Message
from tests.factories import HouseholdFactory, HouseholdSessionFactory
from tests.factories.enrolments import EnrolmentFactory, child_of, course, family

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent() -> Guardian:
    return family()


@pytest.fixture
def client(parent: Guardian) -> Client:
    HouseholdSessionFactory.create(guardian=parent, token="jeton")
    found = Client()
    found.cookies["gc_famille"] = "jeton"
    return found


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def choose(client: Client, group: Group, parent: Guardian) -> Any:
    address = reverse("enrol:choose", args=[group.pk])
    return client.post(address, {"pour": str(child_of(parent.household).pk)}, follow=True)


def test_a_ticket_is_taken_before_the_minute_and_once(client: Client, parent: Guardian, opening: Opening) -> None:
    page = text(client.get(reverse("enrol:openings")))
    assert "Prendre un ticket" in page and "École de natation" in page
    address = reverse("enrol:take_ticket", args=[opening.pk])
    taken = text(client.post(address, follow=True))
    assert "Votre ticket est pris" in taken and opening.seed_hash in taken and opening.seed not in taken
    assert "sera tiré au sort" in taken and "Actualiser" in taken
    assert "déjà son ticket" in text(client.post(address, follow=True))
    assert Ticket.objects.count() == 1 and Message.objects.get(kind=SOON).recipient == parent.email
    # Where one waits at one opening only, there is nothing to choose.
    assert (
        client.get(reverse("enrol:openings")).headers["Location"].endswith(reverse("enrol:opening", args=[opening.pk]))
    )


def test_a_family_that_waits_for_one_opening_takes_a_ticket_for_another(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime
) -> None:
    later = course(group.basin, hour=18, opens_at=minute + timedelta(days=2), season=group.activity.season)
    announce(later.activity.season)
    other = Opening.objects.exclude(pk=opening.pk).get()
    client.post(reverse("enrol:take_ticket", args=[opening.pk]))
    assert reverse("enrol:openings") in text(client.get(reverse("family:home")))
    page = text(client.get(reverse("enrol:openings")))
    assert reverse("enrol:opening", args=[opening.pk]) in page and reverse("enrol:opening", args=[other.pk]) in page


def test_one_session_of_it_is_taken_in_turn_too(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime, settings: Any
) -> None:
    """Who is late to a quiet opening waits for nobody; who is early in a crowd is sent to where one waits."""
    single = course(group.basin, tariff_code="velo", days=3, hour=10, opens_at=minute, season=group.activity.season)
    address = reverse("enrol:take_single", args=[single.sessions.order_by("starts_at")[0].pk])
    whose = {"pour": str(child_of(parent.household).pk)}
    settings.OPENING_RATE = 1
    with time_machine.travel(minute, tick=False):
        for _other in range(3):
            take(opening=opening, household=HouseholdFactory.create())
        waits = text(client.post(address, whose, follow=True))
        assert "Ce n’est pas encore votre tour" in waits and "2 familles passent avant vous" in waits
    with time_machine.travel(minute + timedelta(minutes=2), tick=False):
        assert "La place est retenue vingt minutes" in text(client.post(address, whose, follow=True))
    assert Enrolment.objects.get().session is not None


def test_from_the_queue_to_the_basket(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime, settings: Any
) -> None:
    settings.OPENING_RATE = 1
    for _other in range(3):
        take(opening=opening, household=HouseholdFactory.create())
    with time_machine.travel(minute, tick=False):
        admission.look(opening.pk)
        waits = text(choose(client, group, parent))
        assert "Ce n’est pas encore votre tour" in waits and "2 familles passent avant vous" in waits
        # What was chosen is kept in sight, the seed is published, the hash stays.
        opening.refresh_from_db()
        assert "50 places libres" in waits and opening.seed in waits and opening.seed_hash in waits
        assert Mark.objects.get().group == group and not Enrolment.objects.exists()
    with time_machine.travel(minute + timedelta(seconds=1), tick=False):
        assert "1 famille passe avant vous" in text(client.get(reverse("enrol:opening", args=[opening.pk])))
    with time_machine.travel(minute + timedelta(seconds=3), tick=False):
        assert "C’est votre tour" in text(client.get(reverse("enrol:opening", args=[opening.pk])))
        assert "retenue vingt minutes" in text(choose(client, group, parent))


def test_a_poll_reads_the_ticket_alone(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime, settings: Any
) -> None:
    settings.OPENING_RATE = 1
    client.post(reverse("enrol:mark", args=[group.pk]))
    client.post(reverse("enrol:take_ticket", args=[opening.pk]))
    take(opening=opening, household=HouseholdFactory.create())
    page = client.get(reverse("enrol:opening", args=[opening.pk]))
    stranger, address = Client(), reverse("enrol:opening_poll")
    with time_machine.travel(minute, tick=False):
        first = stranger.get(address, {"ticket": page.context["token"]}).json()
        assert first["left"] == {str(group.pk): "50 places libres"} and first["ticket"]
        with CaptureQueriesContext(connection) as asked:
            again = stranger.get(address, {"ticket": first["ticket"]}).json()
        assert not asked.captured_queries and again["sentence"] == first["sentence"]
        assert stranger.get(address, {"ticket": "forged"}).json()["over"]


def test_whoever_comes_late_and_alone_does_not_notice_the_queue(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime
) -> None:
    with time_machine.travel(minute + timedelta(hours=1)):
        assert "retenue vingt minutes" in text(choose(client, group, parent))
    assert Ticket.objects.get().rank == 1


def test_an_opening_that_moved_or_is_no_more_says_so(
    client: Client, parent: Guardian, opening: Opening, group: Group, minute: datetime
) -> None:
    client.post(reverse("enrol:take_ticket", args=[opening.pk]))
    address = reverse("enrol:opening", args=[opening.pk])
    reminder = Message.objects.get(kind=SOON)
    assert render(reminder, facts_of([reminder])[reminder.pk]) is not None
    Window.objects.all().delete()
    assert "n’a plus lieu à cette heure" in text(client.get(address))
    # Nobody is called to what opens nothing.
    assert render(reminder, facts_of([reminder])[reminder.pk]) is None
    other = Opening.objects.create(
        season=opening.season, opens_at=minute + timedelta(days=1), seed=opening.seed, seed_hash=opening.seed_hash
    )
    Opening.objects.filter(pk=opening.pk).update(moved_to=other)
    assert "vous a suivi" in text(client.get(address, follow=True))


def test_the_call_says_how_it_stands_in_three_languages(
    parent: Guardian, opening: Opening, minute: datetime, settings: Any
) -> None:
    settings.OPENING_RATE = 1
    parent.phone = "+33612345678"
    parent.save()
    take(opening=opening, household=parent.household, wants_sms=True)
    with time_machine.travel(minute, tick=False):
        admission.look(opening.pk)
        called = list(Message.objects.filter(kind=TURN))
        for language in ("fr", "de", "en"):
            for one in called:
                one.language = language
                said = render(one, facts_of([one])[one.pk])
                assert isinstance(said, (Mail, Text)) and "/piscines/ouvertures/" in said.text
    soon = Message.objects.get(kind=SOON, channel="mail")
    letter = render(soon, facts_of([soon])[soon.pk])
    assert isinstance(letter, Mail) and "ouvrent" in letter.subject and "tirage" in letter.html


def test_what_was_chosen_at_another_opening_keeps_nobody_from_their_call(
    opening: Opening, group: Group, minute: datetime, settings: Any
) -> None:
    """Calls of two openings of a season are written together."""
    settings.OPENING_RATE = 1
    later = course(group.basin, activity=group.activity, hour=18, open_to=None)
    Window.objects.create(activity=later.activity, audience=Audience.RESIDENTS, opens_at=minute - timedelta(hours=2))
    announce(opening.season)
    first = Opening.objects.exclude(pk=opening.pk).get()
    early, both = family(), family()
    take(opening=first, household=early.household)
    take(opening=opening, household=both.household)
    EnrolmentFactory.create(
        basket__household=both.household, group=later, created_at=minute - timedelta(hours=1), held_until=minute
    )
    with time_machine.travel(minute, tick=False):
        for one in (first, opening):
            admission.look(one.pk)
        called = list(Message.objects.filter(kind=TURN))
        facts = facts_of(called)
        assert {one.recipient for one in called if render(one, facts[one.pk])} == {early.email, both.email}


def test_the_draw_is_verified_by_the_command_and_by_anybody(client: Client, opening: Opening, minute: datetime) -> None:
    for _family in range(3):
        take(opening=opening, household=HouseholdFactory.create())
    said = StringIO()
    with pytest.raises(CommandError, match="pas encore tirés"):
        call_command("opening", verify=opening.pk, stdout=said)
    assert opening.seed not in said.getvalue()
    assert Client().get(reverse("enrol:lots", args=[opening.pk])).status_code == 404
    admission.look(opening.pk, now=minute)
    call_command("opening", verify=opening.pk, stdout=said)
    assert "chaque rang est le même" in said.getvalue() and "3 tickets tirés" in said.getvalue()
    rows = Client().get(reverse("enrol:lots", args=[opening.pk])).content.decode("utf-8-sig").splitlines()
    assert rows[0] == "rang;ticket" and len(rows) == 4
    # Whose they were is forgotten, and the draw is counted again all the same.
    keeping.purge(minute + timedelta(days=61), dry_run=False)
    assert not Ticket.objects.filter(household__isnull=False).exists()
    call_command("opening", verify=opening.pk, stdout=said)
    Ticket.objects.filter(rank=2).delete()
    with pytest.raises(CommandError, match="ne sont plus là"):
        call_command("opening", verify=opening.pk, stdout=said)
