"""Municipalities, town halls and closures. Names, codes, populations and points are real; the rest is invented."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from config.demo import DATA
from config.demo.texts import text
from municipalities.enums import CoatPattern, FacilityKind, OperatorKind
from municipalities.models import Closure, Facility, Municipality, Operator
from municipalities.territory import load_territory, read_territory
from municipalities.wording import of_town

#: Terminals by town: the sum of 17 fits the territory, the share of each town is invented.
EQUIPPED = {
    "mulhouse": 7,
    "wittenheim": 2,
    "illzach": 2,
    "rixheim": 2,
    "wittelsheim": 1,
    "habsheim": 1,
    "brunstatt-didenheim": 2,
}

#: Where one may book first and add the pre-application number later; invented.
NUMBER_LATER = {"illzach", "wittenheim"}

#: Dark enough for white text (7:1 and more), far enough apart to be told one from the other.
COLOURS = ["#1f4e79", "#7a1f2b", "#1d5c3a", "#5a2d82", "#7a3e00", "#0b5563", "#8a1c5a", "#33415c", "#4b5320", "#6b2e1f"]
SECOND_COLOURS = ["#e8b54a", "#9cc5e8", "#f2d6b3", "#b9d8a8", "#e3b7c8", "#c9c3e6", "#f0e29a"]
#: Prefix of telephone numbers that the regulator keeps for fiction.
FICTION = "+3335301"


def load_municipalities() -> int:
    """Load the shipped file and dress each municipality. How many there are."""
    reading = read_territory((DATA / "m2a_communes.csv").read_bytes())
    load_territory(reading, apply=True, has_invented_data=True)
    municipalities = list(Municipality.objects.order_by("insee_code"))
    patterns = list(CoatPattern)
    for n, town in enumerate(municipalities):
        town.colour = COLOURS[n % len(COLOURS)]
        town.second_colour = SECOND_COLOURS[n % len(SECOND_COLOURS)]
        town.coat_pattern = patterns[n % len(patterns)]
        town.welcome_text = _welcome(town)
        town.opening_text = text(
            "Du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h (horaires fictifs).",
            "Montag bis Freitag, 8.30–12\u00a0Uhr und 13.30–17\u00a0Uhr (fiktive Zeiten).",
            "Monday to Friday, 8:30–12:00 and 13:30–17:00 (fictitious hours).",
        )
        town.address = f"1 place de la Mairie (fictif), {town.postal_codes[0]} {town.name}"
        town.phone = f"{FICTION}{n:04d}"
        town.email = f"mairie@{town.slug}.example"
        town.website = f"https://{town.slug}.example"
        town.sender_name = f"Mairie {of_town(town.name, 'fr')}"
        town.sender_email = f"rendez-vous@{town.slug}.example"
        town.takes_number_later = town.slug in NUMBER_LATER
        town.has_invented_data = True
        town.save()
    return len(municipalities)


def _welcome(town: Municipality) -> dict[str, str]:
    if town.slug in EQUIPPED:
        return text(
            f"Bienvenue à {town.name}. Vos papiers d’identité se demandent ici, ou dans la mairie la plus tôt libre du "
            "territoire. (texte fictif)",
            f"Willkommen in {town.name}. Ausweise beantragen Sie hier oder im Rathaus mit dem frühesten freien Termin. "
            "(fiktiver Text)",
            f"Welcome to {town.name}. Apply for identity papers here, or at whichever town hall is free first. "
            "(fictitious text)",
        )
    return text(
        f"Bienvenue à {town.name}. Notre mairie ne fait pas les cartes et passeports : prenez rendez-vous ici dans l’une "
        "des sept qui les font, toutes vous sont ouvertes. (texte fictif)",
        f"Willkommen in {town.name}. Unser Rathaus nimmt keine Ausweisanträge an: Buchen Sie hier einen Termin in einem der "
        "sieben Rathäuser, die Ausweise ausstellen, alle stehen Ihnen offen. (fiktiver Text)",
        f"Welcome to {town.name}. Our town hall does not take applications: book here at any of the seven town "
        "halls that do, all are open to you. (fictitious text)",
    )


def build_town_halls() -> list[Facility]:
    """One town hall per municipality, run by it."""
    made = []
    for n, town in enumerate(Municipality.objects.order_by("insee_code")):
        operator, _ = Operator.objects.get_or_create(
            name=f"Commune {of_town(town.name, 'fr')}",
            defaults={"kind": OperatorKind.MUNICIPALITY, "municipality": town},
        )
        facility, _ = Facility.objects.update_or_create(
            slug=f"mairie-{town.slug}",
            defaults={
                "kind": FacilityKind.TOWN_HALL,
                "name": f"Mairie {of_town(town.name, 'fr')}",
                "municipality": town,
                "operator": operator,
                "address": "1 place de la Mairie (adresse fictive)",
                "postal_code": town.postal_codes[0],
                "latitude": town.latitude,
                "longitude": town.longitude,
                "phone": f"{FICTION}{n:04d}",
                "email": town.email,
                "opening_text": town.opening_text,
                "access_text": text(
                    "Entrée sans marche, arrêt de bus devant la mairie (fictif).",
                    "Stufenloser Eingang, Bushaltestelle vor dem Rathaus (fiktiv).",
                    "Step-free entrance, bus stop in front of the town hall (fictitious).",
                ),
                "has_invented_data": True,
            },
        )
        made.append(facility)
    return made


@dataclass(frozen=True)
class Elsewhere:
    """A facility that stands in a town and is run by somebody else; its services are to come."""

    operator: str
    kind: OperatorKind
    facility: FacilityKind
    name: str
    slug: str
    town: str
    address: str


#: Who runs what without being a municipality. Their colours are dark enough for white text.
AGGLOMERATION = "Mulhouse Alsace Agglomération"
CONTRACT_HOLDER = "Fictive Enfance (délégataire fictif)"
#: Where they are written to: one of them may run pools and nurseries alike.
DOMAINS = {OperatorKind.AGGLOMERATION: "m2a.example", OperatorKind.CONTRACT_HOLDER: "delegataire.example"}
OTHERS = [
    Elsewhere(
        AGGLOMERATION,
        OperatorKind.AGGLOMERATION,
        FacilityKind.POOL,
        "Piscine du Canal (fictive)",
        "piscine-du-canal",
        "mulhouse",
        "2 quai du Canal (adresse fictive)",
    ),
    Elsewhere(
        CONTRACT_HOLDER,
        OperatorKind.CONTRACT_HOLDER,
        FacilityKind.NURSERY,
        "Crèche Les Petits Fictifs",
        "creche-les-petits-fictifs",
        "rixheim",
        "3 rue des Berceaux (adresse fictive)",
    ),
]


def build_others() -> list[Facility]:
    """A pool of the agglomeration and a contract holder's nursery: the towns they stand in have no say in them."""
    made = []
    for n, one in enumerate(OTHERS):
        domain = DOMAINS[one.kind]
        operator = Operator.objects.create(
            name=one.operator,
            kind=one.kind,
            colour=COLOURS[n + 3],
            address=one.address,
            phone=f"{FICTION}9{n:03d}",
            email=f"contact@{domain}",
            website=f"https://{domain}",
            sender_name=one.operator,
            sender_email=f"ne-pas-repondre@{domain}",
        )
        town = Municipality.objects.get(slug=one.town)
        made.append(
            Facility.objects.create(
                kind=one.facility,
                name=one.name,
                slug=one.slug,
                municipality=town,
                operator=operator,
                address=one.address,
                postal_code=town.postal_codes[0],
                latitude=town.latitude,
                longitude=town.longitude,
                phone=operator.phone,
                email=operator.email,
                has_invented_data=True,
            )
        )
    return made


def build_closures(today: date) -> None:
    """One of each kind: the territory's, a municipality's, a town hall's."""
    christmas_eve = date(today.year if today <= date(today.year, 12, 24) else today.year + 1, 12, 24)
    Closure.objects.create(
        period=_hours(christmas_eve, 12, 24),
        reason=text(
            "Les mairies ferment à midi la veille de Noël (fictif)",
            "Die Rathäuser schließen an Heiligabend mittags (fiktiv)",
            "Town halls close at noon on Christmas Eve (fictitious)",
        ),
    )
    Closure.objects.create(
        municipality=Municipality.objects.get(slug="illzach"),
        period=_hours(working_day(today, 9), 0, 24),
        reason=text("Journée de formation (fictif)", "Fortbildungstag (fiktiv)", "Staff training day (fictitious)"),
    )
    Closure.objects.create(
        facility=Facility.objects.get(slug="mairie-wittelsheim"),
        period=_hours(working_day(today, 6), 12, 24),
        reason=text("Travaux (fictif)", "Bauarbeiten (fiktiv)", "Building work (fictitious)"),
    )


def working_day(today: date, after: int) -> date:
    """The first Monday to Friday at least `after` days from today."""
    day = today + timedelta(days=after)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _hours(day: date, first: int, last: int) -> DateTimeTZRange:
    """That day from one full hour to another, by the local clock; 24 is the next midnight."""
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    end = (
        timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        if last == 24
        else timezone.make_aware(datetime.combine(day, time(last)))
    )
    return DateTimeTZRange(midnight + timedelta(hours=first), end, "[)")
