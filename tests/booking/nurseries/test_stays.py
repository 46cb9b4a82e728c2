"""A child who was admitted: its operator reports entry, real week and exit, and every count has it once."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers import next_in_line, offers, stays
from booking.nurseries.answers.exceptions import NotAdmitted, NotYourNursery, NumberIsTaken
from booking.nurseries.documents.papers import add_document
from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages.requests import CONFIRM, REQUEST, owe_confirmations, render
from booking.nurseries.messages.requests import gather as gather_messages
from booking.nurseries.models import Nursery, NurseryApplication, NurseryOffer, PresentChild, Stay
from booking.nurseries.models.offers import OfferState
from booking.nurseries.points.queries import rules_on
from booking.nurseries.requests.retention import ADMITTED, due_applications
from booking.nurseries.requests.upkeep import come_back, sweep, withdraw_request
from booking.nurseries.rounds.gathering import gather
from booking.nurseries.supply import children, reading
from municipalities.models import AuditEntry
from municipalities.retention import months_before
from notifications.models import Message
from tests import people
from tests.booking.nurseries.commission import MONDAY, TUESDAY, Commission, make_commission, published
from tests.booking.nurseries.hostile import pdf
from tests.booking.nurseries.test_answers import by_link, offer_of, to_family
from tests.factories import ApplicationChildFactory, CareNeedFactory, PresentChildFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """One place at La Ronde, two at Les Lutins; Charlie waits for the place of Alpha."""
    made = make_commission()
    made.ask(made.ronde, points=50, name="Alpha")
    made.ask(made.ronde, made.lutins, points=40, name="Bravo")
    made.ask(made.ronde, points=30, name="Charlie")
    return made


def accepted(commission: Commission, nth: int, *, waits: bool = False) -> NurseryOffer:
    offer = to_family(commission.asked[nth])
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=waits)
    offer.refresh_from_db()
    return offer


def entered(offer: NurseryOffer, number: str = "E1", **said: Any) -> Stay:
    said = {"half_days": MONDAY, "entered_on": timezone.localdate()} | said
    return stays.enter(offer=offer, number=number, by=people.nursery_manager(offer.nursery.facility), **said)


def test_an_operator_reports_its_own_children_by_page_and_file_and_no_others(commission: Commission) -> None:
    published(commission)
    offer, other = accepted(commission, 0), accepted(commission, 1)
    mine = signed_in(people.nursery_manager(offer.nursery.facility))
    theirs = signed_in(people.nursery_manager(other.nursery.facility))
    entry = reverse("replies:entry", args=[offer.pk])
    typed = {"number": "E7", "entered_on": timezone.localdate().isoformat(), "half_days": MONDAY + TUESDAY}
    assert theirs.get(entry).status_code == theirs.post(entry, typed).status_code == 404
    wrong = mine.post(entry, typed | {"number": "Nom Alpha !"})
    assert "n’est pas un numéro d’enfant" in wrong.content.decode() and not Stay.objects.exists()
    assert mine.post(entry, typed).status_code == 302
    stay = Stay.objects.get()
    row = PresentChild.objects.get()
    assert (row.number, row.half_days) == ("E7", MONDAY + TUESDAY) and stay.half_days == MONDAY + TUESDAY
    assert AuditEntry.objects.filter(table="nurseries_stay", object_id=str(stay.pk), staff__isnull=False).exists()
    page = reverse("replies:stay", args=[stay.pk])
    leave = reverse("replies:leave", args=[stay.pk])
    last = timezone.localdate() + timedelta(days=70)
    for address in (page, leave):
        assert theirs.post(address, {"half_days": MONDAY, "left_on": last.isoformat()}).status_code == 404
    mine.post(page, {"half_days": TUESDAY, "week_hours": "9,5"})
    row.refresh_from_db()
    assert (row.half_days, str(row.week_hours)) == (TUESDAY, "9.5")
    early = mine.post(leave, {"left_on": "2020-01-01"})
    assert "La sortie suit l’entrée." in early.content.decode()
    mine.post(leave, {"left_on": last.isoformat()})
    row.refresh_from_db()
    assert row.last_month == last.replace(day=1)
    for name, where in (("replies:accepted", mine), ("replies:accepted_file", mine)):
        told = where.get(reverse(name)).content.decode()
        assert "NomAlpha" in told and "NomBravo" not in told
    assert "NomAlpha" not in theirs.get(reverse("replies:accepted_file")).content.decode()
    assert f"{stay.entered_on.isoformat()};E7;mardi;{last.isoformat()}" in told


def test_an_entry_is_of_an_accepted_place_and_a_number_nobody_else_has(commission: Commission) -> None:
    published(commission)
    waiting = offer_of(commission.asked[1])
    with pytest.raises(NotAdmitted):
        entered(waiting)
    offer = accepted(commission, 0)
    PresentChildFactory.create(nursery=offer.nursery, number="E1", half_days=TUESDAY)
    with pytest.raises(NumberIsTaken):
        entered(offer, "E1")
    entered(offer, "E2")
    with pytest.raises(NotAdmitted):
        entered(offer, "E3")
    with pytest.raises(NotYourNursery):
        stays.leave(
            stay=Stay.objects.get(),
            left_on=timezone.localdate(),
            by=people.nursery_manager(waiting.nursery.facility),
        )


def gathered(commission: Commission) -> dict[str, Any]:
    rules = rules_on(timezone.localdate())
    assert rules is not None
    return gather(commission.announced(), "0" * 64, rules, {}, timezone.localdate()).file


def test_who_has_entered_is_counted_once_in_the_next_round(commission: Commission) -> None:
    """Admitted for good: among the present. Waiting for a better wish: by what it holds, and not among the present."""
    published(commission)
    alpha, bravo = commission.asked[:2]
    entered(accepted(commission, 0), "E1")
    entered(accepted(commission, 1, waits=True), "E2")
    file = gathered(commission)
    there = {name: [one["child"] for one in part["present"]] for name, part in file["facilities"].items()}
    assert there == {"La Ronde": ["E1"], "Les Lutins": []}
    assert str(alpha.number) not in file["children"]
    held = file["children"][str(bravo.number)].get("holds") or file["locks"][str(bravo.number)]
    assert held["facility"] == "Les Lutins"


def test_a_request_is_closed_by_its_entry_and_kept_until_years_after_the_exit(commission: Commission) -> None:
    published(commission)
    offer = accepted(commission, 0)
    stay = entered(offer)
    application = NurseryApplication.objects.get(pk=offer.child.application_id)
    assert application.state == ApplicationState.CLOSED
    now = timezone.now()
    long_ago = months_before(ADMITTED.before(now), 24)
    NurseryApplication.objects.filter(pk=application.pk).update(ended_at=long_ago)
    Stay.objects.filter(pk=stay.pk).update(entered_on=long_ago.date())
    assert application not in due_applications(now), "the child is still there"
    Stay.objects.filter(pk=stay.pk).update(left_on=(ADMITTED.before(now) + timedelta(days=2)).date())
    assert application not in due_applications(now)
    Stay.objects.filter(pk=stay.pk).update(left_on=(ADMITTED.before(now) - timedelta(days=2)).date())
    assert application in due_applications(now)


@pytest.mark.parametrize("waits", [False, True])
def test_who_has_come_keeps_its_place_when_the_family_stops_asking(commission: Commission, waits: bool) -> None:
    """For a better wish, or for a sibling."""
    _alpha, bravo = commission.asked[:2]
    ApplicationChildFactory.create(application=bravo.application, rank=2, complete_on=None)
    published(commission)
    offer = accepted(commission, 1, waits=waits)
    stay = entered(offer)
    application = NurseryApplication.objects.get(pk=bravo.application_id)
    withdraw_request(application=application)
    assert offers.give_back_withdrawn() == 0
    offer.refresh_from_db()
    assert (offer.state, offer.freed_at) == (OfferState.ACCEPTED, None), "it waits for nothing better any more"
    now = timezone.now()
    NurseryApplication.objects.filter(pk=application.pk).update(ended_at=months_before(now, 30))
    assert application not in due_applications(now), "the child is still there"
    Stay.objects.filter(pk=stay.pk).update(
        entered_on=months_before(now, 90).date(), left_on=(ADMITTED.before(now) - timedelta(days=2)).date()
    )
    assert application in due_applications(now)


def test_a_family_with_a_place_to_come_is_not_forgotten_before(commission: Commission) -> None:
    """It is not asked any more whether it still looks for one."""
    published(commission)
    application = accepted(commission, 0).child.application
    silent = months_before(timezone.now(), 20)
    NurseryApplication.objects.filter(pk=application.pk).update(confirmed_at=silent)
    assert application not in due_applications(timezone.now())
    assert sweep()["silent"] == 0
    seen = by_link(commission.asked[0], REQUEST).get(reverse("nurseries:request", args=[application.pk]))
    assert "la demande s’éteint" not in seen.content.decode()


def test_a_sibling_who_still_waits_is_asked_for(commission: Commission) -> None:
    alpha = commission.asked[0]
    waiting = ApplicationChildFactory.create(application=alpha.application, rank=2, complete_on=None)
    CareNeedFactory.create(child=waiting)
    published(commission)
    offer = accepted(commission, 0)
    application = NurseryApplication.objects.get(pk=alpha.application_id)
    owe_confirmations(application)
    question = Message.objects.filter(kind=CONFIRM, subject_id=application.pk).earliest("due_at")
    assert render(question, gather_messages([question])[question.pk]) is not None
    NurseryApplication.objects.filter(pk=application.pk).update(confirmed_at=months_before(timezone.now(), 6))
    assert sweep()["silent"] == 1
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED, "the place stays the other one's"
    entered(offer)
    application.refresh_from_db()
    come_back(application=application)
    assert [child.pk for child in application.children.filter(is_live=True)] == [waiting.pk]


def test_papers_nobody_has_seen_go_when_the_request_is_closed(commission: Commission) -> None:
    """They came after the files of the last decision were frozen, and no other decision follows."""
    published(commission)
    offer = accepted(commission, 0)
    document = add_document(application=offer.child.application, kind="address", data=pdf(), name="a.pdf")
    entered(offer)
    document.refresh_from_db()
    assert document.content is None and document.gone_at is not None


def test_a_place_whose_child_has_left_goes_to_the_next(commission: Commission) -> None:
    published(commission)
    offer = accepted(commission, 0)
    day = timezone.localdate() - timedelta(days=1)
    stay = entered(offer, entered_on=day)
    assert next_in_line.pass_on() == 0
    stays.leave(stay=stay, left_on=day, by=people.nursery_manager(offer.nursery.facility))
    offer.refresh_from_db()
    assert offer.state == OfferState.LEFT
    assert next_in_line.pass_on() == 1
    assert offer_of(commission.asked[2]).nursery == commission.ronde


def test_a_place_of_who_leaves_later_is_free_from_the_month_after(commission: Commission) -> None:
    round = published(commission)
    offer = accepted(commission, 0)
    stay = entered(offer)
    second = reading.first_day(reading.horizon(f"{round.first_month:%Y-%m}", 2).months[1])
    stays.leave(stay=stay, left_on=second, by=people.nursery_manager(offer.nursery.facility))
    file = next_in_line.file_of_today(round)
    assert file["children"][str(commission.asked[0].number)]["until"] == f"{second:%Y-%m}"
    assert next_in_line.pass_on() == 0, "nobody who waits begins so late"


def test_an_operators_list_is_its_last_word(commission: Commission) -> None:
    published(commission)
    offer = accepted(commission, 0)
    stay = entered(offer, "E1")
    director = people.nursery_manager(offer.nursery.facility)
    mine = list(reading.with_supply(Nursery.objects.run_by(director)))

    def load(text: str) -> None:
        found = children.load(nurseries=mine, content=text.encode(), by=director)
        assert found.problems == []
        stay.refresh_from_db()

    load("numero;demi_journees\nE1;mardi\n")
    assert stay.half_days == TUESDAY and stay.left_on is None
    load("numero;naissance;demi_journees\nE9;2026-01;lundi\n")
    assert stay.left_on == timezone.localdate()
