"""What a service gets by standing in the house: nothing outside of its folder knows it, and everything asks it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.feeds.actions import create_staff_feed
from booking.feeds.exceptions import NotYours
from booking.feeds.models import CalendarFeed
from booking.residents.actions import exchange, mint_link
from booking.residents.models import AccessLink
from municipalities import services
from municipalities.actions.closures import close_place, reopen_place
from municipalities.exceptions import Refusal
from municipalities.feeds import Privacy
from municipalities.languages import Translated
from municipalities.models import AuditEntry, Closure, Facility, ReadTrace, StaffMember
from notifications.delivery import deliver_due
from notifications.models import Message
from tests import people
from tests.factories import FacilityFactory
from tests.house import our_apps
from tests.rights.walk import addresses, signed_in
from tests.second_service import actions
from tests.second_service.messages import LINK, SUBJECT, owe_link
from tests.second_service.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def nursery() -> Facility:
    return FacilityFactory.create(kind="nursery", name="Les Lutins")


@pytest.fixture
def visit(nursery: Facility) -> Visit:
    start = timezone.now() + timedelta(days=3)
    return Visit.objects.create(facility=nursery, starts_at=start, name="Odile Fictive", email="odile@mail.example")


@pytest.fixture
def manager(nursery: Facility) -> StaffMember:
    return people.manager_of_municipality(nursery.municipality)


def _closure(place: Facility, visit: Visit) -> dict[str, Any]:
    return {
        "facility": place,
        "period": (visit.starts_at - timedelta(hours=1), visit.starts_at + timedelta(hours=1)),
        "reason": Translated(fr="Travaux"),
    }


def test_it_is_one_of_ours_and_the_walk_visits_its_pages() -> None:
    assert "second" in {app.label for app in our_apps()}
    assert {"second:visits", "second:call_off"} <= set(addresses())


def test_the_trace_names_who_wrote_it(visit: Visit, manager: StaffMember) -> None:
    assert signed_in(manager).post(reverse("second:call_off", args=[visit.pk])).status_code == 302
    change = AuditEntry.objects.filter(table="second_visit").order_by("-pk")[0]
    assert (change.staff_id, change.channel, change.after) == (manager.pk, "agents", {"is_called_off": True})


def test_the_purge_forgets_its_person_everywhere(visit: Visit) -> None:
    owe_link(visit)
    deliver_due()
    Visit.objects.filter(pk=visit.pk).update(name="Odette")
    later = visit.starts_at + timedelta(days=21)
    assert services.purge(now=later, dry_run=True)["visites"] == 1
    assert services.purge(now=later)["visites"] == 1
    visit.refresh_from_db()
    assert (visit.name, visit.email) == ("", "")
    assert Message.objects.get().recipient == "" and not AccessLink.objects.exists()
    assert "Od" not in str(list(AuditEntry.objects.filter(table="second_visit").values_list("before", "after")))


def test_before_its_period_nobody_is_forgotten(visit: Visit) -> None:
    assert services.purge(now=visit.starts_at + timedelta(days=19))["visites"] == 0


def test_a_lost_link_finds_it_and_its_link_opens_its_page(visit: Visit, mailoutbox: Any) -> None:
    asked = Client().post(reverse("residents:find"), {"contact": "Odile@mail.example"})
    assert asked.status_code == 200
    assert Message.objects.get().kind == LINK
    deliver_due()
    address = mailoutbox[0].body.strip()
    token = address.rstrip("/").rsplit("/", 1)[1]
    assert exchange(token=token).subject_type == SUBJECT
    resident = Client()
    opened = resident.get(reverse("residents:link", args=[token]))
    assert opened["Location"] == reverse("second_public:visit", args=[visit.pk])
    assert "Odile Fictive" in resident.get(opened["Location"]).content.decode()
    assert Client().get(opened["Location"]).status_code == 403


def test_the_preview_of_a_closure_names_what_it_would_hit(visit: Visit, manager: StaffMember) -> None:
    day = timezone.localdate(visit.starts_at).isoformat()
    data = {"from_day": day, "until_day": day, "reason_fr": "Travaux", "apercu": "1"}
    page = signed_in(manager).post(
        reverse("counter:new_closure"), {**data, "place": f"etablissement-{visit.facility_id}"}
    )
    assert "Visites touchées : 1" in page.content.decode()
    assert not Closure.objects.exists()


def test_a_closure_acts_on_it_in_its_own_transaction(
    visit: Visit, manager: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    class No(Refusal):
        code = "no"

    def refuse(_closure: Closure, _keep: bool) -> Any:
        raise No

    with monkeypatch.context() as patched:
        patched.setitem(services._services, "residents", services.Service("residents", closing=refuse))
        with pytest.raises(No):
            close_place(**_closure(visit.facility, visit), by=manager)
    visit.refresh_from_db()
    assert not visit.is_called_off and not Closure.objects.exists()

    closure = close_place(**_closure(visit.facility, visit), by=manager)
    visit.refresh_from_db()
    assert visit.is_called_off
    reopen_place(closure=closure, by=manager)
    assert not Closure.objects.exists()


def test_a_reading_of_it_is_told_to_the_auditor(visit: Visit) -> None:
    territory = people.territory_manager()
    signed_in(territory).get(reverse("second:visit_file", args=[visit.pk]))
    reading = ReadTrace.objects.get(subject_type=SUBJECT)
    assert reading.subject_id == visit.pk
    page = signed_in(people.auditor()).get(reverse("staff:readings")).content.decode()
    assert f"visite {str(visit.pk)[:8]}" in page


def test_its_posts_are_counted() -> None:
    assert services.counted_views()["second:call_off"] == "visit_called_off"


def test_its_calendar_is_offered_and_read_without_a_line_elsewhere(visit: Visit, manager: StaffMember) -> None:
    """Counted at each reading, for it says no condition of its own; what a level hides stays hidden."""
    made = signed_in(manager).post(
        reverse("feeds:new"), {"place": f"visites-{visit.facility_id}", "privacy": Privacy.FULL}
    )
    address = re.search(r"https://guichet\.test(/calendriers/[\w-]{32}\.ics)", made.content.decode())
    assert address
    assert "Visites : Les Lutins" in signed_in(manager).get(reverse("feeds:mine")).content.decode()
    first = Client().get(address[1])
    assert b"SUMMARY:Odile Fictive" in first.content
    tag = {"if-none-match": first["ETag"]}
    assert Client().get(address[1], headers=tag).status_code == 304
    actions.call_off(visit)
    assert b"STATUS:CANCELLED" in Client().get(address[1], headers=tag).content
    stranger = people.agent_of(FacilityFactory.create(kind="nursery"))
    with pytest.raises(NotYours):
        create_staff_feed(kind="second.visits", subject_id=str(visit.facility_id), privacy=Privacy.BUSY, by=stranger)
    Visit.objects.all().delete()
    Facility.objects.filter(pk=visit.facility_id).delete()
    services.purge(now=timezone.now())
    assert not CalendarFeed.objects.exists()


def test_its_visitor_follows_it_until_the_contact_changes(visit: Visit) -> None:
    owe_link(visit)
    deliver_due()
    resident = Client()
    token = mint_link(subject_type=SUBJECT, subject_id=visit.pk, expires_at=timezone.now() + timedelta(days=1))
    assert Client().post(reverse("follow:create", args=[visit.pk])).status_code == 403
    resident.get(reverse("residents:link", args=[token]))
    made = resident.post(reverse("follow:create", args=[visit.pk])).content.decode()
    address = re.search(r"https://guichet\.test(/calendriers/[\w-]{32}\.ics)", made)
    assert address and "Ma visite dans mon agenda" in made
    assert Client().get(address[1]).content.count(b"BEGIN:VEVENT") == 1
    Visit.objects.filter(pk=visit.pk).update(email="ailleurs@mail.example")
    assert Client().get(address[1]).status_code == 410
