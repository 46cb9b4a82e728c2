"""What is done to a family: opened, added to, corrected, shared. The guard of each rule is a constraint."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from booking.residents.actions import exchange, mint_link, revoke_links
from booking.residents.enums import PaperKind
from booking.residents.exceptions import (
    AlreadyInFamily,
    AttestedAlready,
    LastGuardian,
    LinkRefused,
    MailboxTaken,
    ShareRefused,
    StillNeeded,
)
from booking.residents.families.erasing import erase_members
from booking.residents.messages import owe_invitation
from booking.residents.models import Guardian, HealthAttestation, Household, Member, Membership, SeenPaper
from municipalities import services
from municipalities.database.transactions import GoneMeanwhile, inner_transaction, patient_transaction, refused_by
from municipalities.models import Municipality, StaffMember

#: How long the link is good by which the other parent's household joins a child. It is used once.
SHARE_FOR = timedelta(days=7)
SHARED_CHILD = "shared_child"


def mailbox_of(typed: str) -> str:
    """An address as it is kept: in small letters, without the spaces around it."""
    return typed.strip().lower()


def open_household(
    *,
    email: str,
    name: str = "",
    phone: str = "",
    language: str = "fr",
    is_confirmed: bool = True,
    home: Municipality | None = None,
    by: StaffMember | None = None,
) -> Guardian:
    """A new household with its first adult. `is_confirmed` says that they have shown that the mailbox is theirs.

    An agent who opens one for a caller confirms nothing: the first code sent there does. Raises MailboxTaken.
    """
    with patient_transaction(by):
        household = Household.objects.create(language=language, home_municipality=home)
        try:
            with inner_transaction():
                return Guardian.objects.create(
                    household=household,
                    name=name,
                    email=mailbox_of(email),
                    phone=phone,
                    confirmed_at=timezone.now() if is_confirmed else None,
                )
        except IntegrityError as error:
            raise MailboxTaken from error


def add_member(
    *,
    household: Household,
    given_name: str = "",
    family_name: str = "",
    born_on: date | None = None,
    expected_on: date | None = None,
    safety_remark: str = "",
    by: StaffMember | None = None,
) -> Member:
    """Somebody of the family, born or expected. Raises AlreadyInFamily, GoneMeanwhile."""
    with patient_transaction(by):
        _must_be_there(household.pk)
        member = Member.objects.create(
            given_name=given_name,
            family_name=family_name,
            born_on=born_on,
            expected_on=expected_on,
            safety_remark=safety_remark,
        )
        _join(household, member)
        return member


def _must_be_there(household: UUID) -> None:
    """Held to the end of the transaction: what is erased meanwhile is not written again. Raises GoneMeanwhile."""
    living = Household.objects.living().filter(pk=household).order_by("pk")
    if not living.select_for_update(no_key=True).values_list("pk", flat=True):
        raise GoneMeanwhile


def _join(household: Household, member: Member) -> None:
    try:
        with inner_transaction():
            Membership.objects.create(household=household, member=member)
    except IntegrityError as error:
        if refused_by(error, "household_has_each_person_once") or refused_by(error, "member_is_once_in_a_household"):
            raise AlreadyInFamily from error
        raise


def correct_member(
    *,
    member: Member,
    given_name: str,
    family_name: str,
    born_on: date | None,
    expected_on: date | None,
    safety_remark: str | None = None,
    by: StaffMember | None = None,
) -> None:
    """The same person, written rightly; or the birth of one who was expected. None leaves the remark as it is.

    Raises AlreadyInFamily, GoneMeanwhile.
    """
    fields: dict[str, str | date | None] = {
        "given_name": given_name,
        "family_name": family_name,
        "born_on": born_on,
        "expected_on": expected_on,
    }
    if safety_remark is not None:
        fields["safety_remark"] = safety_remark
    with patient_transaction(by):
        try:
            with inner_transaction():
                _change(Member.objects.filter(pk=member.pk, erased_at=None), **fields)
        except IntegrityError as error:
            if refused_by(error, "household_has_each_person_once"):
                raise AlreadyInFamily from error
            raise


def note_safety(*, member: Member, remark: str, by: StaffMember | None = None) -> None:
    """What a coach is to know in the water; empty for nothing. Raises GoneMeanwhile."""
    with patient_transaction(by):
        _change(Member.objects.filter(pk=member.pk, erased_at=None), safety_remark=remark)


def _change(there: QuerySet[Member] | QuerySet[Guardian], **fields: str | date | None) -> None:
    """Raises GoneMeanwhile for who was removed, or erased with the family, in another tab."""
    if not there.update(**fields):
        raise GoneMeanwhile


def remove_member(*, household: Household, member: Member, by: StaffMember | None = None) -> None:
    """Out of this household; out of the house where no other has them. Raises StillNeeded."""
    with patient_transaction(by):
        # Whoever removes the same child from two households at once goes one after the other.
        Member.objects.select_for_update().get(pk=member.pk)
        reasons = services.needed([member.pk]).get(member.pk, [])
        if reasons:
            raise StillNeeded(reasons)
        Membership.objects.filter(household=household, member=member).delete()
        SeenPaper.objects.filter(household=household, member=member).delete()
        if not Membership.objects.filter(member=member).exists():
            erase_members([member.pk])


def add_guardian(
    *, household: Household, name: str, email: str, phone: str = "", by: StaffMember | None = None
) -> Guardian:
    """Another adult, invited by mail: the mailbox opens nothing until its owner signs in.

    Raises MailboxTaken, GoneMeanwhile.
    """
    with patient_transaction(by):
        _must_be_there(household.pk)
        try:
            with inner_transaction():
                guardian = Guardian.objects.create(household=household, name=name, email=mailbox_of(email), phone=phone)
        except IntegrityError as error:
            raise MailboxTaken from error
        owe_invitation(guardian, household.language)
        return guardian


def correct_guardian(*, guardian: Guardian, name: str, phone: str, by: StaffMember | None = None) -> None:
    """Name and number. Another mailbox is another adult to invite: it has to be shown that somebody reads it.

    Raises GoneMeanwhile.
    """
    with patient_transaction(by):
        _change(Guardian.objects.filter(pk=guardian.pk), name=name, phone=phone)


def remove_guardian(*, guardian: Guardian, by: StaffMember | None = None) -> None:
    """With every session of theirs. Raises LastGuardian."""
    with patient_transaction(by):
        Household.objects.select_for_update().get(pk=guardian.household_id)
        others = Guardian.objects.filter(household=guardian.household_id, confirmed_at__isnull=False)
        if not others.exclude(pk=guardian.pk).exists():
            raise LastGuardian
        Guardian.objects.filter(pk=guardian.pk).delete()


def move_home(*, household: Household, home: Municipality | None) -> None:
    """Another home municipality: what was seen to prove the old one proves nothing any more. Raises GoneMeanwhile."""
    with patient_transaction():
        _must_be_there(household.pk)
        before = Household.objects.values_list("home_municipality", flat=True).get(pk=household.pk)
        if before == (home.pk if home else None):
            return
        Household.objects.filter(pk=household.pk).update(home_municipality=home)
        SeenPaper.objects.filter(household=household, kind=PaperKind.RESIDENCE).delete()


def attest_health(*, guardian: Guardian, member: Member, season: int) -> HealthAttestation:
    """The tick of a guardian, for a season. Raises AttestedAlready."""
    with patient_transaction():
        try:
            with inner_transaction():
                return HealthAttestation.objects.create(member=member, season=season, given_by=guardian)
        except IntegrityError as error:
            raise AttestedAlready from error


def share_child(*, member: Member, now: datetime | None = None) -> str:
    """The token of a link by which another household joins this child. A new one ends those before."""
    with patient_transaction():
        revoke_links(subject_id=member.pk)
        expires_at = (now or timezone.now()) + SHARE_FOR
        return mint_link(subject_type=SHARED_CHILD, subject_id=member.pk, expires_at=expires_at)


def shared_child(token: str) -> Member:
    """The child whom a link shares. Raises ShareRefused."""
    try:
        link = exchange(token=token)
    except LinkRefused as refusal:
        raise ShareRefused from refusal
    member = Member.objects.filter(pk=link.subject_id, erased_at__isnull=True).first()
    if link.subject_type != SHARED_CHILD or member is None:
        raise ShareRefused
    return member


def join_child(*, household: Household, token: str) -> Member:
    """The shared child belongs to this household too; the link is used up. Raises ShareRefused, AlreadyInFamily."""
    with patient_transaction():
        member = shared_child(token)
        if not revoke_links(subject_id=member.pk):
            raise ShareRefused
        _join(household, member)
        return member
