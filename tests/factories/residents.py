import hashlib
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.residents.enums import PaperKind
from booking.residents.models import (
    AccessLink,
    Guardian,
    HealthAttestation,
    Household,
    HouseholdSession,
    Member,
    Membership,
    SeenPaper,
    SignInCode,
)
from tests.factories.municipalities import StaffMemberFactory


class AccessLinkFactory(DjangoModelFactory[AccessLink]):
    """`AccessLinkFactory(token="…")` stores the SHA-256 of the token."""

    class Meta:
        model = AccessLink

    class Params:
        token = factory.Sequence(lambda n: f"jeton-{n}")

    token_hash = factory.LazyAttribute(lambda o: hashlib.sha256(o.token.encode()).digest())
    subject_type = "appointment"
    subject_id = factory.LazyFunction(uuid4)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class HouseholdFactory(DjangoModelFactory[Household]):
    """`HouseholdFactory(quotient=820)` has its certificate seen today, valid for a year."""

    class Meta:
        model = Household

    class Params:
        quotient = None

    family_quotient = factory.SelfAttribute("quotient")
    quotient_on = factory.LazyAttribute(lambda o: None if o.quotient is None else timezone.localdate())
    quotient_seen_on = factory.SelfAttribute("quotient_on")
    quotient_until = factory.LazyAttribute(
        lambda o: None if o.quotient is None else timezone.localdate() + timedelta(days=365)
    )
    quotient_seen_by = factory.LazyAttribute(lambda o: None if o.quotient is None else StaffMemberFactory.create())


class GuardianFactory(DjangoModelFactory[Guardian]):
    """An adult who has shown that the mailbox is theirs."""

    class Meta:
        model = Guardian

    household = factory.SubFactory(HouseholdFactory)
    name = factory.Sequence(lambda n: f"Camille Fictive {n}")
    email = factory.Sequence(lambda n: f"camille{n}@famille.example")
    confirmed_at = factory.LazyFunction(timezone.now)


class MemberFactory(DjangoModelFactory[Member]):
    """`MemberFactory(household=…)` is in it; `households=[…]` in several; neither: in none."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    given_name = factory.Sequence(lambda n: f"Léa{n}")
    family_name = "Fictive"
    born_on = date(2018, 5, 4)

    @factory.post_generation
    def household(self: Any, create: bool, household: Household | None, **_more: Any) -> None:
        if create and household is not None:
            Membership.objects.create(household=household, member=self)

    @factory.post_generation
    def households(self: Any, create: bool, households: list[Household] | None, **_more: Any) -> None:
        for one in households or ():
            Membership.objects.create(household=one, member=self)


class SeenPaperFactory(DjangoModelFactory[SeenPaper]):
    """A proof of home; `kind` and `member` for others."""

    class Meta:
        model = SeenPaper

    household = factory.SubFactory(HouseholdFactory)
    kind = PaperKind.RESIDENCE
    paper_on = factory.LazyFunction(timezone.localdate)
    valid_until = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=300))
    seen_by = factory.SubFactory(StaffMemberFactory)


class HealthAttestationFactory(DjangoModelFactory[HealthAttestation]):
    class Meta:
        model = HealthAttestation

    member = factory.SubFactory(MemberFactory)
    season = factory.LazyFunction(lambda: timezone.localdate().year)


class HouseholdSessionFactory(DjangoModelFactory[HouseholdSession]):
    class Meta:
        model = HouseholdSession

    class Params:
        token = factory.Sequence(lambda n: f"jeton-de-session-{n}")

    guardian = factory.SubFactory(GuardianFactory)
    token_hash = factory.LazyAttribute(lambda o: hashlib.sha256(o.token.encode()).digest())
    device = "Firefox, Linux"
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=12))


class SignInCodeFactory(DjangoModelFactory[SignInCode]):
    class Meta:
        model = SignInCode

    email = factory.Sequence(lambda n: f"camille{n}@famille.example")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))
