"""Types, counters, opening hours, release rules and the shared calendar. All of it invented, on a 20-minute rhythm."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from booking.appointments.enums import Audience, ReleaseMode, TypeKind
from booking.appointments.models import (
    AppointmentType,
    CalendarPool,
    Counter,
    CounterClosure,
    Duration,
    Fee,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
    RequiredDocument,
)
from config.demo.documents import DOCUMENTS, OVERRIDES
from config.demo.fees import FEES
from config.demo.places import EQUIPPED, working_day
from config.demo.texts import BOTH, CARD, CENSUS, COLLECTION, DEPOSITS, PASSPORT, WELCOME, text
from municipalities.languages import Translated
from municipalities.models import Facility, Municipality

Types = dict[str, AppointmentType]

#: Minutes for one to six people (a common practice: 20 for one, 15 more for each further, 5 more for both).
MINUTES = {
    CARD: (20, 35, 50, 65, 80, 95),
    PASSPORT: (20, 35, 50, 65, 80, 95),
    BOTH: (25, 40, 55, 70, 85, 100),
    COLLECTION: (10, 10, 15, 15, 20, 20),
    WELCOME: (20,),
    CENSUS: (15,),
}
POOL = "Cartes et passeports m2A"


def build_types() -> Types:
    rows: list[tuple[str, TypeKind, Translated, Translated]] = [
        (
            CARD,
            TypeKind.DEPOSIT,
            text("Carte d’identité", "Personalausweis", "Identity card"),
            text(
                "Demander ou renouveler une carte.",
                "Einen Personalausweis beantragen oder erneuern.",
                "Apply for or renew a card.",
            ),
        ),
        (
            PASSPORT,
            TypeKind.DEPOSIT,
            text("Passeport", "Reisepass", "Passport"),
            text(
                "Demander ou renouveler un passeport.",
                "Einen Reisepass beantragen oder erneuern.",
                "Apply for or renew a passport.",
            ),
        ),
        (
            BOTH,
            TypeKind.DEPOSIT,
            text("Carte d’identité et passeport", "Personalausweis und Reisepass", "Identity card and passport"),
            text(
                "La carte et le passeport d’une même personne, en un seul rendez-vous.",
                "Beide Ausweise einer Person in einem Termin.",
                "Both documents of one person in a single appointment.",
            ),
        ),
        (
            COLLECTION,
            TypeKind.COLLECTION,
            text(
                "Retirer ma carte ou mon passeport",
                "Personalausweis oder Reisepass abholen",
                "Collect an identity card or passport",
            ),
            text(
                "Dans la mairie où la demande a été déposée.",
                "In dem Rathaus, in dem der Antrag gestellt wurde.",
                "At the town hall where you applied.",
            ),
        ),
        (
            WELCOME,
            TypeKind.OTHER,
            text(
                "Attestation d’accueil",
                "Gastgeberbescheinigung (attestation d’accueil)",
                "Host’s certificate (attestation d’accueil)",
            ),
            text(
                "Pour accueillir un visiteur étranger. Réservé aux habitants de la commune.",
                "Für ausländischen Besuch. Nur für Einwohner der Gemeinde.",
                "To host a visitor from abroad. For residents of the municipality only.",
            ),
        ),
        (
            CENSUS,
            TypeKind.OTHER,
            text(
                "Recensement citoyen à 16 ans",
                "Erfassung mit 16 Jahren (recensement citoyen)",
                "Citizenship registration at 16 (recensement)",
            ),
            text(
                "Réservé aux habitants de la commune.",
                "Nur für Einwohner der Gemeinde.",
                "For residents of the municipality only.",
            ),
        ),
    ]
    types: Types = {}
    for position, (code, kind, name, description) in enumerate(rows):
        types[code] = AppointmentType.objects.create(
            code=code,
            kind=kind,
            name=name,
            description=description,
            needs_number=kind == TypeKind.DEPOSIT,
            max_people=len(MINUTES[code]),
            position=position,
        )
        _set_minutes(types[code], None, MINUTES[code])
    return types


def _set_minutes(type_: AppointmentType, facility: Facility | None, minutes: Iterable[int]) -> None:
    Duration.objects.bulk_create(
        Duration(type=type_, facility=facility, people=people, minutes=m) for people, m in enumerate(minutes, 1)
    )


def build_documents(types: Types) -> None:
    for position, row in enumerate(DOCUMENTS):
        document = RequiredDocument.objects.create(
            code=row.code,
            label=row.label,
            detail=row.detail or Translated(),
            situations=list(row.situations),
            ages=row.ages,
            position=position,
        )
        document.types.set([types[code] for code in row.types])
    for position, fee in enumerate(FEES):
        made = Fee.objects.create(
            code=fee.code,
            cents=fee.cents,
            label=fee.label,
            situations=list(fee.situations),
            ages=fee.ages,
            position=position,
        )
        made.types.set([types[code] for code in fee.types])
    for slug, code, label in OVERRIDES:
        general = RequiredDocument.objects.get(code=code, municipality=None)
        own = RequiredDocument.objects.create(
            code=code,
            municipality=Municipality.objects.get(slug=slug),
            label=label or general.label,
            detail=general.detail,
            situations=general.situations,
            ages=general.ages,
            position=general.position,
            is_dropped=label is None,
        )
        own.types.set(general.types.all())


def build_counters(types: Types, today: date) -> list[Counter]:
    """The seventeen counters and their weeks. Own residents' affairs are served in Mulhouse, Rixheim and Illzach."""
    made = []
    for slug, count in EQUIPPED.items():
        facility = Facility.objects.get(slug=f"mairie-{slug}")
        for n in range(1, count + 1):
            counter = Counter.objects.create(facility=facility, name=f"Guichet {n}", has_invented_data=True)
            served = [*DEPOSITS, COLLECTION]
            if (slug, n) in {("mulhouse", 1), ("mulhouse", 2), ("rixheim", 1), ("illzach", 1)}:
                served += [WELCOME, CENSUS]
            counter.types.set([types[code] for code in served])
            _open(counter, list(week(slug, n)), types, since=today - timedelta(days=60))
            if slug == "rixheim" and today.weekday() > 4:
                _open(counter, list(weekend(today.weekday(), n)), types, since=today, until=today)
            made.append(counter)
    _set_minutes(types[CARD], Facility.objects.get(slug="mairie-wittenheim"), (30, 45, 60, 75, 90, 105))
    _set_minutes(types[PASSPORT], Facility.objects.get(slug="mairie-wittenheim"), (30, 45, 60, 75, 90, 105))
    return made


@dataclass(frozen=True)
class Slice:
    """One stretch of a weekday; `only` restricts it to some types."""

    weekday: int
    starts: time
    ends: time
    audience: Audience = Audience.PUBLIC
    only: tuple[str, ...] = ()


def week(slug: str, n: int) -> Iterator[Slice]:
    """The week of the n-th counter of a town. Half-days end at :00, :20 or :40, as with a 20-minute grid."""
    if slug == "mulhouse":
        late = n > 4  # three counters begin later and close later: the building stays open over noon
        for day in range(5):
            morning, noon = (time(8, 40), time(12)) if late else (time(8), time(11, 40))
            yield Slice(day, morning, noon)
            yield Slice(day, noon, _plus(noon, 20), Audience.FACILITY_STAFF)
            yield from _afternoon(n, day, time(13, 20), time(17))
            if day == 3 and late:
                yield Slice(day, time(17), time(18, 20))
        if n <= 2:
            yield Slice(5, time(8, 40), time(12))
        return
    closed_afternoons = {"habsheim": {2}, "wittelsheim": {4}, "brunstatt-didenheim": {2, 4}}.get(slug, set())
    for day in range(5):
        yield Slice(day, time(8, 20), time(11, 40))
        yield Slice(day, time(11, 40), time(12), Audience.ANY_STAFF if n == 1 else Audience.FACILITY_STAFF)
        if day not in closed_afternoons:
            yield from _afternoon(n, day, time(13, 40), time(17) if day != 1 else time(18))
    if slug == "rixheim" and n == 1:
        yield Slice(5, time(9), time(11, 40))


def weekend(weekday: int, n: int) -> Iterator[Slice]:
    """An exceptional day at Rixheim, for whoever starts the demonstration on a Saturday or a Sunday."""
    if weekday == 6 or n == 2:
        yield Slice(weekday, time(8, 20), time(11, 40))
    yield Slice(weekday, time(13, 40), time(17))


def _afternoon(n: int, day: int, starts: time, ends: time) -> Iterator[Slice]:
    """On the first counter, the last forty minutes are for handing out finished papers only."""
    if n == 1:
        before_last = _plus(ends, -40)
        yield Slice(day, starts, before_last)
        yield Slice(day, before_last, ends, only=(COLLECTION,))
    else:
        yield Slice(day, starts, ends)


def _plus(moment: time, minutes: int) -> time:
    total = moment.hour * 60 + moment.minute + minutes
    return time(total // 60, total % 60)


def _open(counter: Counter, slices: list[Slice], types: Types, since: date, until: date | None = None) -> None:
    for piece in slices:
        staff_only = piece.audience != Audience.PUBLIC
        period = OpeningPeriod.objects.create(
            counter=counter,
            weekday=piece.weekday,
            starts=piece.starts,
            ends=piece.ends,
            valid_from=since,
            valid_until=until,
            audience=piece.audience,
            fallback_days=1 if staff_only else None,
            fallback_time=time(12) if staff_only else None,
        )
        if piece.only:
            period.types.set([types[code] for code in piece.only])


def build_rules(types: Types, today: date) -> None:
    """How time is released, differently here and there as in life, and who shares it."""

    def facility(slug: str) -> Facility:
        return Facility.objects.get(slug=f"mairie-{slug}")

    ReleasePolicy.objects.create(notice_minutes=120, horizon_days=90)
    ReleasePolicy.objects.create(type=types[COLLECTION], notice_minutes=60, horizon_days=30)
    ReleasePolicy.objects.create(
        facility=facility("mulhouse"),
        notice_minutes=60,
        horizon_days=60,
        mode=ReleaseMode.BATCH,
        batch_weekday=3,
        batch_time=time(17, 30),
        batch_weeks=4,
    )
    ReleasePolicy.objects.create(
        facility=facility("rixheim"),
        notice_minutes=120,
        horizon_days=90,
        held_until_7_days_percent=20,
        held_until_1_day_percent=10,
    )
    ReleasePolicy.objects.create(facility=facility("habsheim"), notice_minutes=1440, horizon_days=180)
    ReleasePolicy.objects.create(facility=facility("wittelsheim"), notice_minutes=120, horizon_days=14)

    pool = CalendarPool.objects.create(name=POOL)
    pool.types.set([types[code] for code in (*DEPOSITS, COLLECTION)])
    reserves = {"wittenheim": 20, "brunstatt-didenheim": 10}
    for counter in Counter.objects.select_related("facility__municipality").order_by("pk"):
        PoolShare.objects.create(
            pool=pool,
            counter=counter,
            shared_from=today - timedelta(days=60),
            reserve_percent=reserves.get(counter.facility.municipality.slug, 0),
            reserve_days=3,
        )


def build_breakdown(today: date) -> None:
    """A terminal is out of order for an afternoon."""
    day = working_day(today, 3)
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    CounterClosure.objects.create(
        counter=Counter.objects.get(facility__slug="mairie-mulhouse", name="Guichet 6"),
        period=DateTimeTZRange(noon, noon + timedelta(hours=7), "[)"),
        reason=text("Panne du dispositif (fictif)", "Gerät defekt (fiktiv)", "Terminal out of order (fictitious)"),
    )
