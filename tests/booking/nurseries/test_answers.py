"""From the vote to the family's answer: operators first, one offer a child, and the next in line."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers import deadlines, next_in_line, offers, publishing
from booking.nurseries.answers.exceptions import AnsweredAlready, NotYourNursery, OfferIsOver, SayWhy
from booking.nurseries.answers.messages import OFFERED, REMINDED, SUBJECT, WAITING, gather, render
from booking.nurseries.enums import HALF_DAYS
from booking.nurseries.messages.requests import REQUEST
from booking.nurseries.models import (
    Answer,
    ApplicationChild,
    LikelyDouble,
    NurseryApplication,
    NurseryOffer,
    StepAside,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.rounds.exceptions import VoteIsMissing
from booking.nurseries.rounds.publishing import count_again
from booking.residents.actions import mint_link
from municipalities.database.transactions import refused_by
from municipalities.models import Operator, StaffMember
from notifications.kinds import Mail
from notifications.models import Message, MessageState
from tests import people
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.factories import ApplicationChildFactory, NurseryOpeningFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """Three ask for the two places of Les Lutins; the second of them would rather be at La Ronde, which is full."""
    made = make_commission()
    made.ask(made.ronde, points=90, name="Zoulou")
    for points, wishes, name in ((50, (made.lutins,), "Alpha"), (40, (made.ronde, made.lutins), "Bravo")):
        made.ask(*wishes, points=points, name=name)
    made.ask(made.lutins, points=30, name="Charlie")
    return made


def manager_of(offer: NurseryOffer) -> StaffMember:
    return people.nursery_manager(offer.nursery.facility)


def offer_of(child: ApplicationChild, state: str = "") -> NurseryOffer:
    found = NurseryOffer.objects.filter(child=child)
    return found.get(state=state) if state else found.get()


def to_family(child: ApplicationChild) -> NurseryOffer:
    offer = offer_of(child, OfferState.TO_OPERATOR)
    offers.operator_accepts(offer=offer, by=manager_of(offer))
    offer.refresh_from_db()
    return offer


def test_publishing_asks_operators_and_tells_who_has_no_place(commission: Commission) -> None:
    zoe, ana, ben, cem = commission.asked
    Operator.objects.filter(pk=commission.authority.pk).update(email="creches@m2a.example")
    round = published(commission)
    made = {offer.child_id: offer for offer in NurseryOffer.objects.all()}
    assert set(made) == {zoe.pk, ana.pk, ben.pk}
    assert {offer.state for offer in made.values()} == {OfferState.TO_OPERATOR}
    assert (made[ben.pk].rank, made[ana.pk].rank) == (2, 1)
    assert Answer.objects.filter(round=round, gives_a_place=False).get().child == cem
    told = Message.objects.get(kind=WAITING)
    assert told.subject_id == cem.application_id
    assert not Message.objects.filter(kind=OFFERED).exists(), "no family is troubled before its operator agrees"
    letter = render(told, gather([told])[told.pk])
    assert isinstance(letter, Mail)
    assert "L.311-3-1" in letter.text
    assert "Points du dernier admis : 40 ; les vôtres : 30." in spaced(letter.text)
    assert "Aucune demande en attente ne passe avant la vôtre." in letter.text
    assert "creches@m2a.example" in letter.text, "whom to ask"


def test_rehearsing_sends_and_keeps_nothing(commission: Commission) -> None:
    round = commission.frozen()
    found = publishing.rehearse(round)
    assert found.audit.is_right
    assert found.refusal == str(VoteIsMissing())
    assert [(name, len(letters)) for name, letters in found.letters] == [
        ("Place proposée", 3),
        ("Pas de place cette fois", 1),
    ]
    shown = {spaced(one.name): (one.now, one.before) for one in found.figures}
    assert shown["dossiers"] == (4, None) and shown["part des dossiers avec une place (%)"] == (75, None)
    assert not NurseryOffer.objects.exists()
    assert not Message.objects.filter(subject_type=SUBJECT).exists()
    page = signed_in(commission.chair).get(reverse("replies:rehearsal", args=[round.pk]))
    assert page.status_code == 200
    for name in ("Zoulou", "Alpha", "Bravo", "Charlie"):
        assert name not in page.content.decode()


def test_a_rehearsal_compares_with_the_round_before(commission: Commission) -> None:
    published(commission)
    commission.ask(commission.lutins, points=20, name="Delta")
    shown = {spaced(one.name): (one.now, one.before) for one in publishing.rehearse(commission.frozen()).figures}
    assert shown["dossiers"] == (5, 4)
    assert shown["part des dossiers avec une place (%)"] == (60, 75)
    assert shown["part des places au premier vœu (%)"] == (67, 67)


def test_a_rehearsal_shows_the_letters_that_will_leave_alone(commission: Commission) -> None:
    """Who was offered its place before gets no other one."""
    published(commission)
    delta = commission.ask(commission.lutins, points=20, name="Delta")
    again = commission.frozen()
    assert str(delta.number) not in json.loads(again.answer)["seats"]
    assert [len(letters) for _name, letters in publishing.rehearse(again).letters] == [0, 2]


def test_one_open_offer_a_child_by_the_database(commission: Commission) -> None:
    published(commission)
    offer = offer_of(commission.asked[1])
    offer.pk = None
    offer._state.adding = True
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        offer.save(force_insert=True)
    assert refused_by(refused.value, "child_has_one_open_offer")


def test_the_operator_answers_first_and_only_its_own(commission: Commission) -> None:
    published(commission)
    ana, ben = commission.asked[1:3]
    offer = offer_of(ana)
    for staff in (manager_of(offer_of(commission.asked[0])), commission.member, commission.chair):
        with pytest.raises(NotYourNursery):
            offers.operator_accepts(offer=offer, by=staff)
    to_family(ana)
    told, *reminders = Message.objects.filter(subject_id=ana.application_id).order_by("due_at")
    assert (told.kind, {one.kind for one in reminders}) == (OFFERED, {REMINDED})
    assert [(one.due_at - told.due_at).days for one in reminders] == [5, 8]
    letter = render(told, gather([told])[told.pk])
    assert isinstance(letter, Mail) and "L.311-3-1" in letter.text and "Les Lutins" in letter.text
    with pytest.raises(SayWhy):
        offers.operator_declines(offer=offer_of(ben), reason="no", by=manager_of(offer))
    offers.operator_declines(offer=offer_of(ben), reason="staff", by=manager_of(offer))
    assert not Message.objects.filter(subject_id=ben.application_id).exists(), "the family hears nothing"
    with pytest.raises(AnsweredAlready):
        offers.operator_accepts(offer=offer_of(ben), by=manager_of(offer))


def test_a_silent_operator_becomes_a_task_of_the_desk(commission: Commission) -> None:
    published(commission)
    offer = offer_of(commission.asked[1])
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    home = signed_in(commission.chair).get(reverse("staff:home")).content.decode()
    assert "sans réponse du gestionnaire" in home
    assert offers.lapse_due() == 0, "nothing lapses"
    signed_in(commission.chair).post(reverse("replies:accept", args=[offer.pk]))
    offer.refresh_from_db()
    assert offer.state == OfferState.TO_FAMILY


def test_a_chair_who_stepped_aside_answers_for_no_operator_of_that_file(commission: Commission) -> None:
    round = published(commission)
    child = commission.asked[1]
    row = round.children.get(child=child)
    StepAside.objects.create(round=round, child=row, member=commission.chair, function="Élue", at=timezone.now())
    offer = offer_of(child)
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    client = signed_in(commission.chair)
    shown = client.get(reverse("replies:silent")).content.decode()
    assert "Vous vous êtes déporté" in shown and reverse("replies:accept", args=[offer.pk]) not in shown
    assert client.post(reverse("replies:decline", args=[offer.pk]), {"motif": "staff"}).status_code == 404
    offer.refresh_from_db()
    assert offer.state == OfferState.TO_OPERATOR
    offers.operator_accepts(offer=offer, by=manager_of(offer))


def test_what_comes_back_goes_to_the_next_and_what_was_given_stays(commission: Commission) -> None:
    zoe, ana, ben, cem = commission.asked
    published(commission)
    for child in (zoe, ben):
        offers.family_accepts(offer_id=to_family(child).pk, keeps_waiting=False)
    offers.family_declines(offer_id=to_family(ana).pk, reason="moved")
    assert next_in_line.pass_on() == 1
    assert next_in_line.pass_on() == 0, "twice is once"
    assert offer_of(cem).state == OfferState.TO_OPERATOR
    assert NurseryOffer.objects.filter(child=ana).get().state == OfferState.DECLINED, "never asked again there"
    offer = to_family(cem)
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=timezone.now())
    assert offers.lapse_due() == 1
    with pytest.raises(OfferIsOver):
        offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    assert next_in_line.pass_on() == 0
    assert NurseryOffer.objects.standing().count() == 2


def test_who_keeps_waiting_gets_the_better_wish_and_gives_the_place_back(commission: Commission) -> None:
    zoe, ana, ben, cem = commission.asked
    published(commission)
    offers.family_accepts(offer_id=to_family(ana).pk, keeps_waiting=True)
    assert offer_of(ana).state == OfferState.ACCEPTED, "the first wish has no better one"
    offers.family_accepts(offer_id=to_family(ben).pk, keeps_waiting=True)
    held = offer_of(ben)
    assert held.state == OfferState.HELD
    offers.family_declines(offer_id=to_family(zoe).pk, reason="elsewhere")
    assert next_in_line.pass_on() >= 1
    better = offer_of(ben, OfferState.TO_OPERATOR)
    assert better.nursery == commission.ronde
    held.refresh_from_db()
    assert held.state == OfferState.HELD, "kept until the better one is accepted"
    assert not NurseryOffer.objects.filter(child=cem).exists(), "nobody is given what is still held"
    offers.family_accepts(offer_id=to_family(ben).pk, keeps_waiting=False)
    held.refresh_from_db()
    assert held.state == OfferState.GIVEN_UP
    next_in_line.pass_on()
    assert offer_of(cem).nursery == commission.lutins


def test_a_request_that_is_withdrawn_gives_its_place_back(commission: Commission) -> None:
    _zoe, ana, _ben, cem = commission.asked
    published(commission)
    offers.family_accepts(offer_id=to_family(ana).pk, keeps_waiting=False)
    warned = "ou que vous avez acceptée, va à une autre famille"
    for child, has_place in ((ana, True), (cem, False)):
        asked = page(by_link(child, REQUEST), "nurseries:withdraw", child.application_id)
        assert (warned in asked) == has_place
    NurseryApplication.objects.filter(pk=ana.application_id).update(state="withdrawn", ended_at=timezone.now())
    assert offers.give_back_withdrawn() == 1
    assert next_in_line.pass_on() == 1
    assert offer_of(cem).nursery == commission.lutins


def test_a_child_that_is_taken_off_its_request_gives_its_place_back(commission: Commission) -> None:
    """A sibling who stays keeps the request alive."""
    _zoe, ana, _ben, cem = commission.asked
    ApplicationChildFactory.create(application=ana.application, rank=2, complete_on=None)
    published(commission)
    offers.family_accepts(offer_id=to_family(ana).pk, keeps_waiting=False)
    assert offers.give_back_withdrawn() == 0
    ApplicationChild.objects.filter(pk=ana.pk).update(is_live=False)
    assert offers.give_back_withdrawn() == 1
    assert next_in_line.pass_on() == 1
    assert offer_of(cem).nursery == commission.lutins


def test_offers_are_locks_of_the_next_round(commission: Commission) -> None:
    zoe, ana, ben, cem = commission.asked
    published(commission)
    offers.family_accepts(offer_id=to_family(ana).pk, keeps_waiting=False)
    offers.family_accepts(offer_id=to_family(ben).pk, keeps_waiting=True)
    commission.ask(commission.lutins, points=200, name="Delta")
    again = commission.frozen()
    file = json.loads(again.file)
    assert set(file["locks"]) == {str(zoe.number), str(ana.number)}
    assert file["locks"][str(ana.number)]["reason"].startswith("proposition du ")
    assert file["children"][str(ben.number)]["holds"]["facility"] == "Les Lutins"
    seats = json.loads(again.answer)["seats"]
    assert {number: seats[str(number)]["facility"] for number in (ana.number, ben.number)} == {
        ana.number: "Les Lutins",
        ben.number: "Les Lutins",
    }
    assert str(cem.number) not in seats


def test_a_place_that_fits_no_more_stands_and_leaves_nothing_free(commission: Commission) -> None:
    """Of two places one is taken away after both were given: the next round is frozen all the same."""
    zoe, ana, ben, cem = commission.asked
    published(commission)
    offers.family_accepts(offer_id=to_family(ana).pk, keeps_waiting=False)
    offers.family_accepts(offer_id=to_family(ben).pk, keeps_waiting=False)
    opening = commission.lutins.openings.get()
    opening.authorised = dict.fromkeys(opening.authorised, 1)
    opening.save()
    again = commission.frozen()
    file, answer = json.loads(again.file), json.loads(again.answer)
    there = [line["child"] for line in file["facilities"]["Les Lutins"]["present"]]
    assert sorted(there) == sorted([ana.number, ben.number]), "nothing is free beside either of them"
    assert set(file["children"]) == {str(zoe.number), str(cem.number)} and str(cem.number) not in answer["seats"]
    assert count_again(again).is_right
    assert NurseryOffer.objects.standing().count() == 3, "what was given stands"


def by_link(child: ApplicationChild, subject: str = SUBJECT) -> Client:
    client = Client()
    token = mint_link(
        subject_type=subject, subject_id=child.application_id, expires_at=timezone.now() + timedelta(days=1)
    )
    assert client.get(reverse("residents:link", args=[token])).status_code == 302
    return client


def page(client: Client, name: str, *arguments: Any) -> str:
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return spaced(answer.content.decode())


def spaced(text: str) -> str:
    """With the spaces that one types, where French is printed with others."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_family_answers_by_its_link_alone(commission: Commission) -> None:
    _zoe, _ana, ben, cem = commission.asked
    published(commission)
    offer = to_family(ben)
    client = by_link(ben)
    shown = page(client, "nurseries:answers", ben.application_id)
    assert "estimation d’après le barème national" in shown
    assert "Accepter, et attendre encore un meilleur vœu" in shown
    stranger = by_link(cem)
    for who in (Client(), stranger):
        answer = who.post(reverse("nurseries:accept_offer", args=[ben.application_id, offer.pk]))
        assert answer.status_code in (403, 404, 410)
    assert stranger.post(reverse("nurseries:accept_offer", args=[cem.application_id, offer.pk])).status_code in (
        403,
        404,
        410,
    )
    offer.refresh_from_db()
    assert offer.state == OfferState.TO_FAMILY
    client.post(reverse("nurseries:accept_offer", args=[ben.application_id, offer.pk]), {"attendre": "1"})
    offer.refresh_from_db()
    assert offer.state == OfferState.HELD
    assert Message.objects.filter(kind=REMINDED, state=MessageState.WITHDRAWN).count() == 2
    late = client.post(reverse("nurseries:decline_offer", args=[ben.application_id, offer.pk]), {"motif": "days"})
    assert spaced(str(AnsweredAlready())) in spaced(late.content.decode())


def test_who_has_no_place_reads_why_and_how_it_was_decided(commission: Commission) -> None:
    cem = commission.asked[3]
    for name, places in (("Aux Abeilles", 1), ("La Lune", 0)):
        NurseryOpeningFactory.create(
            nursery__authority=commission.authority,
            nursery__facility__name=name,
            authorised=dict.fromkeys(HALF_DAYS, places),
        )
    published(commission)
    client = by_link(cem)
    shown = page(client, "nurseries:answers", cem.application_id)
    assert "Points du dernier admis : 40 ; les vôtres : 30." in shown
    assert "Aux Abeilles" in shown and "La Lune" not in shown, "what is near and free"
    assert "assistante maternelle" in shown and "tribunal administratif" in shown
    how = page(client, "nurseries:how", cem.application_id, cem.number)
    assert "Orientation" in how
    assert "Personne n’est refusé par une machine" in how
    assert client.get(reverse("nurseries:how", args=[cem.application_id, cem.number + 1])).status_code != 200


def test_accepted_files_pass_to_their_operator_and_to_no_other(commission: Commission) -> None:
    _zoe, ana, _ben, _cem = commission.asked
    published(commission)
    offer = to_family(ana)
    mine, other = (
        signed_in(manager_of(offer)),
        signed_in(people.nursery_manager(commission.ronde.facility, email="o@x.example")),
    )
    assert "NomAlpha" not in page(mine, "replies:accepted")
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    assert "NomAlpha" in page(mine, "replies:accepted")
    assert "NomAlpha" in page(mine, "replies:accepted_file")
    for name in ("replies:accepted", "replies:accepted_file", "replies:proposals"):
        assert "NomAlpha" not in page(other, name)
        assert signed_in(commission.chair).get(reverse(name)).status_code == 404


def test_five_working_days_and_ten_days(commission: Commission) -> None:
    town = commission.lutins.facility.municipality
    friday = timezone.make_aware(timezone.datetime(2027, 4, 30, 10))
    assert timezone.localdate(deadlines.operator_due(friday, town)).isoformat() == "2027-05-10", (
        "Ascension is on the 6th"
    )
    before_easter = timezone.make_aware(timezone.datetime(2027, 3, 25, 10))
    # The town keeps Good Friday, and Easter Monday is everybody's.
    assert timezone.localdate(deadlines.operator_due(before_easter, town)).isoformat() == "2027-04-05"
    assert timezone.localdate(deadlines.family_due(friday)).isoformat() == "2027-05-10"


def test_a_place_that_was_accepted_is_counted_though_its_request_is_not_in_the_round(commission: Commission) -> None:
    """It may be the double of another one: until an agent has said so, no round takes it."""
    published(commission)
    zoulou = commission.asked[0]
    offers.family_accepts(offer_id=to_family(zoulou).pk, keeps_waiting=False)
    other = commission.ask(commission.lutins, name="Zoulou")
    LikelyDouble.objects.create(one=other.application, other=zoulou.application)
    rival = commission.ask(commission.ronde, points=10, name="Rival")
    round = commission.frozen()
    seats = json.loads(round.answer)["seats"]
    assert str(zoulou.number) not in json.loads(round.file)["children"]
    assert str(rival.number) not in seats
