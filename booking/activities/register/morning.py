"""The groups of the day by mail at seven: for the day the telephone is dead."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.activities.models import MorningRegister, Pool, Session
from booking.activities.register.roster import Roster, day_bounds, kept_by, roster_of
from booking.activities.water.queries import pools_with_place
from municipalities import rules
from municipalities.database.transactions import patient_transaction
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_day
from notifications import kinds
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

KIND = "activities.register"


def register() -> None:
    kinds.register(KIND, render, urgency=kinds.Urgency.LATER)


def want(*, coach: StaffMember, wanted: bool) -> None:
    """A coach has their own groups by mail, with names: to their own address and no other."""
    with patient_transaction(by=coach):
        if wanted:
            MorningRegister.objects.get_or_create(coach=coach, defaults={"shows_names": True})
        else:
            MorningRegister.objects.filter(coach=coach).delete()


def want_for_pool(*, pool: Pool, wanted: bool, shows_names: bool, by: StaffMember) -> None:
    """A pool has all of its groups by mail. Many may read its mailbox: names only where who plans there chose so."""
    with patient_transaction(by=by):
        if wanted:
            MorningRegister.objects.update_or_create(pool=pool, defaults={"shows_names": shows_names})
        else:
            MorningRegister.objects.filter(pool=pool).delete()


def send_morning_registers() -> int:
    """Owe today's list to all who want it, once a day whatever the number of calls. The number of mails.

    Nothing to whom no group meets today.
    """
    today = timezone.localdate()
    due = MorningRegister.objects.filter(Q(sent_on__isnull=True) | Q(sent_on__lt=today))
    owed = 0
    for chosen in due.select_related("coach", "pool__facility").order_by("pk"):
        if not _sessions(chosen, today):
            continue
        with patient_transaction():
            # Whoever sets the date sends; the other worker finds it set.
            if due.filter(pk=chosen.pk).update(sent_on=today):
                owed += _owe(chosen, today)
    return owed


def _owe(chosen: MorningRegister, day: date) -> int:
    place, address = chosen.pool.facility if chosen.pool else None, _address(chosen)
    if not address:
        return 0
    return enqueue(
        [
            Owed(
                kind=KIND,
                channel=Channel.MAIL,
                recipient=address,
                due_at=timezone.now(),
                language=chosen.coach.language if chosen.coach else "fr",
                municipality_id=place.municipality_id if place else None,
                subject_type="register",
                context={"list": chosen.pk, "day": day.isoformat()},
            )
        ]
    )


def _sessions(chosen: MorningRegister, day: date) -> list[Session]:
    if chosen.coach is not None:
        # Who teaches there no longer keeps no register there.
        mine = (
            kept_by(chosen.coach).filter(group__coach=chosen.coach)
            if chosen.coach.is_active
            else Session.objects.none()
        )
    else:
        mine = Session.objects.filter(group__basin__pool=chosen.pool).select_related(
            "group__basin__pool__facility", "group__coach"
        )
    mine = mine.select_related("group__activity__season__operator__municipality")
    return list(mine.planned().filter(day_bounds(day)).order_by("starts_at", "group__code", "pk"))


def render(message: Message, _gathered: Any) -> kinds.Mail | None:
    """The lists as they are when they are sent; nothing when the day is over, or to whom it is no longer meant for."""
    day = date.fromisoformat(str(message.context.get("day")))
    chosen = (
        MorningRegister.objects.select_related("coach", "pool__facility__operator__municipality")
        .filter(pk=message.context.get("list"))
        .first()
    )
    if chosen is None or day != timezone.localdate() or message.recipient != _address(chosen):
        return None
    pages: list[tuple[Session, Roster]] = [(one, roster_of(one)) for one in _sessions(chosen, day)]
    if not pages:
        return None
    operator = pages[0][0].group.activity.season.operator
    with translation.override(message.language):
        where = chosen.pool.facility.name if chosen.pool else _("mes groupes")
        subject = _("Registre du jour : %(place)s, %(day)s") % {"place": where, "day": say_day(day)}
    context = {"pages": pages, "day": day, "now": timezone.now(), "shows_names": chosen.shows_names, "where": where}
    sender = Sender.of(operator.identity)
    return letter("mail/register", context, subject=subject, sender=sender, language=message.language)


def _address(chosen: MorningRegister) -> str:
    if chosen.coach is not None:
        return str(chosen.coach.email)
    return str(chosen.pool.facility.email) if chosen.pool else ""


def pools_of(staff: StaffMember) -> list[tuple[Pool, MorningRegister | None]]:
    """Pools whose list this person may have mailed: those whose offer they plan."""
    pools = list(
        pools_with_place().filter(facility__in=Facility.objects.offer_planned_by(staff), closed_since__isnull=True)
    )
    chosen = {one.pool_id: one for one in MorningRegister.objects.filter(pool__in=pools)}
    return [(pool, chosen.get(pool.pk)) for pool in pools]


def has_own(staff: StaffMember) -> bool:
    return rules.teaches(staff) and MorningRegister.objects.filter(coach=staff).exists()
