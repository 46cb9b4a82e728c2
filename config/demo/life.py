"""A house at work: tickets given, people waiting, a counter that failed, a colleague lent. Through the same actions."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.calendar_feeds.kinds import FACILITY
from booking.appointments.counter.morning_list import send_morning_lists, set_morning_list
from booking.appointments.counter.walk_ins import give_ticket, set_quota
from booking.appointments.enums import Half, State
from booking.appointments.messages import owed
from booking.appointments.models import Appointment, AppointmentType, Counter, WaitingListEntry, WalkInTicket
from booking.appointments.rehoming.actions import rehome
from booking.appointments.waiting_list.entries import WaitingPreferences, join_waiting_list
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from booking.appointments.waiting_list.offers import offer_freed_starts
from booking.feeds.actions import create_staff_feed
from booking.residents.actions import exchange, mint_link
from config.demo.places import working_day
from config.demo.texts import CARD, COLLECTION, PASSPORT, text
from municipalities.actions.drafts import save_draft
from municipalities.actions.staff import delegate
from municipalities.enums import Role
from municipalities.feeds import Privacy
from municipalities.identity import Emblem
from municipalities.models import Facility, Municipality, StaffMember, StaffRole
from notifications.models import Message, MessageState

#: Who waits for an earlier time without having one: first name, type, people, what they would take.
WITHOUT_APPOINTMENT: list[tuple[str, str, int, dict[str, Any]]] = [
    ("loic", PASSPORT, 1, {}),
    ("gretel", CARD, 2, {"weekdays": frozenset({2, 5})}),
    ("yasmine", CARD, 1, {"earliest": time(16)}),
]

#: When tickets are given; started at night, the demonstration shows none, or those of the day that is over.
HOURS = (time(8), time(17, 30))


def build_life(now: datetime) -> None:
    """The people of the cast do what they do every day. Free time must be there already."""
    today = timezone.localdate(now)
    rixheim = Facility.objects.select_related("municipality").get(slug="mairie-rixheim")
    by = {person.email.partition("@")[0]: person for person in StaffMember.objects.all()}
    _tickets(rixheim, now, by["agent"])
    _who_waits(now)
    _breakdown(rixheim, today, by["planning"])
    _unreached(rixheim, now)
    _lent(rixheim, today, by)
    _draft(by["commune"])
    set_morning_list(facility=rixheim, to_me=True, to_facility=True, by=by["planning"])
    if timezone.localtime(now).hour >= 7:
        send_morning_lists()
    create_staff_feed(kind=FACILITY.name, subject_id=str(rixheim.pk), privacy=Privacy.BUSY, by=by["agent"])


def _tickets(place: Facility, now: datetime, agent: StaffMember) -> None:
    """Six in the morning, four in the afternoon; today's first is served, the second called, two wait."""
    for weekday in sorted({0, 1, 2, 3, 4, timezone.localdate(now).weekday()}):
        set_quota(facility=place, half=Half.MORNING, places=6, weekday=weekday, by=agent)
        set_quota(facility=place, half=Half.AFTERNOON, places=4, weekday=weekday, by=agent)
    kinds = {kind.code: kind for kind in AppointmentType.objects.all()}
    opens, closes = (timezone.make_aware(datetime.combine(timezone.localdate(now), hour)) for hour in HOURS)
    if now < opens:
        return
    there = min(now, closes)
    for n, (minutes, code) in enumerate(((32, COLLECTION), (21, CARD), (14, COLLECTION), (5, PASSPORT))):
        arrived = max(opens, there - timedelta(minutes=minutes))
        ticket = WalkInTicket.objects.filter(pk=give_ticket(facility=place, type=kinds[code], by=agent, now=arrived).pk)
        called = arrived + timedelta(minutes=9)
        if now > closes or (n == 0 and called + timedelta(minutes=6) <= now):
            ticket.update(state=State.ATTENDED, called_at=called, served_at=called + timedelta(minutes=6))
        elif n == 1:
            ticket.update(called_at=max(arrived, now - timedelta(minutes=4)))


def _who_waits(now: datetime) -> None:
    """Three with an appointment far away, three without; then somebody cancels, and the first is offered that start."""
    today = timezone.localdate(now)
    until = today + timedelta(days=30)
    far = Appointment.objects.booked().filter(type__code__in=(CARD, PASSPORT), people_count=1).exclude(email="")
    ahead = far.filter(starts_at__gt=now + timedelta(days=32)).order_by("starts_at", "reference")
    for appointment in ahead.select_related("type", "home_municipality", "booked_through")[:3]:
        _read(join_waiting_list(wish=WaitingPreferences(today, until), appointment=appointment))
    for name, code, people, wish in WITHOUT_APPOINTMENT:
        entry = join_waiting_list(
            wish=WaitingPreferences(today, until, **wish),
            type=AppointmentType.objects.get(code=code),
            people=people,
            email=f"{name}.fictif@courriel.example",
            home=Municipality.objects.get(slug="riedisheim"),
        )
        _read(entry)
    freed = far.filter(starts_at__gt=now + timedelta(days=6), facility__slug="mairie-mulhouse").order_by("starts_at")
    cancel_appointment(appointment=freed[0])
    offer_freed_starts()


def _read(entry: WaitingListEntry) -> None:
    """The link of their message was opened: who waits is offered something only then."""
    until = timezone.now() + timedelta(days=30)
    exchange(token=mint_link(subject_type=WAITING_SUBJECT, subject_id=entry.pk, expires_at=until))


def _breakdown(place: Facility, today: date, planner: StaffMember) -> None:
    """A counter fails on one of the next afternoons: its people are moved, but for one, who is to be called."""
    day = working_day(today, 2)
    counter = Counter.objects.get(facility=place, name="Guichet 2")
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    period = (noon + timedelta(hours=1), noon + timedelta(hours=6))
    touched = Appointment.objects.booked().filter(counter=counter, starts_at__gte=period[0], starts_at__lt=period[1])
    rehome(
        counter=counter,
        period=period,
        reason=text("Panne du dispositif (fictif)", "Gerät defekt (fiktiv)", "Terminal out of order (fictitious)"),
        only=list(touched.order_by("starts_at").values_list("pk", flat=True)[1:]),
        by=planner,
    )


def _unreached(place: Facility, now: datetime) -> None:
    """The mail to somebody who comes soon has bounced: the counter is to call."""
    soon = Appointment.objects.booked().filter(facility=place, starts_at__gt=now + timedelta(hours=20))
    somebody = soon.exclude(email="").exclude(phone="").order_by("starts_at", "reference").first()
    if somebody is not None:
        owed.owed_on_booking(somebody, now=now)
        told = Message.objects.filter(subject_id=somebody.pk, state=MessageState.QUEUED, due_at__lte=now)
        told.update(state=MessageState.BOUNCED)


def _lent(place: Facility, today: date, by: dict[str, StaffMember]) -> None:
    """A colleague of a neighbouring town covers the counter: once already, and again soon."""
    StaffRole.objects.create(
        staff=by["accueil"],
        role=Role.AGENT,
        facility=place,
        valid_from=today - timedelta(days=40),
        valid_until=today - timedelta(days=36),
        is_delegation=True,
        given_by=by["planning"],
    )
    start = working_day(today, 14)
    delegate(
        member=by["accueil"],
        facility=place,
        role=Role.AGENT,
        valid_from=start,
        valid_until=start + timedelta(days=4),
        by=by["planning"],
    )


def _draft(manager: StaffMember) -> None:
    """A page that somebody is still working on: everybody else goes on seeing the published one."""
    town = Municipality.objects.get(slug="mulhouse")
    welcome = text(
        "Bienvenue à Mulhouse. Pendant les travaux, l’entrée se fait par la cour. (texte fictif)",
        "Willkommen in Mulhouse. Während der Bauarbeiten liegt der Eingang im Hof. (fiktiver Text)",
        "Welcome to Mulhouse. During building work the entrance is in the courtyard. (fictitious text)",
    )
    save_draft(municipality=town, values={"welcome_text": welcome}, emblem=Emblem(), seen="", by=manager)
