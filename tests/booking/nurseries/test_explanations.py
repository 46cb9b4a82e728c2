"""The sentences of the contract, section 5, word by word and in three languages."""

from datetime import date
from random import Random
from typing import Any

import pytest
from django.utils import translation

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.calendar_words import from_month, say_date, say_days
from booking.nurseries.explanations import ENOUGH_TO_TELL, Undecided, explain, thresholds
from tests.booking.nurseries.rounds import small_round
from tests.booking.nurseries.test_contract import the_round


def read(round: dict[str, Any], child: str, language: str = "fr", **said: Any) -> list[str]:
    """No-break spaces, which the French catalogue sets, read as spaces."""
    with translation.override(language):
        return [line.sentence.replace("\u00a0", " ") for line in explain(round, allocate(round), child, **said)]


def test_a_place():
    assert read(the_round(1), "ana") == ["Place proposée : A, lundi matin, à partir de septembre 2027."]


def test_a_place_by_decision_and_another_wish():
    assert read(the_round(9), "dia") == [
        "Place proposée : B, lundi matin, à partir de septembre 2027, "
        "par décision de la commission : medical emergency.",
        "La commission a décidé : medical emergency.",
    ]
    assert read(the_round(9), "cem")[0] == "La commission a décidé : conflict of interest."


def test_a_better_wish():
    assert read(the_round(6), "ana")[1] == "Non examiné : un vœu mieux classé est obtenu."


def test_full():
    assert read(the_round(1), "ben") == [
        "Complet le lundi matin à partir de septembre 2027 : 1 place libre, 1 enfant passe avant. "
        "Points du dernier admis : 50 ; les vôtres : 40."
    ]


def test_full_section():
    assert read(the_round(2), "dia") == [
        "Complet le lundi matin dans la section « big » à partir d’octobre 2027 : 1 place libre, 1 enfant passe avant. "
        "Points du dernier admis : 30 ; les vôtres : 20."
    ]


def test_full_hours():
    assert read(the_round(3), "ben")[0].startswith(
        "Il restait 5 h d’accueil par semaine en septembre 2027 ; votre demande en compte 10."
    )


def test_too_few_adults():
    round = the_round(1)
    round["facilities"]["A"] |= {"adults": 0}
    assert read(round, "ana") == [
        "Le nombre d’adultes présents ne permet pas un enfant de cet âge de plus le lundi matin "
        "à partir de septembre 2027."
    ]


def test_equal_points():
    round = the_round(1)
    assert read(round, "dia")[0].endswith(
        "À points égaux (30), dossier complet plus tôt : le 1er mars 2027, l’autre le 1er février 2027."
    )
    round["children"]["cem"]["complete_on"] = "2027-03-01"
    assert read(round, "eli")[0].endswith("À points égaux (30), tirage au sort publié : n° 2 ; vous : n° 4.")
    assert read(round, "eli", drawn_on=date(2027, 5, 3))[0].endswith(
        "À points égaux (30), tirage au sort publié du 3 mai 2027 : n° 2 ; vous : n° 4."
    )


@pytest.mark.parametrize(
    ("number", "child", "sentence"),
    [(7, "dia", "La dernière place est garantie par la loi."), (9, "ben", None)],
)
def test_no_points_are_told_of_who_was_not_admitted_by_points(number, child, sentence):
    round = the_round(number)
    if number == 7:
        round["facilities"]["A"]["authorised"] = 1
    else:
        round["children"]["ana"]["wishes"] = ["A"]
        sentence = "La dernière place est déjà occupée."
    told = read(round, child)[0]
    assert told.endswith(sentence) and "points" not in told


def test_closed_and_no_place_in_common():
    round = the_round(1)
    round["facilities"]["A"]["authorised"] = {"tue_am": 1}
    assert read(round, "ben") == ["Fermé le lundi matin."]
    round = the_round(8)
    round["children"]["dia"]["wishes"] = ["A"]
    assert read(round, "eli") == ["Aucune place n’y convient à vos enfants ensemble."]


def test_the_same_in_german_and_english():
    assert read(the_round(1), "ben", "de") == [
        "Am Montagvormittag ab September 2027 ausgebucht: 1 freier Platz, 1 Kind kommt vorher. "
        "Punkte des zuletzt aufgenommenen Kindes: 50; Ihre: 40."
    ]
    assert read(the_round(1), "ben", "en") == [
        "Full on Monday morning from September 2027: 1 free place, 1 child comes first. "
        "Points of the last child admitted: 50; yours: 40."
    ]


def test_days_and_months():
    with translation.override("fr"):
        assert say_days(["mon_am", "mon_pm", "tue_am", "thu_pm", "thu_am"]) == "lundi, mardi matin et jeudi"
        assert (from_month("2027-08"), from_month("2027-04")) == ("à partir d’août 2027", "à partir d’avril 2027")
        assert say_date(date(2027, 3, 2)) == "2 mars 2027"


def test_while_anything_is_contested_nobody_reads_anything():
    round = the_round(10)
    with pytest.raises(Undecided, match="La commission doit encore décider"):
        explain(round, allocate(round), "ana")


def test_every_answer_of_small_rounds_has_its_sentence_in_every_language():
    told = set()
    for seed in range(150):
        round = small_round(Random(seed), children=7)
        try:
            answer = allocate(round)
        except RoundRefused:
            continue
        if answer["contested"]:
            continue
        for language in ("fr", "de", "en"):
            with translation.override(language):
                for child in round["children"]:
                    for line in explain(round, answer, child):
                        assert line.sentence.endswith(".") and "%" not in line.sentence
                        told.add((language, line.answer))
    assert len(told) == 3 * 7


def many(admitted: int) -> dict[str, Any]:
    round = the_round(1)
    one = round["children"]["ana"]
    round["facilities"]["A"]["authorised"] = admitted
    round["children"] = {f"e{n}": one | {"draw": n, "points": 10 + n} for n in range(admitted + 1)}
    return round


def test_a_threshold_is_told_where_at_least_five_were_admitted():
    round = many(ENOUGH_TO_TELL)
    (told,) = thresholds(round, allocate(round))
    assert (told.facility, told.band, told.admitted, told.points) == ("A", "small", 5, 11)


def test_twin_with_four_admitted_it_is_hidden():
    round = many(ENOUGH_TO_TELL - 1)
    (told,) = thresholds(round, allocate(round))
    assert (told.admitted, told.points) == (4, None)
