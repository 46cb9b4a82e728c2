"""A nursery closes: half-days of occasional care meanwhile are nobody's, and who had one is told."""

from datetime import datetime, time, timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from booking.nurseries.enums import Half
from booking.nurseries.models import OccasionalPlace, OccasionalStay, OccasionalWish
from booking.nurseries.occasional import closing, messages, taking
from booking.nurseries.occasional.showing import page_of
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from municipalities.models import Closure
from notifications.kinds import Mail
from notifications.models import Message
from tests.booking.nurseries.occasional import Occasional, make_occasional
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def occasional() -> Occasional:
    return make_occasional()


def morning(occasional: Occasional) -> tuple[datetime, datetime]:
    begins = timezone.make_aware(datetime.combine(occasional.day, time(7)))
    return begins, begins + timedelta(hours=5)


def taken(occasional: Occasional, half: str) -> OccasionalStay:
    child = occasional.child(f"Enfant{half}")
    occasional.open(half=half)
    stay = taking.hold(child=child, nursery=occasional.nursery, day=occasional.day, half=half)
    taking.confirm(stay_id=stay.pk)
    return stay


def test_the_half_days_of_a_nursery_that_closes_are_called_off_and_families_told(occasional: Occasional) -> None:
    first, later = taken(occasional, Half.MORNING), taken(occasional, Half.AFTERNOON)
    waiting = occasional.child("Charlie")
    taking.wait(child=waiting, nursery=occasional.nursery, day=occasional.day, half=Half.MORNING)
    facility, period = occasional.nursery.facility, morning(occasional)
    asked = RequestFactory().get("/")
    touched = closing.touched_by(asked, occasional.manager, Closure(facility=facility, period=period))
    assert touched.number == 1 and "1 demi-journée d’accueil occasionnel" in touched.piece.replace("\xa0", " ")
    close_place(facility=facility, period=period, reason=Translated({"fr": "Chauffage"}), by=occasional.manager)
    assert list(OccasionalStay.objects.values_list("pk", flat=True)) == [later.pk]
    assert list(OccasionalPlace.objects.values_list("half", flat=True)) == [Half.AFTERNOON]
    assert not OccasionalWish.objects.filter(ended_at__isnull=True).exists()
    told = Message.objects.get(kind=messages.CLOSED)
    assert told.subject_id == first.child.application_id
    letter = messages.render(told, messages.gather([told])[told.pk])
    assert isinstance(letter, Mail)
    assert "Les Lutins" in letter.text and "matin" in letter.text and "n’a pas lieu" in letter.text
    shown = page_of(first.child.application, timezone.now())["children"][0]
    assert not shown.taken and [one.value[-2:] for one in shown.choices] == [Half.AFTERNOON]


def test_who_closes_elsewhere_calls_nothing_off(occasional: Occasional) -> None:
    taken(occasional, Half.MORNING)
    elsewhere = FacilityFactory.create()
    reason = Translated({"fr": "Travaux"})
    close_place(facility=elsewhere, period=morning(occasional), reason=reason, by=occasional.manager)
    begins, ends = morning(occasional)
    day_after = (begins + timedelta(days=1), ends + timedelta(days=1))
    close_place(facility=occasional.nursery.facility, period=day_after, reason=reason, by=occasional.manager)
    assert OccasionalStay.objects.filter(state="taken").exists() and OccasionalPlace.objects.exists()


def test_a_territory_that_closes_closes_its_nurseries(occasional: Occasional) -> None:
    taken(occasional, Half.MORNING)
    close_place(period=morning(occasional), reason=Translated({"fr": "Tempête"}), by=occasional.manager)
    assert not OccasionalPlace.objects.exists() and Message.objects.filter(kind=messages.CLOSED).exists()
