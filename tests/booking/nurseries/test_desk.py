"""The commission's desk: no family in it, every decision with its reason, two people who overwrite nothing."""

import io
import json
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking.nurseries.models import Nursery, Round, RoundDecision, RoundNursery
from booking.nurseries.rounds import minutes
from booking.nurseries.rounds.exceptions import AlreadyFrozen, OnlyTheChair
from booking.residents.models import Member
from municipalities.models import Facility
from tests.booking.nurseries.commission import MONDAY, TUESDAY, Commission, make_commission
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    return make_commission()


@pytest.fixture
def round(commission: Commission) -> Round:
    commission.ask(commission.lutins, commission.ronde, points=50, name="Alpha")
    commission.ask(commission.lutins, points=40, days=MONDAY + TUESDAY, any_of=1, name="Bravo")
    commission.ask(commission.lutins, points=30, name="Charlie")
    commission.ask(commission.ronde, points=20, days=TUESDAY, name="Delta")
    return commission.frozen()


def page(client: Client, name: str, *arguments: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=arguments), query)
    assert answer.status_code == 200, name
    return answer.content.decode().replace("\u00a0", " ")


def decision(round: Round, **changed: Any) -> dict[str, Any]:
    row = RoundNursery.objects.get(round=round, name="La Ronde")
    month = json.loads(round.file)["months"][0]
    typed = {"quoi": "place", "creche": row.pk, "mois": month, "jours": "mon_am mon_pm", "motif": "Urgence reconnue"}
    return typed | {"version": round.version} | changed


def test_no_family_stands_on_any_page_address_or_download_of_the_desk(commission: Commission, round: Round) -> None:
    client = signed_in(commission.chair)
    numbers = [child.number for child in commission.asked]
    client.post(reverse("commission:decide", args=[round.pk, numbers[2]]), decision(round))
    client.post(reverse("commission:aside", args=[round.pk, numbers[0]]), {"qualite": "Adjointe"})
    seen = [page(client, "commission:rounds"), page(client, "commission:round", round.pk)]
    for row in RoundNursery.objects.filter(round=round):
        seen.append(page(client, "commission:nursery", row.pk))
    for number in numbers:
        seen.append(page(client, "commission:child", round.pk, number))
        seen.append(page(client, "commission:attempt", round.pk, number, quoi="refuse"))
    seen.append(page(client, "commission:file", round.pk))
    seen.append(json.dumps(minutes.facts_of(Round.objects.get(pk=round.pk)), ensure_ascii=False))
    seen.append(page(Client(), "nurseries:draw", round.pk, numero=str(numbers[0])))
    assert str(numbers[0]) in seen[1] + seen[2]
    for name in ("Alpha", "Bravo", "Charlie", "Delta"):
        assert not any(name in text for text in seen), name
    for member in Member.objects.all():
        assert not any(str(member.pk) in text or member.family_name in text for text in seen)


def test_a_number_is_read_without_what_nobody_sees(commission: Commission, round: Round) -> None:
    number = commission.asked[0].number
    typed = {"numero": f"\u200b{number}\u00a0\u200e"}
    drawn = Client().get(reverse("nurseries:draw", args=[round.pk]), typed)
    assert (drawn.context["number"], drawn.context["unknown"]) == (number, False)
    found = signed_in(commission.member).get(reverse("commission:find", args=[round.pk]), typed)
    assert found["Location"] == reverse("commission:child", args=[round.pk, number])


def test_requests_stand_by_points_beside_the_week(commission: Commission, round: Round) -> None:
    row = RoundNursery.objects.get(round=round, name="Les Lutins")
    shown = page(signed_in(commission.member), "commission:nursery", row.pk)
    places = [shown.index(f"n° {child.number}") for child in commission.asked[:3]]
    assert places == sorted(places)
    assert "0 + 2 + 0" in " ".join(shown.split()), "two proposed on Monday"
    assert "Bébés" in shown and "small" not in shown


def test_a_decision_is_tried_then_taken_with_its_reason(commission: Commission, round: Round) -> None:
    client = signed_in(commission.member)
    number = commission.asked[2].number
    typed = decision(round)
    tried = page(client, "commission:attempt", round.pk, number, **{k: str(v) for k, v in typed.items()})
    assert "La Ronde" in tried
    assert not RoundDecision.objects.exists()
    refused = client.post(reverse("commission:decide", args=[round.pk, number]), typed | {"motif": ""})
    assert refused.status_code == 200
    assert refused.content.decode().count("Il y a un problème") == 1
    nothing = page(client, "commission:attempt", round.pk, number, quoi="")
    assert nothing.count("Il y a un problème") == 1
    assert not RoundDecision.objects.exists()
    done = client.post(reverse("commission:decide", args=[round.pk, number]), typed)
    assert done.status_code == 302
    assert RoundDecision.objects.get().reason == "Urgence reconnue"
    again = client.post(reverse("commission:decide", args=[round.pk, commission.asked[1].number]), typed)
    assert "Quelqu’un vient de changer cette session" in again.content.decode()
    assert "Urgence reconnue" in again.content.decode(), "what was typed is kept"
    assert "Voir la session maintenant" in page(client, "commission:news", round.pk, version="1")
    assert page(client, "commission:news", round.pk, version="2") == ""


def test_more_than_there_is_cannot_be_decided(commission: Commission, round: Round) -> None:
    client = signed_in(commission.member)
    for place, child in enumerate(commission.asked[:2]):
        round.refresh_from_db()
        answer = client.post(reverse("commission:decide", args=[round.pk, child.number]), decision(round))
        assert (answer.status_code == 302) is (place == 0)
    assert "dépasse la capacité" in answer.content.decode()
    assert RoundDecision.objects.count() == 1


def test_only_the_chair_freezes_votes_and_names_members(commission: Commission, round: Round) -> None:
    client = signed_in(commission.member)
    row = RoundNursery.objects.filter(round=round).first()
    assert row is not None
    assert client.post(reverse("commission:members", args=[round.pk]), {"members": "x"}).status_code == 404
    assert client.post(reverse("commission:freeze", args=[round.pk])).status_code == 404
    votes = {"pour": 3, "contre": 0, "abstentions": 0, "version": 1}
    client.post(reverse("commission:vote", args=[row.pk]), votes)
    row.refresh_from_db()
    assert row.votes_for is None
    rehearsal = reverse("replies:rehearsal", args=[round.pk])
    assert rehearsal not in page(client, "commission:round", round.pk)
    assert rehearsal in page(signed_in(commission.chair), "commission:round", round.pk), "how a round is published"
    signed_in(commission.chair).post(reverse("commission:vote", args=[row.pk]), votes)
    row.refresh_from_db()
    assert row.votes_for == 3


def test_guaranteed_places_of_an_operator_are_shown_before_the_freeze_and_spread_as_the_chair_says(
    commission: Commission,
) -> None:
    """Two are owed over both nurseries, one in each by their size."""
    both = {"Les Lutins": commission.lutins, "La Ronde": commission.ronde}
    operator = commission.lutins.facility.operator
    for nursery in both.values():
        Facility.objects.filter(pk=nursery.facility_id).update(operator=operator)
        Nursery.objects.filter(pk=nursery.pk).update(guaranteed_places=1, guaranteed_counted_by="operator")
    commission.ask(commission.lutins)
    round, client = commission.announced(), signed_in(commission.chair)
    shown = " ".join(page(client, "commission:round", round.pk).split())
    for nursery in both.values():
        assert f'name="garanties-{nursery.pk}" value="1"' in shown
    typed = {f"garanties-{commission.lutins.pk}": "2", f"garanties-{commission.ronde.pk}": "0"}
    client.post(reverse("commission:freeze", args=[round.pk]), typed)
    told = json.loads(Round.objects.get().file)["facilities"]
    assert {name: told[name]["guaranteed_missing"] for name in both} == {"Les Lutins": 2, "La Ronde": 0}


def test_what_is_refused_at_the_desk_stays_typed(commission: Commission, round: Round) -> None:
    client, row = signed_in(commission.chair), RoundNursery.objects.get(round=round, name="Les Lutins")

    def answered(name: str, *arguments: Any, **typed: Any) -> str:
        answer = client.post(reverse(name, args=arguments), typed)
        assert answer.status_code == 200, name
        return answer.content.decode()

    votes = {"pour": "7", "contre": "x", "abstentions": "5", "version": 1}
    shown = answered("commission:vote", row.pk, **votes)
    assert 'value="7"' in shown and 'value="5"' in shown and "Il y a un problème" in shown
    assert f'<form method="get" action="{reverse("commission:nursery", args=[row.pk])}"' in shown, (
        "not the vote's address"
    )
    shown = answered("commission:vote", row.pk, **votes | {"contre": "7"})
    assert 'value="7"' in shown and "Il y a un problème" in shown, "no majority"
    shown = answered("commission:vote", row.pk, **votes | {"contre": "2", "version": "vieux"})
    assert 'value="2"' in shown and "Quelqu’un vient de changer cette session" in shown
    row.refresh_from_db()
    assert row.votes_for is None
    shown = answered("commission:members", round.pk, members="Présidente " * 400)
    assert "Présidente Présidente" in shown and "Il y a un problème" in shown
    number = commission.asked[0].number
    shown = answered("commission:aside", round.pk, number, qualite="Adjointe " * 20)
    assert "Adjointe Adjointe" in shown and "Il y a un problème" in shown
    vote = reverse("commission:vote", args=[row.pk])
    other = signed_in(commission.member).post(vote, votes | {"contre": "2"}, follow=True)
    assert str(OnlyTheChair()) in other.content.decode()


def test_guaranteed_places_that_cannot_be_read_freeze_nothing(commission: Commission) -> None:
    for nursery in (commission.lutins, commission.ronde):
        Facility.objects.filter(pk=nursery.facility_id).update(operator=commission.lutins.facility.operator)
        Nursery.objects.filter(pk=nursery.pk).update(guaranteed_places=1, guaranteed_counted_by="operator")
    commission.ask(commission.lutins)
    round, client = commission.announced(), signed_in(commission.chair)
    for wrong in ("deux", "201", "-1"):
        typed = {f"garanties-{commission.lutins.pk}": wrong, f"garanties-{commission.ronde.pk}": "9"}
        answer = client.post(reverse("commission:freeze", args=[round.pk]), typed)
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert f'value="{wrong}"' in shown and 'value="9"' in shown and "Il y a un problème" in shown
    assert Round.objects.get().state == "prepared"
    typed = {f"garanties-{commission.lutins.pk}": "2", f"garanties-{commission.ronde.pk}": ""}
    client.post(reverse("commission:freeze", args=[round.pk]), typed)
    told = json.loads(Round.objects.get().file)["facilities"]
    assert told["Les Lutins"]["guaranteed_missing"] == 2 and told["La Ronde"]["guaranteed_missing"] == 1
    again = client.post(reverse("commission:freeze", args=[round.pk]), typed, follow=True)
    assert str(AlreadyFrozen()) in again.content.decode()


def test_minutes_are_tagged_and_the_same_bytes_twice(commission: Commission, round: Round) -> None:
    client = signed_in(commission.chair)
    client.post(reverse("commission:members", args=[round.pk]), {"members": "Présidente\nReprésentant de la CAF 🙂"})
    client.post(reverse("commission:decide", args=[round.pk, commission.asked[2].number]), decision(round))
    answer = client.get(reverse("commission:minutes", args=[round.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == minutes.pdf_of(Round.objects.get(pk=round.pk))
    client.post(reverse("commission:aside", args=[round.pk, commission.asked[0].number]), {"qualite": "Adjointe"})
    told = json.dumps(minutes.facts_of(Round.objects.get(pk=round.pk)), ensure_ascii=False)
    for said in (
        "Présidente, Représentant de la CAF",
        commission.grid.name,
        *(round.digest, round.seed_hash, round.seed),
        f"Dossier n° {commission.asked[2].number} : placer, La Ronde. Motif : Urgence reconnue",
        f"Adjointe : dossier n° {commission.asked[0].number}",
    ):
        assert said in told, said
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("fr")
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "Commission fictive" in metadata["dc:title"]
        kinds = list(tags(pdf.Root.StructTreeRoot))
    assert {"H1", "Table", "TH", "TD"} <= set(kinds)


def tags(node: Any) -> Any:
    """The kinds of all tags, from the root down."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from tags(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node.S).removeprefix("/")
        if "/K" in node:
            yield from tags(node.K)


def test_the_desk_costs_as_many_queries_whatever_the_families(
    commission: Commission, round: Round, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(commission.member)
    row = RoundNursery.objects.get(round=round, name="Les Lutins")
    page(client, "commission:nursery", row.pk)
    with django_assert_max_num_queries(25, connection=connection):
        page(client, "commission:nursery", row.pk)
