"""What a coach notes at the water's edge: on the page, from a telephone that was away, and what never gets lost."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import (
    EndReason,
    Enrolment,
    EnrolmentState,
    GivenLevel,
    Level,
    MorningRegister,
    NotCounted,
    RegisterMark,
    Said,
    Seat,
    Session,
)
from booking.activities.register import devices, feed, morning
from booking.activities.register.marks import Pressed, note
from booking.activities.register.roster import roster_of
from municipalities.models import ReadTrace, StaffMember
from notifications.tasks import deliver_due
from tests import people
from tests.factories import OperatorFactory
from tests.factories.enrolments import course, water
from tests.factories.register import seated, session_today
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def basin() -> Any:
    return water()


@pytest.fixture
def coach(basin: Any) -> StaffMember:
    return people.coach(basin.pool.facility.operator)


@pytest.fixture
def session(basin: Any, coach: StaffMember) -> Session:
    return session_today(basin, coach=coach, code="mer-14")


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def said(answer: Any) -> str:
    return plain(answer.content.decode())


def pressed(session: Session, member: Any, said: str = "present", **more: Any) -> Pressed:
    values = {"id": uuid.uuid4(), "at": timezone.now(), "level": None} | more
    return Pressed(session=session.pk, member=member.pk, said=Said(said), **values)


def row(session: Session, member: Any, said: str = "present", **more: Any) -> dict[str, Any]:
    at = more.pop("at", timezone.now())
    return {
        "id": str(uuid.uuid4()),
        "session": str(session.pk),
        "member": str(member.pk),
        "said": said,
        "level": None,
        "at": _ms(at),
    } | more


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _leaves(coach: StaffMember) -> None:
    today = timezone.localdate()
    coach.roles.update(valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=1))


def send(paper: str, *rows: Any, clock: datetime | None = None) -> dict[str, str]:
    """Without any cookie, as the telephone does; the sentences by the ids of marks."""
    body = json.dumps({"paper": paper, "now": _ms(clock or timezone.now()), "marks": list(rows)})
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("register_device:marks"), body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return {one["id"]: plain(one["sentence"]) for one in answer.json()["answers"]}


def test_the_page_shows_the_own_groups_first_and_who_is_expected(
    basin: Any, coach: StaffMember, session: Session
) -> None:
    session_today(basin, code="autre")
    elsewhere = session_today(water("Piscine étrangère", operator=OperatorFactory.create()), code="etranger")
    seated(session, given_name="Léa", family_name="Fictive", safety_remark="Asthme, inhalateur dans le sac")
    seated(session, given_name="Nino", family_name="Fictif", freed_at=timezone.now())
    client = signed_in(coach)
    day = said(client.get(reverse("register:day")))
    assert day.index("mer-14") < day.index("Les autres groupes") < day.index("autre,")
    assert "etranger" not in day and "1 personne attendue" in day
    page = said(client.get(reverse("register:session", args=[session.pk])))
    assert "Asthme, inhalateur dans le sac" in page and "absence annoncée" in page
    assert not ReadTrace.objects.filter(staff=coach).exists(), "one's own group of today is one's day"
    assert client.get(reverse("register:session", args=[elsewhere.pk])).status_code == 404


def test_reading_the_group_of_a_colleague_is_noted(basin: Any, coach: StaffMember) -> None:
    other = session_today(basin, code="autre")
    seated(other)
    assert signed_in(coach).get(reverse("register:session", args=[other.pk])).status_code == 200
    assert ReadTrace.objects.filter(staff=coach).count() == 1


def test_without_javascript_a_button_notes_and_another_corrects(coach: StaffMember, session: Session) -> None:
    lea = seated(session)
    client = signed_in(coach)
    address = reverse("register:session", args=[session.pk])
    for button in ("present", "absent"):
        answer = client.post(address, {"member": str(lea.pk), "marque": button})
        assert answer.status_code == 302 and f"p-{lea.pk}" in answer["Location"]
    assert [line.said for line in roster_of(session).lines] == ["absent"]
    assert "Présents : 0, absents : 1, à noter : 0" in said(client.get(address))
    client.post(address, {"member": str(lea.pk), "marque": "level", "niveau": "3"})
    assert GivenLevel.objects.get(member=lea).level == Level.INTERMEDIATE
    assert "Choisissez une personne" in said(client.post(address, {"member": "x", "marque": "present"}, follow=True))


def test_a_mark_that_is_sent_again_is_the_same_mark(coach: StaffMember, session: Session) -> None:
    lea, paper = seated(session), devices.paper_for(coach)
    mark = row(session, lea)
    assert send(paper, mark) == send(paper, mark, mark) == {mark["id"]: ""}
    assert RegisterMark.objects.get().by == coach


def test_the_clock_of_the_telephone_is_set_right(coach: StaffMember, session: Session) -> None:
    wrong = timezone.now() + timedelta(hours=3)
    send(devices.paper_for(coach), row(session, seated(session), at=wrong - timedelta(minutes=2)), clock=wrong)
    mark = RegisterMark.objects.get()
    assert abs(mark.received_at - mark.made_at - timedelta(minutes=2)) < timedelta(seconds=5)


def test_what_contradicts_a_newer_mark_is_said_and_shown(coach: StaffMember, session: Session) -> None:
    lea, now = seated(session, given_name="Léa", family_name="Fictive"), timezone.now()
    other = people.coach(session.group.activity.season.operator, email="denis@bassin.example")
    note([pressed(session, lea, "absent", at=now)], by=other)
    late = row(session, lea, at=now - timedelta(minutes=3))
    told = send(devices.paper_for(coach), late)[late["id"]]
    assert "Léa Fictive : « présent »" in told and "« absent » a été noté après" in told and "Corentin" in told
    line = roster_of(session).lines[0]
    assert line.said == "absent" and "aussi noté « présent »" in plain(line.doubts[0])
    assert send(devices.paper_for(coach), late)[late["id"]] == told, "the same answer when it is asked again"


def test_each_bad_mark_has_its_sentence_and_is_kept_aside(basin: Any, coach: StaffMember, session: Session) -> None:
    paper, lea = devices.paper_for(coach), seated(session)
    other = session_today(basin, code="autre")
    stranger = seated(other, given_name="Nino", family_name="Secret")
    level = row(session, stranger, "level", level=3)
    early = session_today(basin, code="demain")
    Session.objects.filter(pk=early.pk).update(
        starts_at=early.starts_at + timedelta(days=1), ends_at=early.ends_at + timedelta(days=1)
    )
    tomorrow = row(early, seated(Session.objects.get(pk=early.pk)))
    gone = row(session, lea) | {"session": str(uuid.uuid4())}
    odd = row(session, lea, "perhaps")
    far = row(session, lea) | {"at": 253402214400000}
    told = send(paper, level, tomorrow, gone, odd, far)
    assert "est illisible" in told[far["id"]]  # noted in the year 9999
    assert "n’est pas de ce groupe" in told[level["id"]] and "Nino" not in told[level["id"]]
    assert "pas encore eu son jour" in told[tomorrow["id"]]
    assert "n’existe plus" in told[gone["id"]] and "est illisible" in told[odd["id"]]
    assert not GivenLevel.objects.exists()
    Session.objects.filter(pk=session.pk).update(called_off_at=timezone.now())
    off = row(session, lea)
    assert "annulée" in send(paper, off)[off["id"]]
    page = said(signed_in(coach).get(reverse("register:session", args=[session.pk])))
    assert "Gardé à part" in page and "car la séance est annulée" in page
    assert set(RegisterMark.objects.values_list("not_counted", flat=True)) == {
        NotCounted.ANOTHER_GROUP,
        NotCounted.TOO_EARLY,
        NotCounted.CALLED_OFF,
    }


def test_who_leaves_the_group_before_is_of_another_and_who_leaves_after_has_swum(
    basin: Any, coach: StaffMember, session: Session
) -> None:
    """A telephone that was away shows them all the same."""
    before, held, after = (seated(session, given_name=name, family_name="Fictif") for name in ("Ada", "Bo", "Cléo"))
    begun = session.starts_at
    mine = Enrolment.objects.filter(group=session.group)
    mine.filter(member=before).update(state=EnrolmentState.ENDED, end_reason=EndReason.MOVED, ended_at=begun)
    Seat.objects.filter(member=before).update(freed_at=begun)
    mine.filter(member=held).update(
        state=EnrolmentState.ENDED, end_reason=EndReason.EXPIRED, ended_at=begun, enrolled_at=None
    )
    Seat.objects.filter(member=held).update(freed_at=begun)
    mine.filter(member=after).update(state=EnrolmentState.ENDED, end_reason=EndReason.MOVED, ended_at=timezone.now())
    rows = [row(session, one) for one in (before, held, after)]
    told = send(devices.paper_for(coach), *rows)
    assert ["n’est pas de ce groupe" in told[one["id"]] for one in rows] == [True, True, False]
    roster = roster_of(session)
    assert [(str(line.member), line.said) for line in roster.lines] == [("Cléo Fictif", "present")]
    assert len(roster.aside) == 2
    assert "1 personne attendue, 1 notée" in " ".join(said(signed_in(coach).get(reverse("register:day"))).split())


def test_marks_of_a_coach_who_has_left_are_kept_aside(coach: StaffMember, session: Session) -> None:
    paper, mark = devices.paper_for(coach), row(session, seated(session))
    _leaves(coach)
    assert "plus maître-nageur" in send(paper, mark)[mark["id"]]
    assert RegisterMark.objects.get().not_counted == NotCounted.LEFT and roster_of(session).present == 0


def test_a_paper_that_is_old_or_forged_takes_nothing_and_says_so(
    coach: StaffMember, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = row(session, seated(session))
    assert "plus de sept jours" in send("forged", mark)[mark["id"]]
    paper = devices.paper_for(coach)
    monkeypatch.setattr(devices, "KEPT_FOR", timedelta(0))
    assert "plus de sept jours" in send(paper, mark)[mark["id"]] and not RegisterMark.objects.exists()
    for body in ("{", "[" * 100_000):
        answer = Client().post(reverse("register_device:marks"), body, content_type="application/json")
        assert answer.status_code == 400 and "est illisible" in answer.json()["why"]


def test_the_list_is_one_page_of_paper_for_each_group(coach: StaffMember, session: Session) -> None:
    seated(session, given_name="Léa", family_name="Fictive", safety_remark="Asthme")
    for address in (reverse("register:sheets"), reverse("register:sheet", args=[session.pk])):
        page = said(signed_in(coach).get(address))
        assert page.count('class="rg-sheet"') == 1 and "Léa Fictive" in page and "Asthme" in page


def test_at_seven_a_coach_has_names_and_a_pool_initials(coach: StaffMember, session: Session) -> None:
    seated(session, given_name="Léa", family_name="Fictive", safety_remark="Asthme")
    pool = session.group.basin.pool
    type(pool.facility).objects.filter(pk=pool.facility_id).update(email="piscine@bassin.example")
    pool.facility.refresh_from_db()
    sports = people.sports_manager(pool.facility.operator)
    signed_in(coach).post(reverse("register:mails"), {"own": "on"})
    signed_in(sports).post(reverse("register:mails"), {f"pool_{pool.pk}": "on"})
    assert morning.send_morning_registers() == 2 and morning.send_morning_registers() == 0
    deliver_due()
    by_address = {one.to[0]: one.body for one in mail.outbox}
    assert "Léa Fictive" in by_address[coach.email] and "Asthme" in by_address[coach.email]
    shared = by_address[pool.facility.email]
    assert "L.F." in shared and "Fictive" not in shared and "Asthme" not in shared
    signed_in(coach).post(reverse("register:mails"), {})
    assert not MorningRegister.objects.filter(coach=coach).exists()


def test_a_coach_follows_their_groups_in_their_calendar(basin: Any, coach: StaffMember) -> None:
    mine = course(basin, code="mer-14", sessions=2, coach=coach)
    course(basin, code="jeu-15", hour=16, activity=mine.activity)
    assert feed.COACH.choices(coach) == [("", "Mes groupes")]
    scope = feed.COACH.scope("", coach)
    assert scope is not None
    since = timezone.now()
    before, text = scope.count(since).figures, scope.entries(since, {}, "fr")
    assert text.count("BEGIN:VEVENT") == 2 and "mer-14" in text and "jeu-15" not in text
    Session.objects.filter(group=mine).order_by("starts_at").first().delete()  # type: ignore[union-attr]
    assert scope.count(since).figures != before
    _leaves(coach)
    assert feed.COACH.scope("", StaffMember.objects.get(pk=coach.pk)) is None
