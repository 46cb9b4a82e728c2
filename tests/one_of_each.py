"""One message of each kind that the house knows, owed where a few lines can by the rooms that write them.

A new kind has its sample in the function of its service: `tests/test_mail_kinds.py` sends them all.
"""

from datetime import timedelta

from django.utils import timezone

from booking.activities.changes import calling_off, cancelling, letters
from booking.activities.enrolling import paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Basket, Enrolment, Group, Opening, Waiting
from booking.activities.opening import tickets
from booking.activities.register import morning
from booking.activities.seasons import calls
from booking.activities.seasons import messages as windows
from booking.activities.seasons.groups import Replanned
from booking.activities.seasons.openings import announce
from booking.activities.singles import absences
from booking.activities.waiting import letters as waiting_letters
from booking.activities.waiting import lists, offering
from booking.appointments.counter.messages import owed_day_list
from booking.appointments.enums import State
from booking.appointments.messages.kinds import CANCELLATIONS, REMINDERS, Kind
from booking.appointments.models import MorningList
from booking.appointments.waiting_list.messages import owed_on_offer, owed_on_silence, owed_on_waiting
from booking.nurseries.answers import appeals, news, offers
from booking.nurseries.answers import messages as answers
from booking.nurseries.enums import ApplicationState, WhyLapsed
from booking.nurseries.messages import requests
from booking.nurseries.models import NurseryOffer, OccasionalAdmission, OccasionalPlace, OccasionalWish, Swap
from booking.nurseries.models.offers import OfferState
from booking.nurseries.occasional import messages as occasional
from booking.nurseries.occasional import taking
from booking.nurseries.occasional.waiting import offer_next
from booking.payments import counter
from booking.payments.enums import Means
from booking.residents.messages import owe_code, owe_invitation
from municipalities import staff_mail
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from municipalities.models import Facility
from tests import people
from tests.booking.nurseries.commission import make_commission, published
from tests.booking.nurseries.occasional import make_occasional
from tests.factories import (
    ApplicationChildFactory,
    AppointmentFactory,
    CounterFactory,
    EarlierOfferFactory,
    FeeFactory,
    GuardianFactory,
    LaneFactory,
    MemberFactory,
    MessageFactory,
    NurseryApplicationFactory,
    RequiredDocumentFactory,
    SignInCodeFactory,
    StaffMemberFactory,
    WaitingListEntryFactory,
)
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.register import seated, session_today
from tests.second_service.messages import owe_link
from tests.second_service.models import Visit


def owe_one_of_each(place: Facility) -> None:
    of_appointments(place)
    of_agents(place)
    of_families(place)
    of_nurseries()
    of_pools()


def of_appointments(place: Facility) -> None:
    counter = CounterFactory.create(facility=place)
    start = timezone.now() + timedelta(days=9)
    for number, kind in enumerate((*Kind, *REMINDERS)):
        called_off = State.CANCELLED_BY_OFFICE if kind == Kind.CANCELLED_BY_OFFICE else State.CANCELLED_BY_RESIDENT
        appointment = AppointmentFactory.create(
            counter=counter,
            state=called_off if kind in CANCELLATIONS else State.BOOKED,
            starts_at=start + timedelta(hours=number),
            email="zoe@mail.example" if number else "zoe@münchen.example",
            number_due_at=start - timedelta(days=2) if kind == Kind.NUMBER_AWAITED else None,
        )
        RequiredDocumentFactory.create(types=[appointment.type])
        FeeFactory.create(types=[appointment.type])
        is_text = kind == Kind.REMINDER_SMS
        mailbox = "avant@mail.example" if kind == Kind.MAILBOX_LEFT else appointment.email
        MessageFactory.create(
            kind=str(kind),
            channel="sms" if is_text else "mail",
            subject_type="appointment",
            subject_id=appointment.pk,
            recipient="+33612345678" if is_text else mailbox,
        )
    owed_on_waiting(WaitingListEntryFactory.create())
    owed_on_offer(EarlierOfferFactory.create(entry=WaitingListEntryFactory.create()))
    owed_on_silence(WaitingListEntryFactory.create(unanswered=2))
    AppointmentFactory.create(counter=counter, starts_at=timezone.now())
    owed_day_list(MorningList.objects.create(facility=place, to_facility=True), timezone.localdate())


def of_agents(place: Facility) -> None:
    agent = people.agent_of(place)
    for letter in ("invitation", "password"):
        staff_mail.post(staff_mail.Letter(letter, agent.email, "fr", agent))
    staff_mail.post(staff_mail.Letter("notice", agent.email, "fr", agent, "Sujet à lire", "Bonjour, ceci est à lire."))
    staff_mail.post(staff_mail.Letter("sender", agent.email, "fr", agent, office=place.municipality))


def of_families(place: Facility) -> None:
    owe_code(SignInCodeFactory.create(), place.municipality)
    owe_invitation(GuardianFactory.create(confirmed_at=None), "fr")
    start = timezone.now() + timedelta(days=9)
    owe_link(Visit.objects.create(facility=place, starts_at=start, name="Odile Fictive", email="odile@mail.example"))


def of_occasional_care() -> None:
    """A family that was admitted, one with a half-day that is then called off, one that is offered what came back."""
    care = make_occasional("Crèche d’Été")
    care.open(2)
    taken = taking.hold(child=care.child("Zoë"), nursery=care.nursery, day=care.day, half="am")
    taking.confirm(stay_id=taken.pk)
    waits = care.child("Zoë")
    admission = OccasionalAdmission.objects.get(child=waits)
    occasional.owe(waits.application, occasional.ADMITTED, admission=str(admission.pk))
    place = OccasionalPlace.objects.free().get()
    OccasionalWish.objects.create(child=waits, nursery=care.nursery, day=care.day, half="am", section="small")
    assert offer_next(place) is not None
    occasional.owe_closed(taken)


def of_nurseries() -> None:
    """A request in each state that is written about, and a round whose three answers go out."""
    commission = make_commission()
    commission.authority.sender_name = "Petite enfance d’Été"
    commission.authority.save()
    for wishes, points in (((commission.ronde,), 90), ((commission.ronde,), 30)):
        commission.ask(*wishes, points=points, name="Zoë")
    published(commission)
    offer = NurseryOffer.objects.get()
    offers.operator_accepts(offer=offer, by=people.nursery_manager(offer.nursery.facility))
    other = commission.asked[1]
    facts = {
        name: getattr(offer, name) for name in ("round", "nursery", "start", "half_days", "rank", "made_at", "due_at")
    }
    news.owe_lapsed(NurseryOffer.objects.create(child=other, state=OfferState.LAPSED, **facts))
    swap = Swap.objects.create(round=offer.round, proposed_at=timezone.now(), proposed_by=commission.chair)
    for state, nursery in ((OfferState.ACCEPTED, commission.ronde), (OfferState.CALLED_OFF, commission.lutins)):
        said = facts | {"state": state, "swap": swap, "nursery": nursery}
        swapped = NurseryOffer.objects.create(child=commission.ask(nursery, name="Zoë"), **said)
        answers.owe_swap(swapped, timezone.now())
    of_occasional_care()
    appeals.lodge(child=other, kind="informal", text="Relisez.")
    live = commission.asked[0].application
    for kind in (requests.RECEIVED, requests.LINK, requests.COMPLETE):
        requests.owe(live, kind)
    requests.owe_confirmations(live)
    due = timezone.localdate() + timedelta(days=40)
    unborn = NurseryApplicationFactory.create(authority=commission.authority)
    ApplicationChildFactory.create(application=unborn, member=MemberFactory.create(born_on=None, expected_on=due))
    requests.owe_births(unborn)
    draft = NurseryApplicationFactory.create(
        authority=commission.authority, state=ApplicationState.DRAFT, received_at=None, confirmed_at=None
    )
    requests.owe(draft, requests.DRAFT)
    gone = ApplicationChildFactory.create(application=live, rank=2, is_live=False, lapsed_at=timezone.now())
    requests.owe(gone.application, requests.CHILD_LAPSED)
    requests.owe(live, requests.MERGED)
    lapsed = NurseryApplicationFactory.create(
        authority=commission.authority, state=ApplicationState.LAPSED, why_lapsed=WhyLapsed.SILENCE
    )
    requests.owe(lapsed, requests.LAPSED)


def of_pools() -> None:
    """A child enrolled and paid for; of three sessions one is called off, which is credited, and one moves."""
    group = course(water("Piscine de l’Œuf"), sessions=3)
    operator = group.activity.season.operator
    operator.sender_name = "Régie des bains d’Été"
    operator.save()
    guardian = family()
    hold(household=guardian.household, choices=[Choice(child_of(guardian.household), group.pk)])
    line = Enrolment.objects.get(group=group)
    charge = paying.begin_paying(basket=line.basket)
    counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    manager = people.sports_manager(operator)
    group.lanes.add(LaneFactory.create(basin=group.basin))
    first, second, last = group.sessions.order_by("starts_at")
    calling_off.call_off(session=last, reason=Translated(fr="Grève", de="Streik", en="Strike"), by=manager)
    later = second.starts_at + timedelta(hours=1)
    calling_off.move(session=second, start=later, end=later + timedelta(minutes=45), by=manager)
    letters.owe(letters.MERGED, first, [line.member_id], group=group.pk)
    letters.owe_replanned(Replanned(group, Group.objects.get(pk=group.pk), {}))
    windows.watch(activity=group.activity, guardian=guardian)
    windows.owe_changes(group.activity)
    ahead = course(group.basin, hour=19, opens_at=timezone.now() + timedelta(days=1), season=group.activity.season)
    announce(ahead.activity.season)
    ticket = tickets.take(opening=Opening.objects.get(), household=family().household).ticket
    for kind in (calls.SOON, calls.TURN):
        calls.call(kind, [ticket], due=timezone.now())
    absences.announce(seat=line.seats.order_by("period")[0])
    singles_and_offers()
    register_of_the_day()


def register_of_the_day() -> None:
    basin = water("Bains du jour")
    coach = people.coach(basin.pool.facility.operator)
    seated(session_today(basin, coach=coach), given_name="Léa", family_name="Œuvrard")
    morning.want(coach=coach, wanted=True)
    assert morning.send_morning_registers() == 1


def singles_and_offers() -> None:
    """A place in one session, one that is offered to who waits, and a pool that closes over both."""
    basin, guest = water("Bains voisins"), family()
    single = course(basin, tariff_code="essai", days=3).sessions.order_by("starts_at")[0]
    hold(household=guest.household, choices=[Choice(child_of(guest.household), single.group_id, single.pk)])
    full, holder = course(basin, tariff_code="gratuit", capacity=1, hour=17), family()
    hold(household=holder.household, choices=[Choice(child_of(holder.household), full.pk)])
    for basket in Basket.objects.filter(household__in=[guest.household, holder.household]):
        paying.begin_paying(basket=basket)
    lists.join(household=guest.household, member=child_of(guest.household), group=full.pk)
    cancelling.cancel(enrolment=Enrolment.objects.get(group=full), shown=0)
    offering.follow()
    waiting_letters.owe_list_over(Waiting.objects.get(), now=timezone.now())
    third = water("Bains fermés")
    closed, swimmer = course(third, tariff_code="gratuit"), family()
    hold(household=swimmer.household, choices=[Choice(child_of(swimmer.household), closed.pk)])
    paying.begin_paying(basket=Basket.objects.get(household=swimmer.household))
    period = (timezone.now(), timezone.now() + timedelta(days=10))
    why = Translated(fr="Vidange", de="Entleerung", en="Emptying")
    close_place(facility=third.pool.facility, period=period, reason=why, by=StaffMemberFactory.create())
