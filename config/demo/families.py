"""A family that is known already: children, a home, a quotient that was seen, a place to answer. All of it invented."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking.nurseries.models import ApplicationParent, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import OfferState
from booking.residents.enums import PaperKind
from booking.residents.families.actions import add_member, open_household
from booking.residents.families.papers import note_paper, note_quotient
from booking.residents.models import Household, Member, Membership
from municipalities.models import Municipality, StaffMember
from notifications.models import Message

MAILBOX = "camille@famille.example"
#: Who may note what was seen of a family.
SEEN_BY = "territoire@m2a.example"
HOME = "rixheim"
CHILDREN = (("Léa", "Fictive (fictif)", date(2018, 5, 4)), ("Nino", "Fictif (fictif)", date(2021, 9, 12)))
QUOTIENT = 820
#: The youngest, for whom a place in a nursery was asked and is proposed.
YOUNGEST, SURNAME = "Lise", "Fictive (fictif)"
#: The names of the two parents.
PARENTS = ("Camille Fictive (fictif)", "Maxime Fictif (fictif)")


def build_family() -> None:
    today = timezone.localdate()
    by = StaffMember.objects.get(email=SEEN_BY)
    guardian = open_household(email=MAILBOX, name=PARENTS[0], home=Municipality.objects.get(slug=HOME), by=by)
    household = guardian.household
    for given_name, family_name, born_on in CHILDREN:
        add_member(household=household, given_name=given_name, family_name=family_name, born_on=born_on, by=by)
    until = today + timedelta(days=300)
    note_quotient(household=household, value=QUOTIENT, on=today - timedelta(days=40), until=until, by=by)
    note_paper(household=household, kind=PaperKind.RESIDENCE, on=today - timedelta(days=60), until=until, by=by)
    _ask_for_a_nursery(household)


def _ask_for_a_nursery(household: Household) -> None:
    """One of the invented requests is this family's: a place waits for its answer, of a wish that is not its first.

    Of a request that lives where the family does, if there is one: what its points count stays true.
    """
    home = Municipality.objects.get(slug=HOME)
    open_offers = NurseryOffer.objects.filter(state=OfferState.TO_FAMILY, child__member__born_on__isnull=False)
    alone = open_offers.exclude(child__application__children__rank=2).select_related("child")
    neighbours = ApplicationParent.objects.filter(application=OuterRef("child__application"), rank=1, municipality=home)
    by_home = alone.annotate(may_wait=Q(rank__gt=1), is_near=Exists(neighbours))
    offer = by_home.order_by("-may_wait", "-is_near", "-rank", "child__number").first()
    if offer is None:
        return
    child = offer.child
    Member.objects.filter(pk=child.member_id).update(given_name=YOUNGEST, family_name=SURNAME)
    Membership.objects.create(household=household, member=Member.objects.get(pk=child.member_id))
    NurseryApplication.objects.filter(pk=child.application_id).update(household=household, email=MAILBOX, language="fr")
    for rank, name in enumerate(PARENTS, 1):
        ApplicationParent.objects.filter(application=child.application_id, rank=rank).update(name=name)
    ApplicationParent.objects.filter(application=child.application_id, rank=1).update(municipality=home)
    Message.objects.filter(subject_id=child.application_id).update(recipient=MAILBOX, language="fr")
