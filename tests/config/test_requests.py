"""No 500 for anybody: values that are none, bodies that cannot be read, HEAD."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from municipalities.models import Facility, Municipality
from tests import people
from tests.booking.activities.resident.test_pages import browser
from tests.factories.enrolments import family
from tests.siege.camp import Besieger, resident_of
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody() -> Besieger:
    return Besieger()


@pytest.fixture
def root() -> Besieger:
    client = Besieger()
    client.force_login(people.superuser())
    return client


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> Besieger:
    client = Besieger()
    client.force_login(people.agent_of(rixheim_town_hall))
    return client


class TestNul:
    @pytest.mark.parametrize(
        "path", ["/communes/?q=%00", "/rendez-vous/?mairie=a%00b", "/?%00=1", "/communes/a%00b/", "/agents/?x=%00"]
    )
    def test_in_an_address(self, anybody: Besieger, path: str) -> None:
        answer = anybody.get(path)
        assert answer.status_code == 400 and "<h1" in answer.content.decode()

    def test_in_a_form(self, anybody: Besieger) -> None:
        assert anybody.post("/retrouver/", {"contact": "a\0b"}).status_code == 400
        assert anybody.post("/retrouver/", {"a\0b": "x"}).status_code == 400

    @pytest.mark.parametrize("path", ["/", "/rendez-vous/", "/compte/login/", "/agents/"])
    def test_in_a_cookie_counts_as_no_cookie(self, anybody: Besieger, path: str) -> None:
        assert anybody.get(path, HTTP_COOKIE='sessionid="\\000abcdefgh"').status_code in (200, 302)

    def test_in_json(self, settings: Any, anybody: Besieger) -> None:
        settings.SMS_RECEIPT_SECRET = "s" * 20
        body = json.dumps({"id": "a\0b", "status": "delivered"})
        path = reverse("notifications:sms_receipt", args=["s" * 20])
        assert anybody.post(path, body, content_type="application/json").status_code == 400

    @pytest.mark.parametrize("model", ["municipalities_staffmember", "mfa_authenticator", "appointments_appointment"])
    def test_in_the_administration(self, root: Besieger, model: str) -> None:
        for query in ("q=%00", "id__exact=%00", "o=%00", "p=%00"):
            assert root.get(f"{reverse(f'admin:{model}_changelist')}?{query}").status_code < 500


class TestNumbers:
    @pytest.mark.parametrize("digits", [20, 400, 4301])
    def test_of_any_length(self, root: Besieger, agent: Besieger, digits: int) -> None:
        number = "9" * digits
        for client in (root, agent):
            for path in ("/agents/equipe/", "/agents/calendriers/", "/rendez-vous/", "/communes/"):
                for name in ("adresse", "page", "avant", "p", "personnes", "mairie", "jour", "creneau"):
                    assert client.get(path, {name: number}).status_code < 500, (path, name)
            assert client.post("/agents/calendriers/nouveau/", {"adresse": number}).status_code < 500
            assert client.get(f"/agents/equipe/{number}/").status_code in (400, 404)

    @pytest.mark.parametrize("digits", [20, 400, 4301])
    def test_in_filters_of_the_administration(self, root: Besieger, digits: int) -> None:
        number = "9" * digits
        for query in (
            {"id__exact": number},
            {"municipality__id__exact": number},
            {"p": number},
            {"o": number},
            {"q": number},
        ):
            for model in ("municipalities_facility", "municipalities_staffrole", "appointments_appointment"):
                assert root.get(reverse(f"admin:{model}_changelist"), query).status_code < 500, (model, query)

    @pytest.mark.parametrize("digits", [5, 20, 400])
    def test_in_the_dates_of_the_administration(self, root: Besieger, digits: int) -> None:
        number = "9" * digits
        dated = [(model, shown.date_hierarchy) for model, shown in admin.site._registry.items() if shown.date_hierarchy]
        assert dated
        for model, field in dated:
            for query in ({"year": number}, {"year": "2026", "month": number}, {"year": number, "month": "11"}):
                asked = {f"{field}__{part}": value for part, value in query.items()}
                address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
                assert root.get(address, asked).status_code < 500, (model, asked)


class TestBodies:
    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'),
            ("multipart/form-data; boundary=\xff", b"x"),
            ("application/x-www-form-urlencoded; charset=rot13", b"a=b"),
            ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1500))),
        ],
    )
    @pytest.mark.parametrize(
        "path", ["/retrouver/", "/nulle-part/", "/agents/equipe/", "/compte/login/", "/piscines/bord/marques/"]
    )
    def test_that_cannot_be_read(self, path: str, content_type: str, body: bytes) -> None:
        for checks in (True, False):
            client = Client(raise_request_exception=False, enforce_csrf_checks=checks)
            assert client.generic("POST", path, body, content_type).status_code < 500

    def test_that_breaks_off(self, anybody: Besieger) -> None:
        class Broken:
            def read(self, *_size: int) -> bytes:
                raise OSError("gone")

            readline = read

        for path in ("/nulle-part/", "/retrouver/"):
            answer = anybody.post(
                path,
                CONTENT_TYPE="application/x-www-form-urlencoded",
                CONTENT_LENGTH="10",
                **{"wsgi.input": Broken()},  # type: ignore[arg-type]
            )
            assert answer.status_code == 400


class TestReceiptsOfMail:
    @pytest.mark.parametrize("provider", ["mailgun", "sendgrid", "postal", "mailersend", "amazon_ses", "mandrill"])
    def test_only_the_configured_provider_has_a_door(self, anybody: Besieger, settings: Any, provider: str) -> None:
        settings.MAIL_SERVICE = "brevo"
        for what in ("tracking/", "inbound/", ""):
            assert anybody.post(f"/retours/anymail/{provider}/{what}", "{}", "application/json").status_code == 404
        assert anybody.post("/retours/anymail/brevo/inbound/", "{}", "application/json").status_code == 404

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", "3", '"x"', '{"event": {}}', '[{"event": 1}]', "\xff"])
    def test_what_is_no_report_is_refused(self, anybody: Besieger, settings: Any, body: str) -> None:
        settings.ANYMAIL, settings.MAIL_SERVICE = {"WEBHOOK_SECRET": "brevo:secret"}, "brevo"
        basic = {"HTTP_AUTHORIZATION": "Basic YnJldm86c2VjcmV0"}
        sent = body.encode("latin-1")
        answer = anybody.generic("POST", "/retours/anymail/brevo/tracking/", sent, "application/json", **basic)
        assert answer.status_code in (200, 400)
        assert body.startswith("{") or answer.status_code == 400
        assert anybody.generic("POST", "/retours/anymail/brevo/tracking/", sent, "application/json").status_code == 400


class TestHead:
    def test_is_answered_wherever_get_is(self, agent: Besieger, rixheim_town_hall: Facility) -> None:
        shared_calendar()
        paths = ["/", "/rendez-vous/", "/retrouver/", "/sante/vivant", "/sante/pret", "/agents/", "/aide/"]
        for path in [*paths, f"/agents/guichets/{rixheim_town_hall.pk}/tableau/", "/compte/login/"]:
            asked, looked = agent.get(path), agent.head(path)
            assert (looked.status_code, looked["Content-Type"]) == (asked.status_code, asked["Content-Type"]), path
            assert looked.content == b""

    def test_is_refused_where_get_is(self, agent: Besieger) -> None:
        assert agent.head("/rendez-vous/retenir/").status_code == agent.get("/rendez-vous/retenir/").status_code == 405


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/rendez-vous/retenir/", "/rendez-vous/"),
        ("/de/piscines/groupes/12/choisir/", "/de/piscines/groupes/12/"),
        ("/en/piscines/panier/5d5a1c0e-0000-4000-8000-000000000000/regler/", "/en/piscines/panier/"),
        (
            "/communes/rixheim/de/piscines/attente/5d5a1c0e-0000-4000-8000-000000000000/",
            "/communes/rixheim/de/piscines/attente/",
        ),
        ("/famille/deconnexion/", "/famille/"),
    ],
)
def test_an_address_that_only_takes_forms_leads_to_the_page_above_it(
    rixheim: Municipality, path: str, above: str
) -> None:
    """Another language of a refusal, or a tab that the browser opens anew."""
    client = browser(family())
    answer = client.get(path, headers={"Sec-Fetch-Mode": "navigate"})
    assert (answer.status_code, answer["Location"]) == (302, above)
    assert client.get(path).status_code == 405
    assert client.get(above).status_code in (200, 404)


@pytest.mark.parametrize("filters", ["du=demain", "de=25:99", "jours=x", "au=9999-99-99&a=x", "mois=0000-00", "jour=x"])
def test_moving_with_a_filter_that_cannot_be_read(filters: str) -> None:
    client, booked = resident_of(shared_calendar(town_halls=2))
    for htmx in ({}, {"HTTP_HX_REQUEST": "true"}):
        answer = client.get(f"/rendez-vous/?deplace={booked.pk}&{filters}", **htmx)
        assert answer.status_code in (200, 422), filters


@pytest.mark.parametrize("chosen", ["rdv-1%0Ax", "%0D%0AX-Intrus:%201", "%C3%A9", "%22", "a" * 400])
def test_a_board_whose_chosen_row_is_no_row(agent: Besieger, rixheim_town_hall: Facility, chosen: str) -> None:
    path = f"/agents/guichets/{rixheim_town_hall.pk}/tableau/?rdv={chosen}"
    assert agent.get(path).status_code == 200
    assert agent.get(path, HTTP_HX_REQUEST="true").status_code == 200


def test_an_empty_form_takes_no_facility_out_of_service(rixheim_town_hall: Facility) -> None:
    client = Besieger()
    client.force_login(people.manager_of_facility(rixheim_town_hall))
    for data in ({}, {"service": ""}, {"service": "x"}):
        assert client.post(reverse("counter:facility_service", args=[rixheim_town_hall.pk]), data).status_code < 500


def test_search_in_the_administration_finds_or_finds_nothing(root: Besieger) -> None:
    """In every list that has a box for it, those of the libraries included."""
    for model, shown in admin.site._registry.items():
        if shown.get_search_fields(None):  # type: ignore[arg-type]
            path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            assert root.get(path, {"q": "x"}).status_code == 200, path


def test_a_body_of_two_hundred_megabytes_is_refused_before_it_is_read(anybody: Besieger) -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    answer = anybody.post("/retrouver/", {"contact": "x"}, **{"CONTENT_LENGTH": 200_000_000, "wsgi.input": Unread()})
    assert answer.status_code == 413 and "trop lourd" in answer.content.decode()
    assert anybody.post("/retrouver/", {"contact": "x"}).status_code == 422
