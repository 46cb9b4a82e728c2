"""Figures of the service: each with its definition and its table, recomputed from what is kept, hidden where few."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers import next_in_line, offers
from booking.nurseries.enums import HALF_DAYS
from booking.nurseries.figures import demand, occupancy, process, views
from booking.nurseries.figures.shapes import Figure
from booking.nurseries.models import Nursery, NurseryApplication, NurseryHours, NurseryOffer, Round, RoundChild, Wish
from booking.nurseries.models.offers import FamilyReason, OfferState
from booking.nurseries.requests.retention import ADMITTED, purge
from booking.nurseries.requests.upkeep import withdraw_request
from municipalities.enums import Role
from municipalities.models import Closure
from municipalities.zone import ZONE
from tests import people
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.booking.nurseries.test_answers import offer_of, to_family
from tests.factories import (
    ApplicationChildFactory,
    ApplicationParentFactory,
    CareNeedFactory,
    MemberFactory,
    MunicipalityFactory,
    NurseryApplicationFactory,
    NurseryOpeningFactory,
    PresentChildFactory,
)
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """Eight ask for three places."""
    made = make_commission()
    for number in range(8):
        wishes = (made.ronde, made.lutins) if number < 2 else (made.lutins,)
        made.ask(*wishes, points=90 - number, name=f"Famille{number}", is_single_parent=number % 2 == 0)
    return made


def table(figures: list[Figure], code: str) -> dict[str, list[Any]]:
    figure = next(one for one in figures if one.code == code)
    assert figure.definition
    return {row.name.replace("\xa0", " "): list(row.values) for row in figure.rows}


def demand_of(commission: Commission) -> list[Figure]:
    return demand.figures(demand.asking([commission.authority.pk], timezone.localdate() + timedelta(days=1)))


def test_children_and_wishes_are_counted_apart(commission: Commission) -> None:
    assert table(demand_of(commission), "demandes") == {"enfants": [8], "familles": [8], "vœux": [10]}


def test_demand_without_a_place_by_age_town_and_half_day(commission: Commission) -> None:
    """Two towns of six and of five; one of those has a place, and nothing shown tells that it is one."""
    towns = [MunicipalityFactory.create(name=name) for name in ("Aville", "Bville")]
    for town, number in zip(towns, (6, 5), strict=True):
        for _n in range(number):
            application = NurseryApplicationFactory.create(authority=commission.authority)
            child = ApplicationChildFactory.create(
                application=application, member=MemberFactory.create(born_on=timezone.localdate() - timedelta(200))
            )
            CareNeedFactory.create(child=child, half_days=["mon_am", "fri_pm"])
            ApplicationParentFactory.create(application=application, municipality=town)
            Wish.objects.create(application=application, rank=1, nursery=commission.lutins)
    NurseryOffer.objects.create(
        round=commission.announced(),
        child=child,
        nursery=commission.lutins,
        start=timezone.localdate().replace(day=1),
        half_days=["mon_am"],
        rank=1,
        made_at=timezone.now(),
        due_at=timezone.now(),
    )
    figures = demand_of(commission)
    towns_told = table(figures, "communes")
    assert [towns_told[name][1] for name in ("Aville", "Bville", "Σ Total")] == [None, None, None]
    halves = table(figures, "demi-journees")
    assert halves["Vendredi après-midi"] == [None, None, 11]
    assert halves["Lundi matin"] == [None, None, 19]
    assert halves["Mercredi matin"] == [None, None, None]
    assert table(figures, "ages")["Σ Total"][2] == 19


def test_before_any_commission_the_demand_is_told(commission: Commission) -> None:
    """Nobody has a place: a column of noughts would hide all the others."""
    assert table(demand_of(commission), "communes")["Σ Total"] == [8]
    assert table(demand_of(commission), "demi-journees")["Lundi matin"] == [8]


def test_two_days_of_figures_tell_of_nobody_who_came_or_went_between(
    commission: Commission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks, takes its request back, is offered a place or is born in a month counts from the next one on."""
    published(commission)
    first = timezone.localdate().replace(day=1)
    monkeypatch.setattr(views, "_month", lambda: first)
    before = timezone.now().replace(hour=12) - timedelta(days=40)
    NurseryApplication.objects.update(received_at=before)
    NurseryOffer.objects.update(made_at=before)
    reader = signed_in(people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority))

    def told() -> str:
        return str(reader.get(reverse("figures:file", args=["demande"])).content.decode())

    was = told()
    commission.ask(commission.lutins, points=50, name="Neuve")
    assert told() == was
    withdraw_request(application=commission.asked[7].application)
    offers.family_declines(offer_id=to_family(commission.asked[1]).pk, reason=FamilyReason.DAYS)
    next_in_line.pass_on()
    assert NurseryOffer.objects.filter(made_at__gt=before).exists()
    assert told() == was
    assert "début du mois" in reader.get(reverse("figures:figures")).content.decode()
    assert len(demand.asking([commission.authority.pk], first)) == 8
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert len(demand.asking([commission.authority.pk], tomorrow)) == 8


def accepted(commission: Commission, nth: int) -> NurseryOffer:
    offer = to_family(commission.asked[nth])
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    return offer


def of_rounds(commission: Commission) -> list[Figure]:
    own, year = [commission.authority.pk], timezone.localdate().year
    return process.figures(own, year, timezone.now())


def raw(commission: Commission, monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The numbers before any is hidden: of three places there are no others."""
    monkeypatch.setattr("booking.nurseries.figures.hiding.ENOUGH", 0)
    return of_rounds(commission)


def test_offers_ranks_and_outcomes_are_counted_from_what_happened(
    commission: Commission, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(commission)
    accepted(commission, 0)
    offer = to_family(commission.asked[1])
    offers.family_declines(offer_id=offer.pk, reason=FamilyReason.DAYS)
    figures = raw(commission, monkeypatch)
    assert table(figures, "propositions")["acceptées"] == [1]
    assert table(figures, "propositions")["Σ Total"] == [3]
    assert table(figures, "rangs")["vœu n° 1"] == [1]
    assert table(figures, "refus")["les jours ne conviennent pas"] == [1]
    assert table(figures, "delais")["jusqu’à 30 jours"] == [8]
    assert table(figures, "commission") == {"changés": [0], "suivis": [8], "Σ Total": [8]}
    assert table(figures, "contestees") == {"tranchés par la commission": [0]}
    single = table(figures, "situation-parent-seul")
    assert (single["oui"], single["non"]) == ([2, 2, 4], [0, 4, 4])


def test_the_commissions_time_is_shared_between_its_files(commission: Commission) -> None:
    round = published(commission)
    assert table(of_rounds(commission), "temps") == {round.name: [8, 0, 0]}
    assert round.frozen_at is not None
    last = round.nurseries.order_by("pk")[0]
    last.voted_at = round.frozen_at + timedelta(minutes=20)
    last.save()
    assert table(of_rounds(commission), "temps") == {round.name: [8, 20, 150]}


def test_few_are_hidden_on_the_page_and_in_its_file(commission: Commission) -> None:
    published(commission)
    accepted(commission, 0)
    assert set(table(of_rounds(commission), "propositions")["acceptées"]) == {None}
    reader = signed_in(people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority))
    for part in ("demande", "suivi", "places", "gestionnaires"):
        page = reader.get(reverse("figures:part", args=[part]))
        assert page.status_code == 200
        told = reader.get(reverse("figures:file", args=[part])).content.decode()
        assert "NomFamille" not in page.content.decode() + told
    assert "\nacceptées;\r\n" in reader.get(reverse("figures:file", args=["suivi"])).content.decode()
    assert reader.get(reverse("figures:part", args=["autre"])).status_code == 404
    for role in (Role.CHILDCARE_AGENT, Role.COMMISSION_MEMBER, Role.CHILDCARE_REFERENT):
        other = signed_in(people.for_nurseries(role, commission.authority))
        assert other.get(reverse("figures:figures")).status_code == 404
    operator = signed_in(people.nursery_manager(commission.lutins.facility))
    assert operator.get(reverse("figures:part", args=["gestionnaires"])).status_code == 404


def test_erasing_families_changes_no_figure(commission: Commission, monkeypatch: pytest.MonkeyPatch) -> None:
    published(commission)
    accepted(commission, 0)
    rounds = process.rounds_of([commission.authority.pk], timezone.localdate().year)
    now = timezone.now()
    NurseryApplication.objects.update(state="withdrawn", ended_at=ADMITTED.before(now) - timedelta(days=1))
    NurseryOffer.objects.filter(state__in=(OfferState.TO_OPERATOR, OfferState.TO_FAMILY)).update(
        state=OfferState.OPERATOR_DECLINED, operator_reason="staff", operator_at=now
    )
    before = raw(commission, monkeypatch)
    assert table(before, "propositions")["acceptées"] == [1]
    operators = occupancy.by_operator(occupancy.nurseries_of([commission.authority.pk]), rounds, 2026)
    assert purge(now, dry_run=False)["applications"] == 8
    assert raw(commission, monkeypatch) == before
    assert occupancy.by_operator(occupancy.nurseries_of([commission.authority.pk]), rounds, 2026) == operators


def test_places_that_stay_empty_are_told_from_those_taken_soon(commission: Commission) -> None:
    """One is taken the day after, one never; one was given back yesterday, and says nothing yet."""
    round = published(commission)
    now = timezone.now()
    long_ago = now - timedelta(days=40)
    given = [offer_of(child) for child in commission.asked[:3]]
    NurseryOffer.objects.filter(pk__in=[one.pk for one in given]).update(nursery=commission.lutins)
    for offer, moment in zip(given, (long_ago, long_ago + timedelta(days=2), now - timedelta(days=1)), strict=True):
        offer.refresh_from_db()
        offer.state, offer.answered_at, offer.family_reason = OfferState.DECLINED, moment, FamilyReason.DAYS
        offer.save()
    taken = given[0]
    taken.pk = None
    taken._state.adding = True
    taken.child, taken.state, taken.family_reason = commission.asked[5], OfferState.ACCEPTED, ""
    taken.answered_at = long_ago + timedelta(days=1)
    taken.save(force_insert=True)
    assert process.empty_places([round.pk], now) == (1, 1)


def test_rates_are_hours_over_hours_without_the_days_off(commission: Commission) -> None:
    """Ten places in January 2026: 21 weekdays but for New Year, and a closure of one day."""
    opening = NurseryOpeningFactory.create(
        nursery__authority=commission.authority,
        first_month=date(2026, 1, 1),
        authorised=dict.fromkeys(HALF_DAYS, 10),
        nursery__morning_hours=5,
        nursery__afternoon_hours=5,
    )
    nursery: Nursery = opening.nursery
    begin = datetime(2026, 1, 5, tzinfo=ZONE)
    Closure.objects.create(
        facility=nursery.facility, period=(begin, begin + timedelta(days=1)), reason={"fr": "Travaux fictifs"}
    )
    theoretical = 20 * 10 * 10
    NurseryHours.objects.create(nursery=nursery, month=date(2026, 1, 1), attended=1500, billed=1650, cost=15000)
    mine = [one for one in occupancy.nurseries_of([commission.authority.pk]) if one.pk == nursery.pk]
    assert occupancy.theoretical_hours(mine[0], date(2026, 1, 1), list(Closure.objects.all())) == theoretical
    figures = occupancy.figures(mine, 2026)
    assert table(figures, "taux") == {"Janvier 2026": [75, 82, 110, 10.0]}
    assert "Au-delà de 107" in next(one for one in figures if one.code == "taux").notes[0]


def test_who_knows_the_territory_cannot_tell_an_operators_few(commission: Commission) -> None:
    """Of twelve children on guaranteed places nine are with one operator: three would be with the other."""
    for nursery, number in ((commission.lutins, 9), (commission.ronde, 3)):
        PresentChildFactory.create_batch(number, nursery=nursery, is_guaranteed=True)
    nurseries = occupancy.nurseries_of([commission.authority.pk])
    assert table(occupancy.figures(nurseries, 2026), "garanties")["toutes les crèches"][2] == 12
    operators = table(occupancy.by_operator(nurseries, [], 2026), "garanties-gestionnaires")
    assert len(operators) == 2 and {row[2] for row in operators.values()} == {None}


def test_kinds_and_days_part_all_children_so_that_none_is_had_by_subtraction(commission: Commission) -> None:
    """Eight regular, six urgent and three occasional: the total and two kinds would tell the third."""
    for number, kind in enumerate(["emergency"] * 6 + ["occasional"] * 3):
        application = NurseryApplicationFactory.create(authority=commission.authority)
        child = ApplicationChildFactory.create(
            application=application, member=MemberFactory.create(born_on=timezone.localdate() - timedelta(200))
        )
        days = ["mon_am"] if number < 3 else ["mon_am", "tue_am", "wed_am"]
        CareNeedFactory.create(child=child, kind=kind, half_days=days)
    figures = demand_of(commission)
    assert table(figures, "demandes")["enfants"] == [17]
    for code, most in (("accueils", [17]), ("jours", [17])):
        told = table(figures, code)
        assert told.pop("Σ Total") == most
        assert sum(value == [None] for value in told.values()) >= 2, told
    assert len(table(figures, "besoins")) == 2


def test_what_parts_one_outcome_does_not_tell_what_that_outcome_hides() -> None:
    """Three stayed silent, and seven that were declined are hidden with them: their reasons tell no seven."""
    became: list[tuple[Any, int]] = [
        (OfferState.ACCEPTED, 90),
        (OfferState.DECLINED, 7),
        (OfferState.LAPSED, 3),
        (OfferState.OPERATOR_DECLINED, 20),
        (OfferState.WITHDRAWN, 30),
        (OfferState.CALLED_OFF, 40),
        (OfferState.TO_FAMILY, 50),
    ]
    given = [
        NurseryOffer(state=state, rank=1, family_reason=FamilyReason.DAYS, operator_reason="staff")
        for state, number in became
        for _n in range(number)
    ]
    figures = process.of_offers(given)
    outcomes, ranks, reasons = (table(figures, code) for code in ("propositions", "rangs", "refus"))
    assert outcomes["restées sans réponse"] == outcomes["refusées par la famille"] == [None]
    assert outcomes["Σ Total"] == [240] and outcomes["acceptées"] == ranks["Σ Total"] == [90]
    assert reasons["Σ Total"] == [None] and [None] in list(reasons.values())[:-1]


def test_a_rounds_few_files_are_not_told_by_the_years(commission: Commission) -> None:
    """Eight files in one round and three in another: the year's eleven and the eight would tell the three."""
    round = published(commission)
    small = Round.objects.get(pk=round.pk)
    small.pk, small._state.adding, small.name = None, True, "Petite commission"
    small.save()
    for child in commission.asked[:3]:
        RoundChild.objects.create(round=small, number=child.number, child=child)
    figures = of_rounds(commission)
    assert table(figures, "commission")["Σ Total"] == [11]
    assert {name: row[0] for name, row in table(figures, "temps").items()} == {round.name: None, small.name: None}
    assert all(row[2] is None for row in table(figures, "temps").values())


def test_a_file_opens_as_numbers_and_never_as_formulas(commission: Commission) -> None:
    """An operator’s name is what it typed; the price of an hour has a comma, or a French spreadsheet reads a date."""
    year = timezone.localdate().year
    operator = commission.lutins.facility.operator
    operator.name = '=HYPERLINK("http://ailleurs.example")'
    operator.save()
    NurseryHours.objects.create(
        nursery=commission.lutins, month=date(year, 1, 1), attended=1000, billed=1200, cost=12500
    )
    reader = signed_in(people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority))
    file = reader.get(reverse("figures:file", args=["gestionnaires"])).content.decode("utf-8-sig")
    lines = [row for row in csv.reader(io.StringIO(file), delimiter=";") if row]
    assert lines[0] == ["Gestionnaires"]
    named = [row for row in lines if "HYPERLINK" in row[0]]
    assert named and all(row[0].startswith(("'=", "Au-delà")) for row in named)
    assert [row[-1] for row in named if len(row) > 1][-1] == "12,5"


def test_an_operator_says_its_hours_month_by_month(commission: Commission) -> None:
    address = reverse("supply:hours", args=[commission.lutins.pk])
    mine = signed_in(people.nursery_manager(commission.lutins.facility))
    typed = {"month": "2026-01", "attended": "900", "billed": "950", "cost": ""}
    assert mine.post(address, typed).status_code == 302
    assert mine.post(address, typed | {"billed": "960"}).status_code == 302
    assert NurseryHours.objects.get().billed == 960
    ahead = f"{timezone.localdate().year + 1}-01"
    assert "Ce mois n’a pas commencé." in mine.post(address, typed | {"month": ahead}).content.decode()
    other = signed_in(people.nursery_manager(commission.ronde.facility))
    assert other.post(address, typed).status_code == 404
