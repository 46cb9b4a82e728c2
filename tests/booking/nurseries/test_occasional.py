"""Half-days now and then: opened by the nursery, taken by link, given back in time, passed on to who waits."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.enums import CareKind
from booking.nurseries.models import (
    ApplicationChild,
    NurseryApplication,
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
)
from booking.nurseries.models.occasional import StayState
from booking.nurseries.occasional import exceptions as refused
from booking.nurseries.occasional import opening, taking
from booking.nurseries.occasional.calendar import HALF_DAYS as FEED
from booking.nurseries.occasional.messages import ADMITTED, OFFERED, SUBJECT, TAKEN, gather, render
from booking.residents.actions import mint_link
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from municipalities.feeds import Privacy
from municipalities.models import Closure, Operator
from municipalities.zone import ZONE
from notifications.kinds import Mail
from notifications.models import Message
from tests import people
from tests.booking.nurseries.occasional import Occasional, make_occasional, working_day
from tests.booking.nurseries.test_answers import page, spaced
from tests.factories import OperatorFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def care() -> Occasional:
    return make_occasional()


def take(care: Occasional, child: ApplicationChild, half: str = "am") -> OccasionalStay:
    stay = taking.hold(child=child, nursery=care.nursery, day=care.day, half=half)
    taking.confirm(stay_id=stay.pk)
    stay.refresh_from_db()
    return stay


def where(care: Occasional, child: ApplicationChild) -> dict[str, Any]:
    return {"child": child, "nursery": care.nursery, "day": care.day, "half": "am"}


def told(kind: str) -> list[str]:
    found = list(Message.objects.filter(kind=kind).order_by("pk"))
    letters = [render(one, gather([one]).get(one.pk)) for one in found]
    return [spaced(one.text) for one in letters if isinstance(one, Mail)]


def by_link(child: ApplicationChild) -> Client:
    client = Client()
    until = timezone.now() + timedelta(days=1)
    token = mint_link(subject_type=SUBJECT, subject_id=child.application_id, expires_at=until)
    assert client.get(reverse("residents:link", args=[token])).status_code == 302
    return client


def press(client: Client, care: Occasional, child: ApplicationChild, name: str = "take", **said: str) -> str:
    form = {"number": str(child.number), "lieu": str(care.nursery.pk), "creneau": f"{care.day.isoformat()}_am"}
    answer = client.post(reverse(f"nurseries:occasional_{name}", args=[child.application_id]), form | said, follow=True)
    return spaced(answer.content.decode())


def test_places_are_numbered_and_one_childs_by_the_database(care: Occasional) -> None:
    first, second = care.open(2)
    assert (first.number, second.number) == (1, 2)
    stay = take(care, care.child())
    assert stay.place == first, "the lowest number first"
    for change, name in (
        ({"child": care.child("Bravo")}, "occasional_place_is_one_childs"),
        ({"place": second}, "child_is_at_one_place_each_half_day"),
    ):
        twin = OccasionalStay.objects.get(pk=stay.pk)
        twin.pk, twin._state.adding = None, True
        for key, value in change.items():
            setattr(twin, key, value)
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            OccasionalStay.objects.bulk_create([OccasionalStay(**_facts(twin))])
        assert refused_by(error.value, name)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        OccasionalPlace.objects.filter(pk=second.pk).update(number=1)
    assert refused_by(error.value, "occasional_place_has_its_own_number")


def _facts(stay: OccasionalStay) -> dict[str, Any]:
    names = ("place", "child", "day", "half", "state", "made_at", "until", "changed_at")
    return {name: getattr(stay, name) for name in names}


def test_sections_are_opened_beside_each_other_up_to_all_places(care: Occasional) -> None:
    care.nursery.openings.update(sections={"small": 3, "middle": 2})
    facts: dict[str, Any] = {"nursery": care.nursery, "day": care.day, "half": "am", "by": care.manager}
    opening.open_places(section="small", number=2, **facts)
    with pytest.raises(refused.MoreThanFree, match="qu’une place"):
        opening.open_places(section="small", number=2, **facts)
    opening.open_places(section="middle", number=2, **facts)
    with pytest.raises(refused.MoreThanFree):
        opening.open_places(section="small", number=1, **facts)


@pytest.mark.parametrize("where", ["territory", "operator", "town"])
def test_half_days_are_opened_unless_a_closure_takes_them(care: Occasional, where: str) -> None:
    """That of a town closes what the town runs, and not what others run in it."""
    facility = care.nursery.facility
    town = facility.municipality
    theirs = getattr(town, "operator", None) or OperatorFactory.create(municipality=town)
    facility.operator = theirs if where == "operator" else OperatorFactory.create()
    facility.save()
    begin = datetime.combine(care.day, time(), tzinfo=ZONE)
    period = (begin, begin + timedelta(days=1))
    closure = Closure.objects.create(
        municipality=None if where == "territory" else town, period=period, reason={"fr": "Travaux fictifs"}
    )
    assert closure.closes(facility) == (where != "town")
    if where == "town":
        assert care.open()
    else:
        with pytest.raises(refused.IsClosed):
            care.open()


def test_an_operator_opens_what_its_capacity_leaves_and_on_open_days(care: Occasional) -> None:
    with pytest.raises(refused.MoreThanFree, match="4 places"):
        care.open(5)
    care.open(3)
    with pytest.raises(refused.MoreThanFree):
        care.open(2)
    care.day = timezone.localdate() - timedelta(days=1)
    with pytest.raises(refused.HalfDayIsPast):
        care.open()
    care.day = working_day(15)
    with pytest.raises(refused.NotYetOpen):
        care.open()
    care.nursery.openings.update(authorised={"mon_am": 4} if working_day().weekday() else {"tue_am": 4})
    care.day = working_day()
    with pytest.raises(refused.IsClosed):
        care.open()
    care.nursery.accepts_occasional = False
    care.nursery.save()
    with pytest.raises(refused.TakesNoOccasional):
        care.open()
    assert OccasionalPlace.objects.count() == 3


def test_a_family_takes_confirms_and_gives_back_by_its_link(care: Occasional) -> None:
    child = care.child()
    Operator.objects.filter(pk=child.application.authority_id).update(email="creches@m2a.example")
    care.open()
    client = by_link(child)
    shown = page(client, "nurseries:occasional", child.application_id)
    assert "1 place libre" in shown and "Confirmez avant" not in shown
    assert "Confirmez avant" in press(client, care, child)
    stay = OccasionalStay.objects.get()
    assert stay.state == StayState.HELD and stay.until is not None
    assert timedelta(minutes=9) < stay.until - timezone.now() <= timedelta(minutes=10)
    client.post(reverse("nurseries:occasional_confirm", args=[child.application_id, stay.pk]))
    assert "Votre enfant est attendu" in told(TAKEN)[0] and "Vous pouvez rendre" in told(TAKEN)[0]
    assert "creches@m2a.example" in told(TAKEN)[0], "whom to ask"
    assert "À rendre avant" in page(client, "nurseries:occasional", child.application_id)
    again = client.post(reverse("nurseries:occasional_confirm", args=[child.application_id, stay.pk]))
    assert again.status_code == 409 and spaced(str(refused.AnsweredAlready())) in spaced(again.content.decode())
    client.post(reverse("nurseries:occasional_give_back", args=[child.application_id, stay.pk]))
    assert not OccasionalStay.objects.filter(state=StayState.TAKEN).exists()
    assert OccasionalPlace.objects.free().count() == 1
    stranger = by_link(care.child("Bravo"))
    answer = stranger.post(reverse("nurseries:occasional_confirm", args=[child.application_id, stay.pk]))
    assert answer.status_code in (403, 404, 410)


def test_ten_minutes_pass_and_the_place_is_free_again(care: Occasional) -> None:
    care.open()
    stay = taking.hold(**where(care, care.child()))
    OccasionalStay.objects.filter(pk=stay.pk).update(until=timezone.now())
    with pytest.raises(refused.HoldIsOver):
        taking.confirm(stay_id=stay.pk)
    assert taking.lapse_due() == 1
    assert taking.lapse_due() == 0
    assert take(care, care.child("Bravo")).state == StayState.TAKEN


def test_what_comes_back_is_offered_to_one_at_a_time_in_order(care: Occasional) -> None:
    care.open()
    stay = take(care, care.child())
    first, second = care.child("Bravo"), care.child("Charlie")
    for child in (first, second):
        taking.wait(**where(care, child))
    with pytest.raises(refused.WaitsAlready):
        taking.wait(**where(care, first))
    taking.give_back(stay_id=stay.pk)
    offer = OccasionalStay.objects.get(state=StayState.OFFERED)
    assert offer.child == first and offer.until is not None
    assert not OccasionalPlace.objects.free().exists(), "never free for others while somebody waits"
    with pytest.raises(refused.TakenMeanwhile):
        taking.hold(**where(care, care.child("Delta")))
    assert "La demi-journée que vous attendiez est libre" in told(OFFERED)[0]
    OccasionalStay.objects.filter(pk=offer.pk).update(until=timezone.now())
    assert told(OFFERED) == [], "an offer that is over says nothing"
    taking.lapse_due()
    offer = OccasionalStay.objects.get(state=StayState.OFFERED)
    assert offer.child == second
    taking.confirm(stay_id=offer.pk)
    assert not OccasionalWish.objects.filter(ended_at__isnull=True).exists()


def past(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    return {"creneau": f"{(timezone.localdate() - timedelta(days=1)).isoformat()}_am"}


def not_admitted(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    OccasionalAdmission.objects.create(
        child=child, nursery=make_occasional("La Ronde").nursery, admitted_by=care.manager
    )
    OccasionalAdmission.objects.filter(nursery=care.nursery).delete()
    return {}


def incomplete(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    NurseryApplication.objects.filter(pk=child.application_id).update(state="received")
    return {}


def taken(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    take(care, care.child("Bravo"))
    return {}


def nonsense(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    return {"creneau": "2026-13-45_xx", "number": "99999999999999"}


def no_day(care: Occasional, child: ApplicationChild) -> dict[str, str]:
    return {"creneau": "demain"}


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (past, refused.HalfDayIsPast),
        (not_admitted, refused.NotAdmitted),
        (incomplete, refused.FileIsOver),
        (taken, refused.TakenMeanwhile),
        (nonsense, refused.NotAdmitted),
        (no_day, refused.HalfDayIsPast),
    ],
)
def test_bad_input_gets_its_sentence_and_takes_nothing(
    care: Occasional, made: Callable[[Occasional, ApplicationChild], dict[str, str]], sentence: type[Exception]
) -> None:
    child = care.child()
    care.open()
    client = by_link(child)
    said = made(care, child)
    assert spaced(str(sentence())) in press(client, care, child, **said)
    assert not OccasionalStay.objects.filter(child=child).exists()


def test_given_back_too_late_stays(care: Occasional) -> None:
    care.day = timezone.localdate()
    OccasionalCare.objects.create(nursery=care.nursery, morning_from="22:00", afternoon_from="23:59")
    place = OccasionalPlace.objects.create(nursery=care.nursery, day=care.day, half="pm", section="small", number=1)
    stay = OccasionalStay.objects.create(
        place=place, child=care.child(), day=care.day, half="pm", state=StayState.TAKEN, was_taken_at=timezone.now()
    )
    with pytest.raises(refused.TooLateToGiveBack):
        taking.give_back(stay_id=stay.pk)
    shown = page(by_link(stay.child), "nurseries:occasional", stay.child.application_id)
    assert "Téléphonez à la crèche" in shown
    stay.refresh_from_db()
    assert stay.state == StayState.TAKEN


def test_the_link_of_who_withdrew_says_so_and_what_was_taken_goes_on(care: Occasional) -> None:
    child, waits = care.child(), care.child("Bravo")
    care.open()
    stay = take(care, child)
    taking.wait(**where(care, waits))
    NurseryApplication.objects.filter(pk=child.application_id).update(state="withdrawn", ended_at=timezone.now())
    client = by_link(child)
    assert "Votre demande est finie" in page(client, "nurseries:occasional", child.application_id)
    assert spaced(str(refused.FileIsOver())) in press(client, care, child, "take")
    assert taking.give_back_ended() == 1
    stay.refresh_from_db()
    assert stay.state == StayState.GIVEN_BACK
    assert OccasionalStay.objects.get(state=StayState.OFFERED).child == waits


def test_taken_half_days_stand_in_the_nurserys_calendar_and_free_ones_never(care: Occasional) -> None:
    care.open(2)
    child = care.child()
    scope = FEED.scope(str(care.nursery.pk), care.manager)
    assert scope is not None
    now = timezone.now()
    levels = {care.nursery.facility_id: Privacy.FULL}
    assert scope.entries(now, levels, "fr") == ""
    before = scope.count(now).figures
    held = taking.hold(**where(care, child))
    assert scope.entries(now, levels, "fr") == "", "what is not confirmed is nobody's"
    taking.confirm(stay_id=held.pk)
    text = scope.entries(now, levels, "fr")
    assert text.count("BEGIN:VEVENT") == 1 and "NomAlpha" in text
    assert scope.count(now).figures != before
    busy = scope.entries(now, {care.nursery.facility_id: Privacy.BUSY}, "fr")
    assert "Alpha" not in busy and "Accueil occasionnel" in busy
    taking.give_back(stay_id=held.pk)
    assert "STATUS:CANCELLED" in scope.entries(now, levels, "fr")
    other = people.nursery_manager(make_occasional("La Ronde").nursery.facility, email="autre@x.example")
    assert FEED.scope(str(care.nursery.pk), other) is None


def test_the_daily_list_names_what_is_free_and_nobody(care: Occasional) -> None:
    care.open(3)
    take(care, care.child())
    manager = signed_in(care.manager)
    assert "Jamais transmise" in page(manager, "occasional:nurseries")
    answer = manager.get(reverse("occasional:free_file"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith(care.day.isoformat()) and lines[1].rstrip().endswith("2")
    assert "Alpha" not in answer.content.decode()
    assert timezone.localdate().isoformat() in answer["Content-Disposition"]
    assert "places libres à transmettre" in page(manager, "staff:home")
    manager.post(reverse("occasional:sent"))
    assert "places libres à transmettre" not in page(manager, "staff:home")


def test_an_operator_opens_by_its_page_and_an_agent_admits(care: Occasional) -> None:
    manager = signed_in(care.manager)
    form = {"creneaux": [f"{care.day.isoformat()}_am", f"{care.day.isoformat()}_pm"], "section": "small", "places": "2"}
    manager.post(reverse("occasional:nursery", args=[care.nursery.pk]), form)
    assert OccasionalPlace.objects.count() == 4
    too_many = manager.post(reverse("occasional:nursery", args=[care.nursery.pk]), form | {"places": "3"})
    assert "Il ne reste que 2 places" in spaced(too_many.content.decode())
    assert OccasionalPlace.objects.count() == 4, "all of it, or nothing"
    child = care.child(admitted=False)
    agent = signed_in(people.for_nurseries(Role.CHILDCARE_AGENT, care.nursery.authority))
    address = reverse("occasional:admit", args=[child.application_id, child.number])
    agent.post(address, {"creche": care.nursery.pk})
    assert "Vous prenez vous-même" in told(ADMITTED)[0]
    assert "Alpha" in page(manager, "occasional:nursery", care.nursery.pk)
    with pytest.raises(refused.FileIsOver):
        child.need.kind = CareKind.REGULAR
        child.need.save()
        opening.admit(child=child, nursery=care.nursery, by=care.manager)
