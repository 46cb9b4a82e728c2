"""The sports department acts on what the figures propose: two groups merged, their families told; a season copied."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.urls import reverse

from booking.activities.models import Enrolment, Group, Season
from notifications.delivery import deliver_due
from tests import people
from tests.booking.activities.changes.bought import enrolled
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import LaneFactory
from tests.factories.enrolments import course, family, water

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


def two_groups() -> tuple[Group, Group]:
    basin = water("Piscine des Tests")
    few = course(basin, code="vide", days=5, hour=9, capacity=10, weekday=2)
    into = course(basin, code="autre", days=5, hour=16, capacity=10, weekday=2, activity=few.activity)
    for group in (few, into):
        group.lanes.add(LaneFactory.create(basin=basin))
    return few, into


def test_two_groups_are_merged_from_the_proposal_and_the_family_reads_it(visit: Visit) -> None:
    few, into = two_groups()
    home = family()
    enrolled(home.household, few)
    sports = signed_in(visit(WIDE), people.sports_manager(few.activity.season.operator))
    sports.open(reverse("occupancy:proposals"))
    shot(sports, "occupancy-proposals")
    sports.click("link", "Préparer la réunion : vide")
    sports.click("button", "Voir ce que cela donne")
    assert "1 personne change de groupe" in sports.page.locator("main").inner_text()
    assert Enrolment.objects.enrolled().get().group == few
    mail.outbox.clear()
    sports.click("button", "Réunir", exact=True)
    assert "n’en font plus qu’un" in sports.page.locator("main").inner_text()
    assert Enrolment.objects.enrolled().get().group == into
    deliver_due()
    (letter,) = [one for one in mail.outbox if "réuni" in one.subject]
    assert letter.to == [home.email] and "groupe vide est réuni avec le groupe autre" in str(letter.body)


def test_a_season_is_copied_after_a_look(visit: Visit) -> None:
    few, _into = two_groups()
    season = few.activity.season
    sports = signed_in(visit(PHONE), people.sports_manager(season.operator))
    sports.open(reverse("seasons:season", args=[season.pk]))
    sports.click("link", "Copier la saison")
    sports.page.locator("[name=name_fr]").fill("Saison suivante (fictive)")
    sports.page.locator("[name=voir]").click()
    sports.look()
    shot(sports, "season-copied")
    assert not Season.objects.exclude(pk=season.pk).exists()
    sports.page.locator("[name=copier]").click()
    sports.look()
    assert "La saison est copiée" in sports.page.locator("body").inner_text()
    assert Group.objects.exclude(activity__season=season).count() == 2
