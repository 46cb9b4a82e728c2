from dataclasses import dataclass
from datetime import date

import pytest

from booking.appointments.documents.queries import age_groups, documents_for
from booking.appointments.enums import AgeGroup, Situation
from booking.appointments.templatetags.citizen import added_up, by_papers
from municipalities.database.cached import one_version
from tests.factories import AppointmentTypeFactory, FeeFactory, MunicipalityFactory, RequiredDocumentFactory


@dataclass
class Person:
    is_minor: bool = False
    birth_year: int | None = 1980
    situation: str = Situation.RENEWAL


ON = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("birth_year", "is_minor", "groups"),
    [
        (1980, False, {"any", "adult"}),
        (None, False, {"any", "adult"}),
        (2008, False, {"any", "adult"}),  # eighteen in the course of the year, and says not a minor
        (2008, True, {"any", "minor", "from_15"}),  # eighteen in the course of the year, not yet
        (2010, True, {"any", "minor", "from_15"}),
        (2011, True, {"any", "minor", "from_15", "under_15"}),  # fifteen in the course of the year: either
        (2012, True, {"any", "minor", "under_15"}),
        (None, True, {"any", "minor", "from_15", "under_15"}),
        (2017, False, {"any", "minor", "under_15"}),  # forgot the tick; the year says enough
        (1980, True, {"any", "minor", "from_15"}),  # the tick wins: an adult's list would be the wrong one
    ],
)
def test_age_groups(birth_year, is_minor, groups):
    assert age_groups(birth_year=birth_year, is_minor=is_minor, on=ON) == {AgeGroup(g) for g in groups}


@pytest.fixture
def passport(db):
    return AppointmentTypeFactory(code="passport")


def codes(answer):
    return [line.code for line in answer.lines]


def test_each_person_gets_the_lines_of_age_and_situation(passport):
    RequiredDocumentFactory(code="photo", types=[passport], position=1)
    RequiredDocumentFactory(code="declaration", types=[passport], situations=["loss", "theft"], position=2)
    RequiredDocumentFactory(code="parent", types=[passport], ages="minor", position=3)
    RequiredDocumentFactory(code="unrelated", types=[AppointmentTypeFactory()])

    adult, child = documents_for(
        type=passport,
        people=[Person(situation="loss"), Person(is_minor=True, birth_year=2017)],
        municipality=None,
        on=ON,
    )
    assert (adult.index, codes(adult)) == (0, ["photo", "declaration"])
    assert (child.index, codes(child)) == (1, ["photo", "parent"])


def test_fees_by_age_and_none_for_a_change_of_name(passport):
    paid = ["renewal", "first", "loss", "theft"]
    FeeFactory(code="adult", types=[passport], ages="adult", cents=8600, situations=paid)
    FeeFactory(code="youth", types=[passport], ages="from_15", cents=4200, situations=paid, position=1)
    FeeFactory(code="child", types=[passport], ages="under_15", cents=1700, situations=paid, position=2)
    people = [
        Person(),
        Person(situation="name_change"),
        Person(True, 2009),
        Person(True, 2011),
        Person(True, 2020),
    ]
    answer = documents_for(type=passport, people=people, municipality=None, on=ON)
    assert [[f.cents for f in one.fees] for one in answer] == [[8600], [], [4200], [4200, 1700], [1700]]


def test_a_municipality_replaces_or_drops_a_line_for_itself_only(passport):
    home, other = MunicipalityFactory(), MunicipalityFactory()
    RequiredDocumentFactory(code="address", types=[passport], label={"fr": "Moins d’un an"})
    RequiredDocumentFactory(code="copy", types=[passport])
    RequiredDocumentFactory(code="address", types=[passport], municipality=home, label={"fr": "Moins de six mois"})
    RequiredDocumentFactory(code="copy", types=[passport], municipality=home, is_dropped=True)
    RequiredDocumentFactory(code="extra", types=[passport], municipality=other)

    def labels(municipality):
        (answer,) = documents_for(type=passport, people=[Person()], municipality=municipality, on=ON)
        return {str(line.label) for line in answer.lines}

    assert labels(home) == {"Moins de six mois"}
    assert labels(None) == {"Moins d’un an", "Pièce copy"}
    assert labels(other) == {"Moins d’un an", "Pièce copy", "Pièce extra"}


@pytest.mark.parametrize("rows", [1, 3])
def test_documents_are_remembered_whatever_the_number_of_people_and_rows(passport, django_assert_num_queries, rows):
    for _ in range(rows):
        RequiredDocumentFactory(types=[passport])
        FeeFactory(types=[passport])
    municipality = MunicipalityFactory()
    for queries in (3, 1):  # documents, fees, and whether anything has changed since
        with django_assert_num_queries(queries), one_version():
            answer = documents_for(type=passport, people=[Person()] * rows, municipality=municipality)
    assert [len(one.lines) for one in answer] == [rows] * rows


def test_those_who_bring_the_same_read_one_list(passport):
    RequiredDocumentFactory(code="photo", types=[passport], position=1)
    RequiredDocumentFactory(code="tuteur", types=[passport], position=2, ages=AgeGroup.MINOR)
    adult, child = Person(), Person(is_minor=True, birth_year=2015)
    answers = documents_for(type=passport, people=[adult, child, adult], municipality=None, on=ON)
    groups = by_papers(zip("ABC", answers, strict=True))
    assert [members for members, _needed in groups] == [[(1, "A"), (3, "C")], [(2, "B")]]
    assert [codes(needed) for _members, needed in groups] == [["photo"], ["photo", "tuteur"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([Person()], ""),
        ([Person(), Person()], "2 × 86 € = 172 €"),
        ([Person(is_minor=True, birth_year=2015), Person(), Person()], "2 × 86 € + 17 € = 189 €"),
        ([Person(), Person(is_minor=True, birth_year=2010)], "86 € + 42 € = 128 €"),
        # Fifteen in the course of the year: which stamp is due is not certain.
        ([Person(), Person(is_minor=True, birth_year=2011)], ""),
        ([Person(situation=Situation.FIRST), Person(situation=Situation.FIRST)], ""),
    ],
)
def test_stamps_are_added_up_where_they_are_certain(people: list[Person], said: str) -> None:
    kind = AppointmentTypeFactory.create()
    fees = [(8600, AgeGroup.ADULT), (4200, AgeGroup.FROM_15), (1700, AgeGroup.UNDER_15)]
    for cents, ages in fees:
        FeeFactory.create(cents=cents, ages=ages, types=[kind], situations=[Situation.RENEWAL])
    listed = documents_for(type=kind, people=people, municipality=None, on=ON)
    assert added_up(listed).replace("\u00a0", " ") == said
