"""Hold and confirm: over back button, double click, two tabs, expiry and hostile input, nothing typed is lost."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoAssertNumQueries

from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.bookings.holds import hold_slot
from booking.appointments.enums import State, TypeKind
from booking.appointments.free_time.gaps import rebuild_day
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.resident import rates
from municipalities.idempotency import FIELD
from notifications.models import Message
from tests.booking.appointments.walks import FOR_EVER, HOLD, Walk, hold_id, lapse, text_of, token_of
from tests.factories.appointments import FeeFactory, RequiredDocumentFactory, at
from tests.people import INES, LOIC, MEHDI, ODILE, ZOE, agent_of
from tests.worlds import booking_of, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

EIGHT = (8, 0)


def eight() -> Any:
    return at(day_ahead(), *EIGHT)


class TestHold:
    def test_choosing_holds_and_leads_to_the_form(self) -> None:
        walk = Walk(shared_calendar())
        page = text_of(walk.client.get(walk.held(eight())))
        assert "Retenu pour vous jusqu’à" in page
        assert 'data-expires="' in page
        assert Appointment.objects.held().count() == 1

    def test_double_click_and_back_button_keep_one_hold(self) -> None:
        walk = Walk(shared_calendar())
        assert walk.held(eight()) == walk.held(eight())
        assert Appointment.objects.held().count() == 1

    def test_two_tabs_hold_two_slots_of_one_browser(self) -> None:
        walk = Walk(shared_calendar())
        first, second = walk.held(eight()), walk.held(at(day_ahead(), 9, 20))
        assert first != second
        for address in (first, second):
            assert walk.client.get(address).status_code == 200

    def test_get_holds_nothing(self) -> None:
        assert Walk(shared_calendar()).client.get(HOLD).status_code == 405

    def test_taken_offers_the_nearest_others_and_keeps_the_search(self) -> None:
        world = shared_calendar()
        Walk(world).held(eight())
        response = Walk(world).hold(eight())
        assert response.status_code == 409
        page = text_of(response)
        assert "vient d’être pris" in page
        assert token_of(world.facilities[0], at(day_ahead(), 8, 20)) in page
        assert f"type={world.type.code}&amp;personnes=1" in page

    def test_any_other_town_hall_when_the_person_says_so(self) -> None:
        world = shared_calendar(town_halls=2)
        Walk(world).held(eight())
        assert Walk(world).hold(eight(), souple="1").status_code == 302
        assert set(Appointment.objects.held().values_list("facility", flat=True)) == {f.pk for f in world.facilities}

    def test_any_town_hall_falls_through_until_nothing_is_left(self) -> None:
        world = shared_calendar(town_halls=2)
        codes = [Walk(world).hold(eight(), creneau=token_of(None, eight())).status_code for _n in range(3)]
        assert codes == [302, 302, 409]

    def test_collection_never_falls_through_to_another_town_hall(self) -> None:
        world = shared_calendar(town_halls=2, kind=TypeKind.COLLECTION)
        assert Walk(world).hold(eight(), creneau=token_of(None, eight())).status_code == 409
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "x",
            "1",
            "1-",
            "-1-202611240740",
            "1-999999999999",
            "9999999-202611240740",
            "1-20261124074",
            "1-٢٠٢٦١١٢٤٠٧٤٠",
        ],
    )
    def test_invented_slots_are_refused_kindly(self, token: str) -> None:
        response = Walk(shared_calendar()).hold(eight(), creneau=token)
        assert response.status_code == 409
        assert "Revenir à la recherche" in text_of(response)

    def test_too_many_holds_lists_them_to_continue_or_release(self, settings: Any) -> None:
        settings.HOLDS_PER_BROWSER = 2
        walk = Walk(shared_calendar())
        walk.held(eight())
        walk.held(at(day_ahead(), 8, 20))
        response = walk.hold(at(day_ahead(), 8, 40))
        assert response.status_code == 409
        page = text_of(response)
        assert page.count("Continuer") == 2
        assert page.count("/rendre/") == 2

    def test_too_many_attempts(self, settings: Any) -> None:
        settings.RATE_LIMITS = {rates.HOLDS.name: (1, 100, FOR_EVER)}
        walk = Walk(shared_calendar())
        walk.hold(eight())
        assert walk.hold(at(day_ahead(), 8, 20)).status_code == 429

    def test_release_gives_the_slot_back_at_once(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        assert walk.client.post(urlsplit(address).path + "rendre/").status_code == 302
        assert Walk(walk.world).hold(eight()).status_code == 302

    def test_somebody_else_can_neither_see_nor_release_a_hold(self) -> None:
        world = shared_calendar()
        address = Walk(world).held(eight())
        stranger = Walk(world)
        stranger.search()
        assert stranger.client.get(address).status_code == 410
        assert stranger.client.post(urlsplit(address).path + "rendre/").status_code == 409
        assert stranger.confirm(address, ODILE, creneau="x").status_code == 409
        assert Appointment.objects.held().count() == 1

    def test_token_of_the_browser_is_signed_and_out_of_reach_of_scripts(self) -> None:
        walk = Walk(shared_calendar())
        walk.search()
        cookie = walk.client.cookies["gc_navigateur"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert len(cookie.value.split(":")[0]) >= 43
        walk.client.cookies["gc_navigateur"] = "forged:x:y"
        assert walk.hold(eight()).status_code == 302

    def test_forms_without_their_secret_are_refused(self) -> None:
        walk = Walk(shared_calendar(), secret_forms=True)
        assert walk.hold(eight()).status_code == 403
        assert not Appointment.objects.exists()


class TestForm:
    def test_documents_and_fees_for_exactly_these_people(self) -> None:
        world = shared_calendar()
        RequiredDocumentFactory.create(label={"fr": "Déclaration de perte"}, situations=["loss"], types=[world.type])
        RequiredDocumentFactory.create(label={"fr": "Un parent"}, ages="minor", types=[world.type])
        FeeFactory.create(cents=1700, ages="under_15", label={"fr": "timbre"}, types=[world.type])
        walk = Walk(world)
        address = walk.held(eight())
        assert "Un parent" not in text_of(walk.client.get(address))
        asked = {"p0-age": "mineur", "p0-birth_year": str(INES.birth_year), "p0-situation": "loss"}
        part = text_of(walk.client.get(urlsplit(address).path + "pieces/", asked))
        assert "Déclaration de perte" in part
        assert "Un parent" in part
        assert "17 €" in part
        assert "Il n’est pas vendu ici" in part
        assert "<html" not in part

    def test_without_javascript_a_button_brings_the_list_and_judges_nothing(self) -> None:
        world = shared_calendar()
        RequiredDocumentFactory.create(label={"fr": "Un parent"}, ages="minor", types=[world.type])
        walk = Walk(world)
        address = walk.held(eight())
        half = {"recherche": "", "pieces": "1", "p0-age": "mineur", "p0-first_name": "Inès", "email": "pas-fini"}
        response = walk.client.post(urlsplit(address).path, half)
        page = text_of(response)
        assert response.status_code == 200
        assert "Un parent" in page
        assert 'value="Inès"' in page
        assert 'value="pas-fini"' in page
        assert "corriger" not in page
        assert Appointment.objects.held().count() == 1

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"p0__number": "A12"}, "dix lettres ou chiffres"),
            ({"p0__number": ""}, "Le numéro de pré-demande est nécessaire"),
            ({"email": "odile@"}, "Cette adresse ne peut pas exister"),
            ({"phone": "0612"}, "ne peut pas exister en France"),
            ({"email": "", "phone": ""}, "l’un des deux suffit"),
            ({"p0__first_name": "<script>alert(1)</script>"}, "lettres, des tirets et des apostrophes"),
            ({"p0__last_name": "Fic\u0007tive"}, "caractère invisible"),
            ({"p0__first_name": ""}, "Écrivez le prénom"),
            ({"p0__age": "mineur", "p0__birth_year": "1950"}, "est majeure"),
            ({"p0__situation": "dragon"}, "n’est pas dans la liste"),
            ({"home": "atlantide"}, "n’est pas dans la liste"),
        ],
    )
    def test_bad_input_has_a_sentence_in_the_summary_and_beside_the_field(
        self, changed: dict[str, str], sentence: str
    ) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        response = walk.confirm(address, ODILE, **changed)
        assert response.status_code == 422
        page = text_of(response)
        assert page.count(sentence) >= 2
        assert 'value="Fictive"' in page or "last_name" in str(changed)
        assert "<script>alert" not in page
        assert "Erreur" in page[page.index("<title>") : page.index("</title>")]
        assert Appointment.objects.held().count() == 1

    def test_hostile_text_is_kept_escaped(self) -> None:
        walk = Walk(shared_calendar())
        response = walk.confirm(walk.held(eight()), ODILE, p0__first_name='"><img src=x onerror=alert(1)>')
        assert "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;" in text_of(response)

    def test_same_number_twice(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight(), people=2)
        response = walk.confirm(address, ODILE, LOIC, p1__number=ODILE.number.lower())
        assert response.status_code == 422
        assert "Chaque personne a son propre numéro" in text_of(response)

    def test_collection_asks_for_no_number(self) -> None:
        walk = Walk(shared_calendar(kind=TypeKind.COLLECTION))
        query = f"type={walk.world.type.code}&mairie={walk.world.facilities[0].slug}"
        page = text_of(walk.client.get(walk.held(eight(), query=query)))
        assert "Numéro de pré-demande" not in page

    def test_home_comes_from_the_search(self) -> None:
        world = shared_calendar()
        slug = world.facilities[0].municipality.slug
        walk = Walk(world)
        page = text_of(walk.client.get(walk.held(eight(), query=f"type={world.type.code}&commune={slug}")))
        assert f'<option value="{slug}" selected>' in page

    @pytest.mark.parametrize("people", [1, 3])
    def test_same_number_of_queries_for_one_and_three_people(
        self, django_assert_num_queries: DjangoAssertNumQueries, people: int
    ) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight(), people=people)
        walk.client.get(address)
        with django_assert_num_queries(2):
            walk.client.get(address)


class TestConfirm:
    def test_a_family_is_booked_and_told(self) -> None:
        walk = Walk(shared_calendar())
        appointment = walk.book(eight(), ODILE, LOIC)
        assert appointment.state == State.BOOKED
        people = list(appointment.people.order_by("position"))
        assert [(p.first_name, p.is_minor, p.birth_year) for p in people] == [
            ("Odile", False, None),
            ("Loïc", True, 2010),
        ]
        assert Message.objects.filter(subject_id=appointment.pk, kind="appointment.confirmed").exists()

    def test_names_of_all_kinds_survive(self) -> None:
        appointment = Walk(shared_calendar()).book(eight(), ZOE)
        assert str(appointment.people.get()) == "Zoë-Maëlle d’Œuvre-N’Guyen"

    def test_phone_alone_is_enough_and_kept_in_e164(self) -> None:
        assert Walk(shared_calendar()).book(eight(), MEHDI).phone == "+33612345678"

    def test_confirming_twice_gives_the_same_confirmation(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        first, second = walk.confirm(address, ODILE), walk.confirm(address, ODILE)
        assert first["Location"] == second["Location"]
        assert Appointment.objects.booked().count() == 1
        assert Message.objects.filter(kind="appointment.confirmed").count() == 1

    @pytest.mark.parametrize(
        "changed", [{"email": "neuve@mail.example"}, {"p0-last_name": "Réelle"}, {"p0-number": "x"}]
    )
    def test_going_back_to_mend_what_was_confirmed_is_told_that_it_is_not(self, changed: dict[str, str]) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        confirmed = walk.confirm(address, ODILE)["Location"]
        answer = walk.client.post(urlsplit(address).path, walk.fill(ODILE) | changed)
        assert answer.status_code == 409
        assert "Ce formulaire a déjà été envoyé" in text_of(answer)
        assert f'href="{confirmed}"' in text_of(answer)
        assert Appointment.objects.booked().get().email == ODILE.email

    def test_nor_where_the_time_had_lapsed_and_was_taken_anew(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        Appointment.objects.filter(pk=hold_id(address)).delete()
        rebuild_day(walk.world.counters[0].pk, eight())
        sent = {"retenu": token_of(walk.world.facilities[0], eight()), FIELD: "one-press-of-one-form"}
        first, second = walk.confirm(address, ODILE, **sent), walk.confirm(address, ODILE, **sent)
        assert first["Location"] == second["Location"]
        other = walk.client.post(urlsplit(address).path, walk.fill(ODILE) | sent | {"email": "neuve@mail.example"})
        assert other.status_code == 409
        assert "Ce formulaire a déjà été envoyé" in text_of(other)

    def test_back_button_after_confirming_shows_the_ticket(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        confirmed = walk.confirm(address, ODILE)["Location"]
        assert walk.client.get(address)["Location"] == confirmed

    def test_lapsed_but_still_free_is_booked_without_another_word(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        Appointment.objects.filter(pk=hold_id(address)).delete()
        walk.world.hold(at(day_ahead(), 11, 0), browser="autre")  # somebody else's search tidied the holds away
        rebuild_day(walk.world.counters[0].pk, eight())
        response = walk.confirm(address, ODILE, retenu=token_of(walk.world.facilities[0], eight()))
        assert response.status_code == 302
        assert Appointment.objects.booked().get().starts_at == eight()

    def test_lapsed_and_taken_offers_others_that_confirm_in_one_click(self) -> None:
        world = shared_calendar()
        walk = Walk(world)
        address = walk.held(eight())
        kept = token_of(world.facilities[0], eight())
        lapse(hold_id(address))
        Walk(world).book(eight(), MEHDI)
        response = walk.confirm(address, ODILE, retenu=kept)
        assert response.status_code == 409
        page = text_of(response)
        assert 'value="Odile"' in page
        assert f'value="{ODILE.number}"' in page
        other = token_of(world.facilities[0], at(day_ahead(), 8, 20))
        assert f'form="reservation" name="creneau" value="{other}"' in page
        response = walk.confirm(address, ODILE, retenu=kept, creneau=other)
        assert response.status_code == 302
        assert Appointment.objects.booked().filter(starts_at=at(day_ahead(), 8, 20)).exists()

    def test_lapsed_page_asked_for_again_says_so_and_offers_others(self) -> None:
        walk = Walk(shared_calendar())
        address = walk.held(eight())
        lapse(hold_id(address))
        response = walk.client.get(address)
        assert response.status_code == 410
        assert 'name="creneau"' in text_of(response)


class TestStaff:
    def test_agent_books_for_a_caller_without_number_or_address(self) -> None:
        world = shared_calendar()
        agent = agent_of(world.facilities[0])
        walk = Walk(world)
        walk.client.force_login(agent)
        address = walk.held(eight())
        page = text_of(walk.client.get(address))
        assert "(facultatif)" in page
        response = walk.confirm(address, ODILE, p0__number="", email="", channel="counter")
        assert response.status_code == 302
        appointment = Appointment.objects.booked().get()
        assert (appointment.booked_by, appointment.channel) == (agent, "counter")
        assert "imprimez cette page" in text_of(walk.client.get(response["Location"]))


def test_a_hold_of_the_core_and_of_the_page_are_one_thing() -> None:
    world = shared_calendar()
    hold = hold_slot(
        type=world.type,
        people=1,
        facility=world.facilities[0],
        starts_at=eight(),
        viewer=Viewer.resident(),
        browser="x",
        address="y",
    )
    confirm_booking(hold_id=hold.pk, browser="x", details=booking_of(ODILE))
    assert AppointmentPerson.objects.get().pre_application_number == ODILE.number
