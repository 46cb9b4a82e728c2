"""Accounts and roles of staff."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities import rules, staff_mail
from municipalities.enums import Role
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality, StaffMember, StaffRole
from municipalities.queries import is_wholly_managed_by


class NotYours(Refusal):
    code = "not_yours"


class AccountClosed(Refusal):
    code = "account_closed"


def add_staff_member(
    *,
    email: str,
    name: str,
    language: str,
    role: str,
    municipality: Municipality | None,
    facility: Facility | None,
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
) -> tuple[StaffMember, bool]:
    """Open an account with its first role and invite the person; an address that has an account only gets the role.

    Returns the account and whether it is new. Raises NotYours, AccountClosed.
    """
    if not rules.may_give(by, role, municipality, facility):
        raise NotYours(_("Vous ne pouvez pas donner ce rôle à cet endroit."))
    with transaction.atomic():
        member = StaffMember.objects.filter(email__iexact=email).first()
        is_new = member is None
        if member is None:
            member = StaffMember.objects.create_user(email, name=name, language=language)
        elif not member.is_active:
            raise AccountClosed(
                _("Le compte de cette personne est fermé. Le responsable du territoire peut le rouvrir.")
            )
        give_role(
            member=member,
            role=role,
            municipality=municipality,
            facility=facility,
            valid_from=valid_from,
            valid_until=valid_until,
            by=by,
        )
        if is_new:
            invite(member=member, by=by)
    return member, is_new


def invite(*, member: StaffMember, by: StaffMember) -> None:
    """Send the mail in which the person chooses a password."""
    if not member.is_active:
        raise AccountClosed(_("Ce compte est fermé."))
    with transaction.atomic():
        staff_mail.post(staff_mail.Letter("invitation", member.email, member.language, member))


def change_staff_member(*, member: StaffMember, name: str, language: str, by: StaffMember) -> None:
    """The address is not changed here: whoever holds it can set the password."""
    _must_be_wholly_managed(member, by)
    with transaction.atomic():
        member.name, member.language = name, language
        member.save(update_fields=["name", "language"])


def give_role(
    *,
    member: StaffMember,
    role: str,
    municipality: Municipality | None,
    facility: Facility | None,
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
) -> StaffRole:
    if not rules.may_give(by, role, municipality, facility):
        raise NotYours(_("Vous ne pouvez pas donner ce rôle à cet endroit."))
    if municipality is None and facility is None and role not in rules.TERRITORY_ROLES:
        raise Refusal(_("Ce rôle demande une commune ou un établissement."))
    if role == Role.TERRITORY_MANAGER and (municipality is not None or facility is not None):
        raise Refusal(_("Ce rôle vaut pour tout le territoire."))
    with transaction.atomic():
        held = StaffRole.objects.create(
            staff=member,
            role=role,
            municipality=municipality,
            facility=facility,
            valid_from=valid_from,
            valid_until=valid_until,
        )
    return held


def end_role(*, held: StaffRole, by: StaffMember) -> None:
    """From now on the role no longer holds. One that began today or later is removed, others end yesterday."""
    if not rules.may_end(by, held):
        raise NotYours(_("Vous ne pouvez pas retirer ce rôle."))
    today = timezone.localdate()
    if held.staff_id == by.pk and not by.is_superuser:
        raise NotYours(_("Vous ne pouvez pas retirer vos propres rôles : demandez à un autre responsable."))
    with transaction.atomic():
        if held.valid_from >= today:
            held.delete()
        else:
            held.valid_until = today - timedelta(days=1)
            held.save(update_fields=["valid_until"])


def close_account(*, member: StaffMember, by: StaffMember) -> None:
    """The person can no longer sign in; a session that is open ends with its next page."""
    _must_be_wholly_managed(member, by)
    if member.pk == by.pk:
        raise NotYours(_("Vous ne pouvez pas fermer votre propre compte."))
    with transaction.atomic():
        StaffMember.objects.filter(pk=member.pk).update(is_active=False)


def reopen_account(*, member: StaffMember, by: StaffMember) -> None:
    _must_be_wholly_managed(member, by)
    with transaction.atomic():
        StaffMember.objects.filter(pk=member.pk).update(is_active=True)


def _must_be_wholly_managed(member: StaffMember, by: StaffMember) -> None:
    if not is_wholly_managed_by(member, by):
        raise NotYours(
            _("Cette personne a aussi un rôle ailleurs : seul le responsable du territoire change son compte.")
        )
