"""The 34 nurseries: three names are real, the others say they are not; places, children and operators are invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from booking.nurseries.enums import HALF_DAYS, CountedBy, Purpose, Section
from booking.nurseries.models import (
    CommissionMeeting,
    HeldBack,
    Nursery,
    NurseryOpening,
    PresentChild,
    TownChildcare,
)
from config.demo.places import AGGLOMERATION, COLOURS, CONTRACT_HOLDER, FICTION
from config.demo.texts import text
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.models import Facility, Municipality, Operator

ILLZACH = "Association des crèches d’Illzach (nom fictif)"
CRADLES = "Association Les Berceaux (délégataire fictif)"
MUTUAL = "Mutuelle Petite Enfance du Rhin (fictive)"
COMPANY = "Grandir Fictif (société fictive)"
#: Holders of contracts besides the one that the places have made.
OTHER_HOLDERS = (ILLZACH, CRADLES, MUTUAL, COMPANY)


@dataclass(frozen=True)
class Known:
    """`runs` is the operator; a municipality runs its own under the name of its slug. Degrees move the pin, at a guess."""

    name: str
    slug: str
    town: str
    size: int
    runs: str
    north: float = 0.0
    east: float = 0.0
    is_invented: bool = True


def _fictive(name: str, town: str, size: int, runs: str, north: float = 0.0, east: float = 0.0) -> Known:
    slug = name.lower().replace("é", "e").replace("è", "e").replace("ê", "e").replace("’", "-").replace(" ", "-")
    return Known(f"{name} (fictive)", f"creche-{slug}", town, size, runs, north, east)


#: 30 of them run by five contract holders, two by the agglomeration and two by towns.
NURSERIES = [
    Known("Les Petits Pêcheurs de Lune", "creche-petits-pecheurs-de-lune", "illzach", 40, ILLZACH, 0.004, 0.006, False),
    Known("La Grande Ourse", "creche-la-grande-ourse", "illzach", 30, ILLZACH, -0.003, -0.004, False),
    Known("Le Chat Botté", "creche-le-chat-botte", "wittenheim", 45, CRADLES, 0.002, 0.003, False),
    # Made with the places, under this name.
    Known("Crèche Les Petits Fictifs", "creche-les-petits-fictifs", "rixheim", 36, CONTRACT_HOLDER),
    _fictive("Les Lutins", "mulhouse", 60, CONTRACT_HOLDER, 0.01, -0.012),
    _fictive("La Farandole", "mulhouse", 50, CONTRACT_HOLDER, -0.008, 0.01),
    _fictive("Les Coquelicots", "mulhouse", 40, CONTRACT_HOLDER, 0.018, 0.004),
    _fictive("Les Hirondelles", "mulhouse", 45, CONTRACT_HOLDER, -0.014, -0.015),
    _fictive("Le Manège", "mulhouse", 30, CONTRACT_HOLDER, 0.004, -0.03),
    _fictive("Les Papillons", "riedisheim", 40, CONTRACT_HOLDER, 0.003, -0.004),
    _fictive("La Ribambelle", "brunstatt-didenheim", 30, CONTRACT_HOLDER),
    _fictive("Les Colibris", "mulhouse", 36, CRADLES, -0.002, 0.02),
    _fictive("La Clairière", "mulhouse", 24, CRADLES, 0.021, -0.02),
    _fictive("Les Galets", "kingersheim", 36, CRADLES, 0.004, 0.002),
    _fictive("Le Tilleul", "pfastatt", 40, CRADLES),
    _fictive("Les Moussaillons", "wittenheim", 30, CRADLES, -0.006, -0.005),
    _fictive("La Coccinelle", "wittelsheim", 36, CRADLES),
    _fictive("Les Petites Mains", "staffelfelden", 20, CRADLES),
    _fictive("Les Cigognes", "mulhouse", 48, MUTUAL, -0.018, 0.004),
    _fictive("Le Nid", "lutterbach", 30, MUTUAL),
    _fictive("Les Mésanges", "habsheim", 36, MUTUAL),
    _fictive("La Pomme d’Api", "sausheim", 30, MUTUAL),
    _fictive("Les Roseaux", "ottmarsheim", 20, MUTUAL),
    _fictive("Le Carrousel", "bollwiller", 24, MUTUAL),
    _fictive("Les Loupiots", "mulhouse", 12, COMPANY, 0.007, 0.008),
    _fictive("La Bulle", "mulhouse", 12, COMPANY, -0.006, -0.006),
    _fictive("Les Farfadets", "rixheim", 12, COMPANY, 0.004, 0.005),
    _fictive("Les Bergamotes", "morschwiller-le-bas", 12, COMPANY),
    _fictive("Le Petit Train", "richwiller", 12, COMPANY),
    _fictive("Les Écureuils", "zillisheim", 12, COMPANY),
    _fictive("Les Acrobates", "mulhouse", 60, AGGLOMERATION, 0.028, 0.002),
    _fictive("La Passerelle", "pulversheim", 24, AGGLOMERATION),
    _fictive("Les Tournesols", "mulhouse", 40, "mulhouse", -0.01, -0.028),
    _fictive("Le Jardin des Petits", "kingersheim", 30, "kingersheim", -0.004, -0.004),
]

#: Weeks that families have, and how often; the middle and the end of the week are asked for least.
WEEKS = [
    (HALF_DAYS, 8),
    (tuple(day for day in HALF_DAYS if not day.startswith("wed")), 6),
    (HALF_DAYS[:2] + HALF_DAYS[2:4] + HALF_DAYS[6:8], 4),
    (HALF_DAYS[:4], 3),
    (("mon_am", "tue_am", "thu_am", "fri_am"), 2),
    (HALF_DAYS[6:], 2),
]


def build_nurseries(today: date, seed: int) -> int:
    """34 nurseries with their places and the children who are there. How many."""
    month = today.replace(day=1)
    operators = _operators()
    authority = Operator.objects.get(name=AGGLOMERATION)
    chance = Random(seed)
    for number, known in enumerate(NURSERIES):
        nursery = _nursery(known, number, operators, authority)
        _fill(nursery, known, number, month, chance)
    _build_calendar(authority, today)
    _build_towns()
    return len(NURSERIES)


def _operators() -> dict[str, Operator]:
    for number, name in enumerate(OTHER_HOLDERS):
        mail = f"delegataire{number + 2}.example"
        Operator.objects.create(
            name=name,
            kind=OperatorKind.CONTRACT_HOLDER,
            colour=COLOURS[number + 5],
            address=f"{number + 4} rue des Berceaux (adresse fictive)",
            phone=f"{FICTION}92{number:02d}",
            email=f"creches@{mail}",
            website=f"https://{mail}",
            sender_name=name,
            sender_email=f"ne-pas-repondre@{mail}",
        )
    operators = {one.name: one for one in Operator.objects.filter(municipality__isnull=True)}
    return operators | {
        one.municipality.slug: one
        for one in Operator.objects.filter(municipality__isnull=False).select_related("municipality")
        if one.municipality is not None
    }


def _nursery(known: Known, number: int, operators: dict[str, Operator], authority: Operator) -> Nursery:
    town = Municipality.objects.get(slug=known.town)
    operator = operators[known.runs]
    facility, _is_new = Facility.objects.get_or_create(
        slug=known.slug,
        defaults={
            "kind": FacilityKind.NURSERY,
            "name": known.name,
            "municipality": town,
            "operator": operator,
            "address": f"{number + 1} rue des Enfants (adresse fictive)",
            "postal_code": town.postal_codes[0],
            "latitude": town.latitude + known.north,
            "longitude": town.longitude + known.east,
            "phone": f"{FICTION}93{number:02d}",
            "email": operator.identity.email,
            # A real name with an invented address and telephone.
            "has_invented_data": True,
        },
    )
    by_operator = known.runs in (CONTRACT_HOLDER, CRADLES)
    return Nursery.objects.create(
        facility=facility,
        authority=authority,
        presentation=text(
            f"Accueil collectif de {known.size} enfants, du lundi au vendredi (fictif).",
            f"Krippe für {known.size} Kinder, Montag bis Freitag (fiktiv).",
            f"Nursery for {known.size} children, Monday to Friday (fictitious).",
        ),
        accepts_occasional=number % 3 == 0,
        waives_being_asked=known.runs == COMPANY,
        most_overshoot=115 if number % 5 == 0 else 100,
        guaranteed_places=max(1, known.size // 20),
        guaranteed_counted_by=CountedBy.OPERATOR if by_operator else CountedBy.NURSERY,
    )


def _fill(nursery: Nursery, known: Known, number: int, month: date, chance: Random) -> None:
    """Its capacity, with what it holds back, and children up to about nine tenths of it."""
    authorised = dict.fromkeys(HALF_DAYS, known.size) | {"wed_am": known.size - known.size // 6}
    authorised |= {"wed_pm": known.size - known.size // 4, "fri_pm": known.size - known.size // 5}
    sections: dict[str, int] = {Section.SMALL: known.size // 4, Section.MIDDLE: known.size // 3 + 1}
    NurseryOpening.objects.create(
        nursery=nursery,
        first_month=date(month.year - 1, 9, 1),
        authorised=authorised,
        sections=sections,
        adults=dict.fromkeys(HALF_DAYS, known.size // 5 + 1) if number % 3 == 1 else {},
        overshoot=110 if nursery.most_overshoot == 115 else 100,
    )
    held = 1 if number % 4 == 0 else 0
    if held:
        HeldBack.objects.create(
            nursery=nursery,
            purpose=Purpose.EMERGENCY if number % 8 == 0 else Purpose.INSERTION,
            places=held,
            first_month=month,
            last_month=_months_on(month, 5),
        )
    left = {day: places - held for day, places in authorised.items()}
    of_section = dict(sections)
    children = []
    for one in range(known.size * 2):
        week = chance.choices([days for days, _often in WEEKS], [often for _days, often in WEEKS])[0]
        age = chance.randint(4, 34)
        section = Section.SMALL if age < 15 else Section.MIDDLE if age < 24 else Section.BIG
        if of_section.get(section, 1) <= 0 or min(left[day] for day in week) <= 0:
            continue
        for day in week:
            left[day] -= 1
        if section in of_section:
            of_section[section] -= 1
        born = _months_on(month, -age)
        children.append(
            PresentChild(
                nursery=nursery,
                number=f"{number + 1:02d}-{one + 1:03d}",
                born=born,
                half_days=list(week),
                # Children of three leave before school begins.
                last_month=date(born.year + 3 + (born.month > 8), 8, 1) if one % 9 else _months_on(month, 2 + one % 5),
                is_guaranteed=one % 24 == 5,
            )
        )
    PresentChild.objects.bulk_create(children)


def _months_on(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def _build_calendar(authority: Operator, today: date) -> None:
    for weeks, fr, de, en in (
        (7, "Places libres de janvier à mars", "Freie Plätze von Januar bis März", "Free places from January to March"),
        (22, "Entrées de septembre", "Eintritte im September", "Entries in September"),
        (40, "Places restées libres", "Frei gebliebene Plätze", "Places that stayed free"),
    ):
        meets_on = today + timedelta(weeks=weeks, days=(1 - today.weekday()) % 7)
        CommissionMeeting.objects.create(
            authority=authority,
            meets_on=meets_on,
            files_until=meets_on - timedelta(days=21),
            about=text(f"{fr} (fictif)", f"{de} (fiktiv)", f"{en} (fictitious)"),
        )


def _build_towns() -> None:
    """Childminders everywhere, a relais in the ten largest towns; that of Bourtzwiller is known by its address."""
    rows = []
    for number, town in enumerate(Municipality.objects.order_by("-population", "slug")):
        has_relay = number < 10
        is_known = town.slug == "mulhouse"
        rows.append(
            TownChildcare(
                municipality=town,
                childminders=179 if is_known else max(2, town.population // 150),
                relay_name=""
                if not has_relay
                else "Relais petite enfance de Bourtzwiller"
                if is_known
                else f"Relais petite enfance, {town.name} (fictif)",
                relay_address=""
                if not has_relay
                else "117D rue des Romains, Mulhouse"
                if is_known
                else f"1 place de la Mairie (adresse fictive), {town.name}",
                relay_phone=f"{FICTION}94{number:02d}" if has_relay else "",
                has_invented_data=True,
            )
        )
    TownChildcare.objects.bulk_create(rows)
