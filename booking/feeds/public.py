"""A municipality's openings and closures, for anybody. When counters are open, never which of their time is free."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.feeds.models import PublicCalendar, PublicEntry
from booking.feeds.reading import publish
from booking.ical import EntryFacts, render_entry
from municipalities import services
from municipalities.database.transactions import patient_transaction
from municipalities.feeds import first_moment
from municipalities.languages import LANGUAGES
from municipalities.models import Closure, Facility, Municipality
from municipalities.spans import joined
from municipalities.zone import ZONE

#: Openings are compared with what was published at most this often.
COMPARED_EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class _Subject:
    """What one entry says, apart from its language: words by language come from `reason`."""

    key: str
    starts_at: datetime
    ends_at: datetime
    place: str
    address: str
    is_closure: bool = False
    reason: tuple[tuple[str, str], ...] = ()


def public_calendar(municipality: Municipality, *, now: datetime | None = None) -> PublicCalendar:
    """The state of the public calendar, compared with the openings of today when that was not done just now."""
    now = now or timezone.now()
    found = PublicCalendar.objects.filter(pk=municipality.pk).first()
    if found is not None and now - COMPARED_EVERY < found.compared_at <= now:
        return found
    return compare(municipality=municipality, now=now)


def compare(*, municipality: Municipality, now: datetime) -> PublicCalendar:
    """Publish what has changed. Entries that say the same keep their text to the byte."""
    wanted = {subject.key: subject for subject in _subjects(municipality, now)}
    with patient_transaction():
        Municipality.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=municipality.pk)
        calendar, _is_new = PublicCalendar.objects.get_or_create(
            pk=municipality.pk, defaults={"modified_at": now, "compared_at": now}
        )
        known = {entry.key: entry for entry in calendar.entries.filter(ends_at__gt=now)}
        changed = [
            _write(subject, known.get(key), calendar, now)
            for key, subject in wanted.items()
            if key not in known or known[key].facts_hash != _hash(subject)
        ]
        changed += [_cancel(entry, now) for key, entry in known.items() if key not in wanted and not entry.cancelled_at]
        PublicEntry.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["calendar", "key"],
            update_fields=["facts_hash", "starts_at", "ends_at", "sequence", "changed_at", "cancelled_at", "texts"],
        )
        since = first_moment(now)
        gone = calendar.entries.filter(Q(ends_at__lt=since) | Q(cancelled_at__lt=since)).delete()[0]
        if changed or gone:
            calendar.serial += 1
            calendar.modified_at = now
        calendar.compared_at = now
        calendar.save(update_fields=["serial", "modified_at", "compared_at"])
    return calendar


def text(municipality: Municipality, calendar: PublicCalendar, language: str) -> bytes:
    rows = calendar.entries.order_by("starts_at", "key").values_list("texts", flat=True)
    with translation.override(language):
        name = _("%(name)s : ouvertures et fermetures") % {"name": municipality.name}
    return publish(name, [texts[language] for texts in rows])


def _places(municipality: Municipality) -> QuerySet[Facility]:
    return municipality.facilities.filter(is_active=True).select_related("municipality").order_by("pk")


def _subjects(municipality: Municipality, now: datetime) -> Iterable[_Subject]:
    facilities = {place.pk: place for place in _places(municipality)}
    yield from _openings(facilities, now)
    closures = (
        Closure.objects.filter(
            Q(facility__in=facilities)
            | Q(municipality=municipality)
            | Q(facility__isnull=True, municipality__isnull=True),
            period__endswith__gt=now,
        )
        .select_related("facility__municipality")
        .order_by("pk")
    )
    for closure in closures:
        place = closure.facility.name if closure.facility else municipality.name
        yield _Subject(
            key=f"closure-{closure.pk}",
            starts_at=closure.period.lower,
            ends_at=closure.period.upper,
            place=place,
            address=closure.facility.address_line if closure.facility else "",
            is_closure=True,
            reason=tuple(sorted((code, closure.reason.get(code, "")) for code in LANGUAGES)),
        )


def _openings(facilities: dict[int, Facility], now: datetime) -> Iterable[_Subject]:
    """When a facility is open to everybody for whatever service, holidays and closures taken off."""
    for facility_id, open_spans in services.openings(facilities, now).items():
        numbers: dict[str, int] = {}
        for starts_at, ends_at in joined(open_spans):
            day = timezone.localdate(starts_at).isoformat()
            numbers[day] = numbers.get(day, 0) + 1
            # What is over has been told; the past is not written again.
            if ends_at > now:
                place = facilities[facility_id]
                key = f"open-{facility_id}-{day}-{numbers[day]}"
                yield _Subject(key, starts_at, ends_at, place.name, place.address_line)


def _hash(subject: _Subject) -> str:
    facts = asdict(subject)
    facts |= {"starts_at": subject.starts_at.timestamp(), "ends_at": subject.ends_at.timestamp()}
    return hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()


def _write(subject: _Subject, entry: PublicEntry | None, calendar: PublicCalendar, now: datetime) -> PublicEntry:
    if entry is None:
        entry = PublicEntry(id=uuid4(), calendar=calendar, key=subject.key, sequence=0)
    else:
        entry.sequence += 1
    entry.facts_hash = _hash(subject)
    entry.starts_at, entry.ends_at = subject.starts_at, subject.ends_at
    entry.changed_at, entry.cancelled_at = now, None
    entry.texts = {code: render_entry(_facts(subject, entry, code)) for code in LANGUAGES}
    return entry


def _facts(subject: _Subject, entry: PublicEntry, language: str) -> EntryFacts:
    reasons = dict(subject.reason)
    reason = reasons.get(language) or reasons.get("fr", "")
    starts, ends = subject.starts_at.astimezone(ZONE), subject.ends_at.astimezone(ZONE)
    with translation.override(language):
        if subject.is_closure:
            summary = _("Fermé : %(place)s") % {"place": subject.place}
        else:
            summary = _("Ouvert : %(place)s") % {"place": subject.place}
    return EntryFacts(
        uid=f"{entry.id}@{settings.CALENDAR_DOMAIN}",
        sequence=entry.sequence,
        changed_at=entry.changed_at,
        starts_at=subject.starts_at,
        ends_at=subject.ends_at,
        summary=summary,
        location=subject.address,
        description=reason,
        has_alarms=False,
        takes_time=False,
        is_all_day=starts.time() == ends.time() == time.min,
    )


def _cancel(entry: PublicEntry, now: datetime) -> PublicEntry:
    """The stored text, told as cancelled: what it was about may not be there any more."""
    entry.sequence += 1
    entry.changed_at = entry.cancelled_at = now
    entry.facts_hash = ""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    entry.texts = {code: _as_cancelled(stored, entry.sequence, stamp) for code, stored in entry.texts.items()}
    return entry


def _as_cancelled(stored: str, sequence: int, stamp: str) -> str:
    lines = []
    for line in stored.split("\r\n"):
        name = line.partition(":")[0]
        if name == "STATUS":
            line = "STATUS:CANCELLED"
        elif name == "SEQUENCE":
            line = f"SEQUENCE:{sequence}"
        elif name in ("DTSTAMP", "LAST-MODIFIED"):
            line = f"{name}:{stamp}"
        lines.append(line)
    return "\r\n".join(lines)
