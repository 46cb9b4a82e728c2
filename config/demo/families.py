"""A family that is known already: two children, a home, a quotient that was seen. All of it invented."""

from datetime import date, timedelta

from django.utils import timezone

from booking.residents.enums import PaperKind
from booking.residents.families.actions import add_member, open_household
from booking.residents.families.papers import note_paper, note_quotient
from municipalities.models import Municipality, StaffMember

MAILBOX = "camille@famille.example"
#: Who may note what was seen of a family.
SEEN_BY = "territoire@m2a.example"
HOME = "rixheim"
CHILDREN = (("Léa", "Fictive (fictif)", date(2018, 5, 4)), ("Nino", "Fictif (fictif)", date(2021, 9, 12)))
QUOTIENT = 820


def build_family() -> None:
    today = timezone.localdate()
    by = StaffMember.objects.get(email=SEEN_BY)
    guardian = open_household(
        email=MAILBOX, name="Camille Fictive (fictif)", home=Municipality.objects.get(slug=HOME), by=by
    )
    household = guardian.household
    for given_name, family_name, born_on in CHILDREN:
        add_member(household=household, given_name=given_name, family_name=family_name, born_on=born_on, by=by)
    until = today + timedelta(days=300)
    note_quotient(household=household, value=QUOTIENT, on=today - timedelta(days=40), until=until, by=by)
    note_paper(household=household, kind=PaperKind.RESIDENCE, on=today - timedelta(days=60), until=until, by=by)
