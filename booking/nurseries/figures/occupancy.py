"""What nurseries hold and how full they are: places, months ahead, hours, guaranteed places; by operator."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries.calendar_words import WEEK, say_half_day, say_month_and_year
from booking.nurseries.capacity import Horizon
from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.figures.hiding import hide_line
from booking.nurseries.figures.process import outcome_names, outcome_of
from booking.nurseries.figures.shapes import Figure, Row, Value, crossed
from booking.nurseries.models import Nursery, NurseryHours, NurseryOffer, PresentChild
from booking.nurseries.supply import reading
from municipalities.holidays import public_holidays
from municipalities.models import Closure
from municipalities.wording import without_accents

MONTHS = 12
#: One guaranteed place for so many (CASF D.214-7).
ONE_FOR = 20
#: Above it CNAF looks at what is billed for what was attended (domain, B7).
WATCHED = (107, 117)
LAWFUL_OVERSHOOT = 115


def nurseries_of(authorities: Iterable[int]) -> list[Nursery]:
    found = Nursery.objects.active().filter(authority__in=list(authorities))
    return list(reading.with_supply(found).order_by("facility__slug"))


def figures(nurseries: Sequence[Nursery], year: int) -> list[Figure]:
    """All that is said of the territory as a whole."""
    ahead = reading.horizon(count=MONTHS)
    return [
        _week(nurseries, ahead),
        _ahead(nurseries, ahead),
        _surplus(nurseries, ahead),
        _guaranteed(_("Territoire"), {_("toutes les crèches"): nurseries}, ahead),
        _rates(_("Par mois"), _by_month(nurseries, year), "taux", _("Mois")),
    ]


def by_operator(nurseries: Sequence[Nursery], rounds: Sequence[int], year: int) -> list[Figure]:
    """Each operator beside the others: for the territory alone."""
    of: dict[str, list[Nursery]] = {}
    for one in nurseries:
        of.setdefault(one.facility.operator.name, []).append(one)
    of = dict(sorted(of.items(), key=lambda one: without_accents(one[0])))
    ahead = reading.horizon(count=MONTHS)
    return [
        _offers_of(of, rounds),
        _guaranteed(_("Gestionnaire"), of, ahead, code="garanties-gestionnaires"),
        _rates(
            _("Par gestionnaire"),
            {name: hours_of(some, year) for name, some in of.items()},
            "taux-gestionnaires",
            _("Gestionnaire"),
        ),
    ]


def _week(nurseries: Sequence[Nursery], ahead: Horizon) -> Figure:
    """Places are nobody's: nothing is hidden of them."""
    month = ahead.months[0]
    opened: Counter[str] = Counter()
    free: Counter[str] = Counter()
    limited: Counter[str] = Counter()
    authorised: Counter[str] = Counter()
    for one in nurseries:
        counted = reading.capacity_of(one)
        moments = ahead.moments(counted)
        row = ahead.opening(counted, month)
        for day in HALF_DAYS:
            allowed = row.authorised.get(day, 0) if row is not None else 0
            authorised[day] += allowed
            moment = moments.get((month, day))
            if moment is not None:
                opened[day] += moment.most
                free[day] += moment.free
                limited[day] += moment.most < allowed
    rows = [
        Row(say_half_day(day).capitalize(), [authorised[day], opened[day], free[day], limited[day]])
        for day in HALF_DAYS
    ]
    return Figure(
        "places",
        _("Places autorisées, ouvertes et libres, par demi-journée"),
        _(
            "Ce mois-ci, dans toutes les crèches. Autorisées : par l’autorisation du Département, modulée. Ouvertes : "
            "enfants qui peuvent être là, réserves ôtées, adultes comptés. Libres : sans enfant présent. Limitées : "
            "crèches où moins d’enfants peuvent être là qu’il n’en est autorisé."
        ),
        _("Demi-journée"),
        [_("Autorisées"), _("Ouvertes"), _("Libres"), _("Crèches limitées")],
        rows,
        chart_of=2,
    )


def _ahead(nurseries: Sequence[Nursery], ahead: Horizon) -> Figure:
    free: Counter[tuple[str, str]] = Counter()
    for one in nurseries:
        for key, stretch in ahead.stretches(reading.capacity_of(one)).items():
            free[key] += stretch.whole_week
    rows: list[Row] = [
        Row(say_month_and_year(month).capitalize(), [free[month, section.value] for section in Section])
        for month in ahead.months
    ]
    return Figure(
        "previsions",
        _("Places libres à venir, par mois et par section"),
        _(
            "Places libres toute la semaine, crèche par crèche, d’après les capacités et les sorties connues : les "
            "nombres de la page publique et des sessions."
        ),
        _("Mois"),
        [str(section.label) for section in Section],
        rows,
    )


def _surplus(nurseries: Sequence[Nursery], ahead: Horizon) -> Figure:
    """Half-days of a nursery's week with more children than authorised, and more than the law allows at all."""
    over = breach = 0
    month = ahead.months[0]
    for one in nurseries:
        counted = reading.capacity_of(one)
        row = ahead.opening(counted, month)
        for day in HALF_DAYS:
            there = sum(day in child.half_days for child in ahead.there(counted))
            most = row.authorised.get(day, 0) if row is not None else 0
            over += there > most
            breach += there * 100 > most * LAWFUL_OVERSHOOT
    return Figure(
        "depassements",
        _("Dépassements"),
        _(
            "Demi-journées de la semaine de ce mois, crèche par crèche, où il y a plus d’enfants que de places "
            "autorisées, et plus de 115 % (CSP R.2324-27)."
        ),
        _("Demi-journées"),
        [_("Nombre")],
        [Row(_("au-dessus de 100 %"), [over]), Row(_("au-dessus de 115 %"), [breach])],
    )


def _guaranteed(head: str, of: Mapping[str, Sequence[Nursery]], ahead: Horizon, code: str = "garanties") -> Figure:
    there = PresentChild.objects.filter(is_guaranteed=True).exclude(last_month__lt=reading.first_day(ahead.months[0]))
    # Places are nobody's; the children who hold one are people, and the territory's are the sum of the operators'.
    held, _sum = hide_line([there.filter(nursery__in=[one.pk for one in some]).count() for some in of.values()])
    rows = []
    for (name, some), children in zip(of.items(), held, strict=True):
        owed = sum(one.guaranteed_places for one in some)
        places = sum(_most(one, ahead) for one in some)
        rows.append(Row(name, [places, owed, children, places // ONE_FOR]))
    return Figure(
        code,
        _("Places garanties"),
        _(
            "Places autorisées au plus (demi-journée la plus grande), places que les gestionnaires doivent garder aux "
            "familles en parcours d’insertion, enfants qui en occupent une aujourd’hui, et une place sur vingt."
        ),
        head,
        [_("Places"), _("Garanties dues"), _("Occupées"), _("Une sur vingt")],
        rows,
        chart_of=1,
    )


def _most(one: Nursery, ahead: Horizon) -> int:
    row = ahead.opening(reading.capacity_of(one), ahead.months[0])
    return max(row.authorised.values(), default=0) if row is not None else 0


# -- hours ---------------------------------------------------------------------------------------------------------


@dataclass
class Hours:
    """Of some nurseries in some months, where all of them are said."""

    theoretical: float = 0
    attended: int = 0
    billed: int = 0
    cost: int = 0
    costed: int = 0

    def add(self, one: "Hours") -> None:
        self.theoretical += one.theoretical
        self.attended += one.attended
        self.billed += one.billed
        self.cost += one.cost
        self.costed += one.costed


def hours_of(nurseries: Sequence[Nursery], year: int) -> Hours:
    """Of the months that were reported."""
    found = Hours()
    for one in _by_month(nurseries, year).values():
        found.add(one)
    return found


def _by_month(nurseries: Sequence[Nursery], year: int) -> dict[str, Hours]:
    of = {one.pk: one for one in nurseries}
    found: dict[str, Hours] = {}
    closures = list(Closure.objects.filter(period__overlap=(_begin(year), _begin(year + 1))))
    for row in NurseryHours.objects.filter(nursery__in=of, month__year=year).order_by("month"):
        nursery = of[row.nursery_id]
        theory = theoretical_hours(nursery, row.month, closures)
        costed = row.attended if row.cost is not None else 0
        hours = Hours(theory, row.attended, row.billed, row.cost or 0, costed)
        found.setdefault(say_month_and_year(f"{row.month:%Y-%m}").capitalize(), Hours()).add(hours)
    return found


def _begin(year: int) -> datetime:
    return timezone.make_aware(datetime.combine(date(year, 1, 1), time()))


def theoretical_hours(nursery: Nursery, month: date, closures: Sequence[Closure]) -> float:
    """Authorised places times hours of their half-days, on the days of the month that are neither off nor closed."""
    name = reading.month_of(month)
    counted = reading.capacity_of(nursery)
    row = next(
        (one for one in counted.openings if one.since <= name and (one.until is None or name <= one.until)), None
    )
    if row is None:
        return 0
    place = nursery.facility
    town = place.municipality
    off = public_holidays(month.year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday)
    closed = [one.period for one in closures if one.closes(place)]
    hours, day = 0.0, month
    while day.month == month.month:
        if day.weekday() < 5 and day not in off and not any(_covers(period, day) for period in closed):
            for half in ("am", "pm"):
                hours += row.authorised.get(f"{WEEK[day.weekday()]}_{half}", 0) * counted.hours[half]
        day += timedelta(days=1)
    return hours


def _covers(period: DateTimeTZRange, day: date) -> bool:
    """Whether a closure takes the middle of that day."""
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return noon in period


def _rates(title: str, of: Mapping[str, Hours], code: str, head: str) -> Figure:
    rows = []
    for name, one in of.items():
        values: list[Value] = [
            _percent(one.attended, one.theoretical),
            _percent(one.billed, one.theoretical),
            _percent(one.billed, one.attended),
            round(one.cost / one.costed, 2) if one.costed else "—",
        ]
        rows.append(Row(name, values))
    figure = Figure(
        code,
        _("Taux d’occupation et de facturation : %(by)s") % {"by": title.lower()},
        _(
            "Physique : heures de présence sur heures théoriques. Financier : heures facturées sur heures théoriques. "
            "Facturation : heures facturées sur heures de présence ; la CNAF regarde au-delà de 107 % et de 117 %. "
            "Heures théoriques : places autorisées × heures des demi-journées, jours fériés et fermetures ôtés. Les "
            "mois que les gestionnaires ont dits."
        ),
        head,
        [_("Physique (%)"), _("Financier (%)"), _("Facturation (%)"), _("Coût d’une heure (€)")],
        rows,
    )
    watched = [name for name, one in of.items() if one.attended and one.billed * 100 > one.attended * WATCHED[0]]
    if watched:
        figure.notes = [_("Au-delà de 107 %% : %(names)s.") % {"names": ", ".join(watched)}]
    return figure


def _percent(part: float, whole: float) -> Value:
    return round(100 * part / whole) if whole else "—"


def _offers_of(of: Mapping[str, Sequence[Nursery]], rounds: Sequence[int]) -> Figure:
    names = {one.pk: name for name, some in of.items() for one in some}
    numbers: Counter[tuple[str, str]] = Counter()
    for nursery, state in NurseryOffer.objects.filter(round__in=rounds).values_list("nursery", "state"):
        numbers[names.get(nursery, _("crèches fermées depuis")), outcome_of(state)] += 1
    lines = sorted({name for name, _state in numbers})
    return crossed(
        "propositions-gestionnaires",
        _("Propositions par gestionnaire"),
        _(
            "Propositions de place des sessions de l’année, et ce qu’elles sont devenues. Pour le territoire seul : "
            "aucun gestionnaire ne lit les autres."
        ),
        _("Gestionnaire"),
        list(outcome_names().values()),
        [(name, [numbers[name, code] for code in outcome_names()]) for name in lines],
    )
