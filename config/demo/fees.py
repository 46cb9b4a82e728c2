"""Fiscal stamps that may be due. Amounts change: check them every year. Stated, never sold."""

from dataclasses import dataclass

from booking.appointments.enums import AgeGroup, Situation
from config.demo.texts import BOTH, CARD, PASSPORT, text
from municipalities.languages import Translated

RENEWAL, FIRST = Situation.RENEWAL, Situation.FIRST
LOSS, THEFT = Situation.LOSS, Situation.THEFT


@dataclass(frozen=True)
class FeeRow:
    code: str
    types: tuple[str, ...]
    cents: int
    label: Translated
    situations: tuple[Situation, ...] = ()
    ages: AgeGroup = AgeGroup.ANY


PAID = (RENEWAL, FIRST, LOSS, THEFT)
FEES = [
    FeeRow(
        "carte-perdue",
        (CARD, BOTH),
        2500,
        text("Carte perdue ou volée", "Verlorener oder gestohlener Personalausweis", "Lost or stolen identity card"),
        (LOSS, THEFT),
    ),
    FeeRow(
        "passeport-majeur",
        (PASSPORT, BOTH),
        8600,
        text("Passeport, majeur", "Reisepass, Erwachsene", "Passport, adult"),
        PAID,
        AgeGroup.ADULT,
    ),
    FeeRow(
        "passeport-15-17",
        (PASSPORT, BOTH),
        4200,
        text("Passeport, de 15 à 17 ans", "Reisepass, 15 bis 17 Jahre", "Passport, aged 15 to 17"),
        PAID,
        AgeGroup.FROM_15,
    ),
    FeeRow(
        "passeport-moins-15",
        (PASSPORT, BOTH),
        1700,
        text("Passeport, moins de 15 ans", "Reisepass, unter 15 Jahren", "Passport, under 15"),
        PAID,
        AgeGroup.UNDER_15,
    ),
]
