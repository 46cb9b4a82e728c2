"""Finding an appointment by whatever a caller says: a name as it sounds, a number, an address, part of a reference."""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Concat, Replace
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.models import Appointment, AppointmentPerson
from municipalities.models import StaffMember

FOUND_AT_MOST = 50
MOST_WORDS = 4
#: Fewer letters or digits than this would find half the territory.
LEAST_OF_A_REFERENCE = 4
LEAST_OF_A_NUMBER = 6
LEAST_OF_A_PHONE = 4
LEAST_OF_AN_ADDRESS = 4

_YEAR = re.compile(r"(?:19|20)\d\d")
#: A reference between other words, as a ticket or a mail says it.
_WHOLE_REFERENCE = re.compile(r"\b([0-9A-Z]{4})[-\u2010-\u2015]([0-9A-Z]{4})\b")
_PHONE = re.compile(r"\+?[\d\s().\-/]+")


def find_appointments(staff: StaffMember, asked: str) -> list[Appointment]:
    """Among those this person sees, those to come first, past ones while their people are not forgotten.

    By the words of a name and a birth year, all of one person; by telephone digits, an e-mail address, part of a
    reference or of a pre-application number. Four queries.
    """
    words = asked.split()[:MOST_WORDS]
    if not words:
        return []
    visible = Appointment.objects.visible_to(staff).exclude(state=State.HELD)
    compact = re.sub(r"[^0-9A-Za-z]", "", asked).upper()
    wanted = _by_contact(asked.strip()) | _by_reference(compact)
    for one, other in _WHOLE_REFERENCE.findall(asked.upper()):
        wanted |= Q(reference=f"{one}-{other}")
    people = _named(words)
    if people is not None:
        # Within what this person sees: folding all the names of the territory for each search would take its time.
        wanted |= Q(pk__in=people.filter(appointment__in=visible).values("appointment"))
    return _ordered(visible.alias(compact=Replace("reference", Value("-"), Value(""))).filter(wanted))


def history_of(staff: StaffMember, appointment: Appointment) -> list[Appointment]:
    """What this person sees of the same people: who gave the same contact, or has the same name and birth year."""
    same = Q(pk=appointment.pk)
    if appointment.email:
        same |= Q(email__iexact=appointment.email)
    if appointment.phone:
        same |= Q(phone=appointment.phone)
    visible = Appointment.objects.visible_to(staff).exclude(state=State.HELD)
    for person in appointment.people.all():
        # Without a year a name is anybody's.
        if person.last_name and person.birth_year:
            folded = Func(Value(f"{person.first_name} {person.last_name}"), Value(True), function=FOLDED)
            namesakes = AppointmentPerson.objects.filter(birth_year=person.birth_year, appointment__in=visible)
            same |= Q(pk__in=namesakes.alias(folded=_folded(short=True)).filter(folded=folded).values("appointment"))
    return _ordered(visible.filter(same))


FOLDED = "guichet_folded"


def _folded(*, short: bool) -> Func:
    whole = Concat("first_name", Value(" "), "last_name", output_field=CharField())
    return Func(whole, Value(short), function=FOLDED, output_field=CharField())


def _named(words: Sequence[str]) -> QuerySet[AppointmentPerson] | None:
    """People each of whose words is in their name, or is the year they were born in; None when nothing is asked."""
    folded = _fold(words)
    if not any(full for full, _short in folded):
        return None
    name = Concat(_folded(short=False), Value(" "), _folded(short=True))
    people = AppointmentPerson.objects.alias(folded=name)
    for word, (full, short) in zip(words, folded, strict=True):
        if not full:
            continue
        said = Q(folded__contains=full) | Q(folded__contains=short)
        if _YEAR.fullmatch(word):
            said |= Q(birth_year=int(word))
        people = people.filter(said)
    return people


def _fold(words: Sequence[str]) -> list[tuple[str, str]]:
    """Each word as names are compared: with its two-letter umlauts, and with them shortened. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {FOLDED}(word, false), {FOLDED}(word, true) FROM unnest(%s::text[]) WITH ORDINALITY AS w(word, n)"
            " ORDER BY n",
            [list(words)],
        )
        return [(full, short) for full, short in cursor.fetchall()]


def _by_reference(compact: str) -> Q:
    """Part of a reference, hyphen or not, or of a pre-application number."""
    wanted = Q(pk__in=[])
    if LEAST_OF_A_REFERENCE <= len(compact) <= 8:
        wanted |= Q(compact__contains=compact)
    if LEAST_OF_A_NUMBER <= len(compact) <= 10 and any(one.isdigit() for one in compact):
        people = AppointmentPerson.objects.filter(pre_application_number__contains=compact)
        wanted |= Q(pk__in=people.values("appointment"))
    return wanted


def _by_contact(asked: str) -> Q:
    """Part of an e-mail address, or digits of a telephone number however they are written."""
    if "@" in asked and len(asked) >= LEAST_OF_AN_ADDRESS:
        return Q(email__icontains=asked)
    if not _PHONE.fullmatch(asked):
        return Q(pk__in=[])
    # « +33 (0)6 » is written by people who want both to be right.
    digits = re.sub(r"\D", "", asked.replace("(0)", ""))
    # What stands before the number of a subscriber, at home or from abroad, is kept with the country's code.
    digits = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    return Q(phone__contains=digits) if len(digits) >= LEAST_OF_A_PHONE else Q(pk__in=[])


def _ordered(found: QuerySet[Appointment]) -> list[Appointment]:
    """Those to come, the next first; then those that are over, the last first."""
    now = timezone.now()
    is_over = Q(starts_at__lt=now)
    rows = found.select_related("type", "facility", "counter").prefetch_related("people")
    coming = list(rows.exclude(is_over).order_by("starts_at", "pk")[:FOUND_AT_MOST])
    return coming + list(rows.filter(is_over).order_by("-starts_at", "pk")[: FOUND_AT_MOST - len(coming)])
