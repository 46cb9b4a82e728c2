"""Accounts and roles of staff."""

from datetime import date, timedelta

from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from municipalities import rules, services, staff_mail
from municipalities.database.transactions import patient_transaction
from municipalities.enums import POOL_ROLES, Role
from municipalities.exceptions import Refusal
from municipalities.models import OPERATOR_ROLES, Facility, Municipality, Operator, Place, StaffMember, StaffRole
from municipalities.queries import is_wholly_managed_by
from municipalities.wording import say_day

#: A role that is lent for longer is given.
LONGEST_DELEGATION = timedelta(days=366)


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
    place: Place,
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
) -> tuple[StaffMember, bool]:
    """Open an account with its first role and invite the person; an address that has an account only gets the role.

    Returns the account and whether it is new. Raises NotYours, AccountClosed.
    """
    if not rules.may_give(by, role, place):
        raise NotYours(_("Vous ne pouvez pas donner ce rôle à cet endroit."))
    with patient_transaction(by=by):
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
            place=place,
            valid_from=valid_from,
            valid_until=valid_until,
            by=by,
        )
        if is_new:
            invite(member=member, by=by)
    return member, is_new


def invite(*, member: StaffMember, by: StaffMember) -> None:
    """Send the mail in which the person chooses a password. Raises AccountClosed."""
    if not member.is_active:
        raise AccountClosed(_("Ce compte est fermé."))
    with patient_transaction(by=by):
        staff_mail.post(staff_mail.Letter("invitation", member.email, member.language, member))


def change_staff_member(*, member: StaffMember, name: str, language: str, by: StaffMember) -> None:
    """The address is not changed here: whoever holds it can set the password."""
    _must_be_wholly_managed(member, by)
    with patient_transaction(by=by):
        member.name, member.language = name, language
        member.save(update_fields=["name", "language"])


def tell_of_another_address(*, member: StaffMember, before: str, by: StaffMember) -> None:
    """The old mailbox hears of it, for whoever holds the new one can set the password; what is open elsewhere ends."""
    with patient_transaction(by=by):
        for session in UserSession.objects.filter(user=member):
            session.end()
        with translation.override(member.language):
            subject = _("L’adresse de votre compte a changé")
            text = _(
                "L’adresse de votre compte du guichet commun vient d’être changée : vous ne vous y connectez plus avec "
                "celle-ci. Si vous n’en saviez rien, prévenez tout de suite le responsable du territoire."
            )
        staff_mail.post(staff_mail.Letter("notice", before, member.language, None, subject, text))


def give_role(
    *,
    member: StaffMember,
    role: str,
    place: Place,
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
) -> StaffRole:
    """A role in a place from day to day, both included; `valid_until` None is without an end.

    Raises NotYours, or a Refusal that says where such a role is held or since when it is.
    """
    if not rules.may_give(by, role, place):
        raise NotYours(_("Vous ne pouvez pas donner ce rôle à cet endroit."))
    _must_hold_there(role, place)
    where = {
        "municipality": place if isinstance(place, Municipality) else None,
        "facility": place if isinstance(place, Facility) else None,
        "operator": place if isinstance(place, Operator) else None,
    }
    with patient_transaction(by=by):
        # Two managers may give the same role at once: the second waits and sees the first.
        StaffMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
        same = StaffRole.objects.filter(staff=member, role=role, **where)
        if valid_until is not None:
            same = same.filter(valid_from__lte=valid_until)
        known = same.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from)).first()
        if known is not None:
            said = {"name": member.name or member.email, "since": say_day(known.valid_from)}
            raise Refusal(_("%(name)s a déjà ce rôle à cet endroit depuis le %(since)s.") % said)
        held = StaffRole.objects.create(
            staff=member,
            role=role,
            valid_from=valid_from,
            valid_until=valid_until,
            given_by=by,
            **where,
        )
    return held


def _must_hold_there(role: str, place: Place) -> None:
    """Raises a Refusal that says where such a role is held."""
    if place is None and role not in rules.TERRITORY_ROLES:
        raise Refusal(_("Ce rôle demande une commune, un établissement ou un gestionnaire."))
    if role == Role.OPERATOR_STAFF and not isinstance(place, Facility):
        raise Refusal(_("Le personnel d’un délégataire travaille dans un établissement précis : choisissez-le."))
    if role == Role.TERRITORY_MANAGER and place is not None:
        raise Refusal(_("Ce rôle vaut pour tout le territoire."))
    if role == Role.OPERATOR_MANAGER and not isinstance(place, Operator):
        raise Refusal(_("Le responsable chez un gestionnaire demande un gestionnaire."))
    if isinstance(place, Operator) and role not in OPERATOR_ROLES:
        raise Refusal(_("Ce rôle ne se donne pas chez un gestionnaire."))
    if not rules.holds_there(role, place):
        if role == Role.NURSERY_MANAGER:
            raise Refusal(_("La direction de crèche se donne dans une crèche, ou chez qui en gère."))
        raise Refusal(_("Ce rôle vaut pour toutes les crèches : il se donne dans l’agglomération."))
    if role in POOL_ROLES and isinstance(place, Facility):
        raise Refusal(_("Ce rôle vaut pour toutes les piscines d’un gestionnaire ou d’une commune."))
    if isinstance(place, Operator) and place.municipality_id:
        raise Refusal(_("Ce gestionnaire est une commune : donnez le rôle dans la commune."))


def delegate(
    *, member: StaffMember, facility: Facility, role: str, valid_from: date, valid_until: date, by: StaffMember
) -> StaffRole:
    """A colleague covers a facility from date to date (both included), and is told. It ends by itself.

    Raises NotYours, AccountClosed, or a Refusal that says what is wrong with the dates or what they run into.
    """
    if role not in rules.LENT_ROLES or not rules.may_give(by, role, facility):
        raise NotYours(_("Vous ne pouvez pas déléguer dans cet établissement."))
    if not member.is_active:
        raise AccountClosed(_("Le compte de cette personne est fermé : personne ne peut lui déléguer."))
    if valid_from < timezone.localdate():
        raise Refusal(_("Une délégation commence aujourd’hui ou plus tard : cette date est passée."))
    if valid_until < valid_from:
        raise Refusal(_("La délégation doit finir après son début."))
    if valid_until - valid_from > LONGEST_DELEGATION:
        raise Refusal(_("Une délégation dure un an au plus. Au-delà, donnez un rôle à cette personne."))
    with patient_transaction(by=by):
        # Two managers may lend the same person at once: the second waits and sees the first.
        StaffMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
        _must_not_run_into(member, facility, valid_from, valid_until)
        held = StaffRole.objects.create(
            staff=member,
            role=role,
            facility=facility,
            valid_from=valid_from,
            valid_until=valid_until,
            is_delegation=True,
            given_by=by,
        )
        _tell_of_delegation(held, by)
    return held


def _must_not_run_into(member: StaffMember, facility: Facility, start: date, end: date) -> None:
    there = Q(facility=facility) | Q(runs=facility.operator_id)
    held = StaffRole.objects.with_reach().filter(there, staff=member, valid_from__lte=end).exclude(role=Role.AUDITOR)
    other = held.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=start)).order_by("valid_from").first()
    if other is None:
        return
    said = {"name": member.name or member.email, "place": facility.name, "since": say_day(other.valid_from)}
    if other.valid_until is None:
        raise Refusal(_("%(name)s travaille déjà à cet endroit (%(place)s) depuis le %(since)s, sans fin.") % said)
    said["until"] = say_day(other.valid_until)
    sentence = _(
        "%(name)s assure déjà un remplacement : %(place)s, du %(since)s au %(until)s. Choisissez d’autres dates."
    )
    raise Refusal(sentence % said)


def _tell_of_delegation(held: StaffRole, by: StaffMember) -> None:
    member = held.staff
    assert held.valid_until is not None and held.facility is not None
    with translation.override(member.language):
        place = held.facility.name
        text = _(
            "%(by)s vous confie %(place)s, du %(start)s au %(end)s compris, comme « %(role)s ». "
            "Vous y entrez avec votre compte habituel ; l’accès prend fin tout seul."
        ) % {
            "by": by.name or by.email,
            "place": place,
            "start": say_day(held.valid_from),
            "end": say_day(held.valid_until),
            "role": held.get_role_display(),
        }
        subject = _("Vous remplacez : %(place)s") % {"place": place}
    staff_mail.post(staff_mail.Letter("notice", member.email, member.language, member, subject, text))


def end_role(*, held: StaffRole, by: StaffMember) -> None:
    """From now on the role no longer holds. One that began today or later is removed, others end yesterday.

    Raises NotYours.
    """
    if not rules.may_end(by, held):
        raise NotYours(_("Vous ne pouvez pas retirer ce rôle."))
    today = timezone.localdate()
    if held.staff_id == by.pk and not by.is_superuser:
        raise NotYours(_("Vous ne pouvez pas retirer vos propres rôles : demandez à un autre responsable."))
    with patient_transaction(by=by):
        if held.valid_from >= today:
            held.delete()
        else:
            held.valid_until = today - timedelta(days=1)
            held.save(update_fields=["valid_until"])


def close_account(*, member: StaffMember, by: StaffMember) -> None:
    """The person leaves: open sessions, roles and private calendar addresses end now, and nobody signs in again.

    What they did stays. Reopening gives back the account, not the roles nor the addresses. Raises NotYours.
    """
    _must_be_wholly_managed(member, by)
    if member.pk == by.pk:
        raise NotYours(_("Vous ne pouvez pas fermer votre propre compte."))
    today = timezone.localdate()
    with patient_transaction(by=by):
        StaffMember.objects.filter(pk=member.pk).update(is_active=False)
        held = StaffRole.objects.filter(staff=member)
        # Kept until today, not until yesterday: a role that began today keeps its place in the list.
        held.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=today), valid_from__lte=today).update(
            valid_until=today
        )
        held.filter(valid_from__gt=today).delete()
        for session in UserSession.objects.filter(user=member):
            session.end()
        services.has_left(member)


def reopen_account(*, member: StaffMember, by: StaffMember) -> None:
    _must_be_wholly_managed(member, by)
    with patient_transaction(by=by):
        StaffMember.objects.filter(pk=member.pk).update(is_active=True)


def _must_be_wholly_managed(member: StaffMember, by: StaffMember) -> None:
    if not is_wholly_managed_by(member, by):
        raise NotYours(
            _("Cette personne a aussi un rôle ailleurs : seul le responsable du territoire change son compte.")
        )
