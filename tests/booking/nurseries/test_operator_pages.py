"""Who runs a nursery says its places, sees its week fill, and gives the list of the children who are there."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.models import CommissionMeeting, HeldBack, Nursery, NurseryOpening, PresentChild, TownChildcare
from booking.nurseries.supply import reading
from municipalities.enums import FacilityKind, Role
from tests import people
from tests.factories import FacilityFactory, NurseryFactory, NurseryOpeningFactory, OperatorFactory, PresentChildFactory
from tests.rights.walk import signed_in
from tests.sheets import xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def lutins() -> Nursery:
    return NurseryOpeningFactory.create(
        nursery__facility__name="Les Lutins", authorised=dict.fromkeys(HALF_DAYS, 5) | {"wed_pm": 0}
    ).nursery


@pytest.fixture
def director(lutins: Nursery) -> Client:
    return signed_in(people.nursery_manager(lutins.facility))


def _page(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(str(answer.content.decode()).replace("\xa0", " ").split())


def _month() -> str:
    return f"{timezone.localdate():%Y-%m}"


def _typed(**changed: Any) -> dict[str, Any]:
    return {f"a_{day}": 8 for day in HALF_DAYS} | {"first_month": _month(), "overshoot": 100} | changed


def test_the_week_and_the_months_show_the_numbers_of_the_round(lutins: Nursery, director: Client) -> None:
    PresentChildFactory.create_batch(2, nursery=lutins, half_days=["mon_am"])
    page = _page(director.get(reverse("supply:nursery", args=[lutins.pk])))
    read = reading.with_supply(Nursery.objects.filter(pk=lutins.pk)).get()
    ahead = reading.horizon()
    moment = ahead.moments(reading.capacity_of(read))[ahead.months[0], "mon_am"]
    row = page[page.index("lundi matin</th>") :]
    assert row.index(f">{moment.most}</td>") < row.index(">2</td>")
    assert row.index(f"<strong>{moment.free}</strong>") < row.index("lundi après-midi")
    assert moment.free == 3 and "fermé" in page[page.index("mercredi après-midi</th>") :][:200]
    free = ahead.stretches(reading.capacity_of(read))[ahead.months[0], Section.BIG]
    assert f">{free.whole_week} ({free.any_half_day})</td>" in page


def test_a_row_is_added_changed_and_taken_back(lutins: Nursery, director: Client) -> None:
    lutins.openings.all().delete()
    director.post(reverse("supply:new_opening", args=[lutins.pk]), _typed(s_small=3, n_mon_am=2))
    row = NurseryOpening.objects.get()
    assert (row.authorised["fri_pm"], row.sections, row.adults) == (8, {"small": 3}, {"mon_am": 2})
    director.post(reverse("supply:opening", args=[row.pk]), _typed(a_fri_pm=0, last_month="12/2099"))
    row.refresh_from_db()
    assert (row.authorised["fri_pm"], row.sections, row.last_month) == (0, {}, date(2099, 12, 1))
    director.post(reverse("supply:drop_opening", args=[row.pk]))
    assert not NurseryOpening.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"a_mon_am": 1}, "2 enfants présents le lundi matin"),
        ({"a_mon_am": ""}, "Ce champ est nécessaire."),
        ({"overshoot": 110}, "ne prévoit pas ce dépassement"),
        ({"first_month": "13/2027"}, "n’est pas un mois"),
        ({"last_month": "2020-01"}, "Le dernier mois doit suivre le premier."),
        ({"s_small": 9}, "la section « Bébés » compte 9 places"),
    ],
)
def test_what_cannot_be_is_said_above_the_form_and_nothing_is_lost(
    lutins: Nursery, director: Client, typed: dict[str, Any], sentence: str
) -> None:
    PresentChildFactory.create_batch(2, nursery=lutins, half_days=["mon_am"])
    row = lutins.openings.get()
    page = _page(director.post(reverse("supply:opening", args=[row.pk]), _typed(a_tue_am=7, **typed)))
    assert "govuk-error-summary" in page and sentence in page
    assert 'name="a_tue_am" value="7"' in page
    assert NurseryOpening.objects.get().authorised["tue_am"] == 5


def test_places_are_held_back_and_let_go(lutins: Nursery, director: Client) -> None:
    held = {"purpose": "emergency", "places": 2, "first_month": _month(), "last_month": _month()}
    director.post(reverse("supply:new_held", args=[lutins.pk]), held | {"half_days": ["mon_am"]})
    row = HeldBack.objects.get()
    assert (row.places, row.half_days) == (2, ["mon_am"])
    assert "plus de places réservées que les 5 autorisées" in _page(
        director.post(reverse("supply:held", args=[row.pk]), held | {"places": 6})
    )
    director.post(reverse("supply:drop_held", args=[row.pk]))
    assert not HeldBack.objects.exists()


def test_a_facility_becomes_a_nursery_of_which_something_is_said() -> None:
    facility = FacilityFactory.create(kind=FacilityKind.NURSERY, operator=OperatorFactory.create())
    agglomeration = NurseryFactory.create().authority
    said = {
        "authority": agglomeration.pk,
        "morning_hours": "5",
        "afternoon_hours": "4,5",
        "most_overshoot": 115,
        "guaranteed_places": 2,
        "guaranteed_counted_by": "operator",
        "waives_being_asked": "on",
    }
    director = signed_in(people.for_nurseries(Role.NURSERY_MANAGER, facility.operator))
    director.post(reverse("supply:new_nursery", args=[facility.pk]), said)
    made = Nursery.objects.get(facility=facility)
    assert (made.most_overshoot, made.waives_being_asked, float(made.afternoon_hours)) == (115, True, 4.5)


def test_a_list_is_shown_first_and_loaded_by_a_second_press(lutins: Nursery, director: Client) -> None:
    content = xlsx([["numero", "naissance", "demi_journees"], ["12", "2026-03", "lundi"]])
    address = reverse("supply:children")
    shown = director.post(address, {"file": SimpleUploadedFile("liste.xlsx", content), "voir": "1"})
    assert "1 nouvel enfant" in _page(shown) and not PresentChild.objects.exists()
    director.post(address, {"texte": shown.context["text"], "importer": "1"})
    assert PresentChild.objects.get().half_days == ["mon_am", "mon_pm"]
    taken = director.get(reverse("supply:export_children")).content.decode("utf-8-sig")
    assert "Les Lutins;12;2026-03;;lundi;;;non" in taken


def test_a_list_with_a_bad_line_keeps_what_was_there(lutins: Nursery, director: Client) -> None:
    PresentChildFactory.create(nursery=lutins)
    text = "numero;naissance;demi_journees\n12;2026-03;mercredi\n"
    page = _page(director.post(reverse("supply:children"), {"texte": text, "importer": "1"}))
    assert "1 problème : rien n’est enregistré" in page and "fermé le mercredi après-midi" in page
    assert PresentChild.objects.get().number != "12"


def test_a_file_beyond_memory_is_said_to_be_too_large_and_not_to_be_missing(director: Client, settings: Any) -> None:
    """More than is kept of any upload, and nothing of it on a disk; hundreds of megabytes are refused unread."""
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"
    content = b"numero;naissance\n" + bytes(12_000_000)
    page = _page(director.post(reverse("supply:children"), {"file": SimpleUploadedFile("liste.csv", content)}))
    assert "dépasse 5 Mo" in page and "Choisissez un fichier" not in page


def test_the_childcare_manager_keeps_dates_and_towns(lutins: Nursery) -> None:
    manager = signed_in(people.for_nurseries(Role.CHILDCARE_MANAGER, lutins.authority))
    day = timezone.localdate() + timedelta(days=60)
    typed = {"meets_on": day.isoformat(), "files_until": day.isoformat(), "about_fr": "Entrées de septembre"}
    manager.post(reverse("supply:meetings"), typed)
    meeting = CommissionMeeting.objects.get(authority=lutins.authority)
    assert "Entrées de septembre" in _page(manager.get(reverse("supply:meetings")))
    manager.post(reverse("supply:drop_meeting", args=[meeting.pk]))
    assert not CommissionMeeting.objects.exists()
    town = lutins.facility.municipality
    manager.post(reverse("supply:town", args=[town.pk]), {"childminders": "31", "relay_name": "Relais du Rhin"})
    assert TownChildcare.objects.get().childminders == 31


def test_who_works_for_the_authority_reads_places_and_changes_none(lutins: Nursery) -> None:
    agent = signed_in(people.for_nurseries(Role.CHILDCARE_AGENT, lutins.authority))
    page = _page(agent.get(reverse("supply:nursery", args=[lutins.pk])))
    assert reverse("supply:new_opening", args=[lutins.pk]) not in page
    for name, pk in (("settings", lutins.pk), ("new_held", lutins.pk), ("opening", lutins.openings.get().pk)):
        assert agent.get(reverse(f"supply:{name}", args=[pk])).status_code == 404
    assert agent.get(reverse("supply:children")).status_code == agent.get(reverse("supply:meetings")).status_code == 404


def test_another_operators_director_meets_nothing(lutins: Nursery) -> None:
    other = signed_in(people.nursery_manager(NurseryFactory.create().facility))
    assert "Les Lutins" not in _page(other.get(reverse("supply:nurseries")))
    assert other.get(reverse("supply:nursery", args=[lutins.pk])).status_code == 404
    assert other.post(reverse("supply:opening", args=[lutins.openings.get().pk]), _typed()).status_code == 404
