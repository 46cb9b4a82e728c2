"""A year at the pools' cash office: what last season's families paid, and what goes wrong in a year. All invented."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from booking.activities.enrolling.numbers import BASKET
from booking.activities.models import Basket, BasketState
from booking.payments import counter, credits, refunds
from booking.payments.charges import Line
from booking.payments.enums import CreditReason, Means
from booking.payments.models import CashOffice, Charge, Receipt
from booking.residents.models import Guardian, Household
from config.demo import cash
from config.demo.families import MAILBOX
from config.demo.texts import text
from municipalities.models import StaffMember
from municipalities.zone import ZONE

SALES, HOUSEHOLDS = 800, 300
#: At the counter in the last hours, so that the till has something to count, also when the day has just begun.
LATELY, HOURS = 6, timedelta(hours=3)
#: What was sold: tariff code, words of the line, cents; the prices are those of the domain's examples.
SOLD = (
    (
        "ecole",
        text(
            "École de natation, saison passée (fictif)",
            "Schwimmschule, letzte Saison (fiktiv)",
            "Swimming school, last season (made up)",
        ),
        (6000, 9000, 11800, 14700, 20600),
        5,
    ),
    (
        "aquagym",
        text("Aquagym, trimestre passé (fictif)", "Aquagym, letztes Quartal (fiktiv)", "Aquagym, last term (made up)"),
        (8450, 5915, 11830),
        4,
    ),
    (
        "bebes",
        text(
            "Bébés nageurs, trimestre passé (fictif)",
            "Babyschwimmen, letztes Quartal (fiktiv)",
            "Baby swimming, last term (made up)",
        ),
        (13000, 9000),
        2,
    ),
    (
        "aquabike",
        text("Aquabike, à la séance (fictif)", "Aquabike, einzelne Termine (fiktiv)", "Aquabike, by session (made up)"),
        (1200, 2400, 6000),
        3,
    ),
)
SECOND_CHILD = text(
    "Réduction, deuxième enfant (fictif)", "Ermäßigung, zweites Kind (fiktiv)", "Reduction, second child (made up)"
)
ACCOUNT = "70631"
#: The sample of the register of IBANs: it is nobody's.
IBAN = "FR1420041010050500013M02606"
#: Told to the family that signs in.
PAID_AGO = timedelta(days=40)


def build_year(
    now: datetime, seed: int, sold: Mapping[int, Sequence[cash.Sale]] | None = None, number: int = SALES
) -> int:
    """How many entries the journals have. Each sale is a paid basket, whose places are over.

    `sold` are those of this season, by office: a journal is written once, in the order of its days.
    """
    cashier = StaffMember.objects.get(email=cash.CASHIER)
    accountant = StaffMember.objects.get(email=cash.ACCOUNTANT)
    chance = random.Random(seed)
    households = Household.objects.bulk_create([Household(active_on=now.date()) for _ in range(HOUSEHOLDS)])
    known = Guardian.objects.get(email=MAILBOX).household
    written = 0
    for office in CashOffice.objects.filter(has_invented_data=True).order_by("pk"):
        chosen = [*(chance.choice(households) for _ in range(number)), known]
        moments = [*_moments(chance, now, number), now - PAID_AGO]
        baskets = Basket.objects.bulk_create(
            [
                Basket(office=office, household=household, state=BasketState.PAID, opened_at=at)
                for household, at in zip(chosen, moments, strict=True)
            ],
            batch_size=cash.BATCH,
        )
        sales = [_sale(chance, basket, cashier, now) for basket in baskets] + list((sold or {}).get(office.pk, ()))
        written += cash.write(office, sales, seed=seed, today=(now - HOURS).astimezone(ZONE).date())
        _what_goes_wrong(office, known, cashier, accountant, now)
    return written


def _moments(chance: random.Random, now: datetime, number: int) -> Iterator[datetime]:
    """Half of them in September, the others on any day; the last six within the last three hours."""
    today = now.astimezone(ZONE).date()
    september = date(today.year if today > date(today.year, 9, 30) else today.year - 1, 9, 1)
    for place in range(number):
        if place >= number - LATELY:
            yield now - timedelta(minutes=chance.randrange(5, 170))
            continue
        day = today - timedelta(days=chance.randrange(1, 365))
        if chance.random() < 0.5:
            day = september + timedelta(days=chance.randrange(30))
        yield datetime.combine(day, time(chance.randrange(9, 19), chance.randrange(60)), ZONE)


def _sale(chance: random.Random, basket: Basket, cashier: StaffMember, now: datetime) -> cash.Sale:
    code, label, prices, _weight = chance.choices(SOLD, [row[3] for row in SOLD])[0]
    lines = [Line(label, chance.choice(prices), "activities", code, ACCOUNT)]
    if chance.random() < 0.2:
        lines.append(Line(SECOND_CHILD, -lines[0].cents // 5, "activities", code, ACCOUNT))
    cents = sum(line.cents for line in lines)
    is_now = now - basket.opened_at < HOURS
    means, by = ([(Means.CASH, cents)], cashier) if is_now else cash.paid_by(chance, cents, cashier)
    return cash.Sale(BASKET, basket.pk, basket.household_id, lines, basket.opened_at, means, by)


def _what_goes_wrong(
    office: CashOffice, known: Household, cashier: StaffMember, accountant: StaffMember, now: datetime
) -> None:
    """By the actions that staff take: a cheque that the bank returned, a lesson called off, money that is wanted back."""
    cheques = Receipt.objects.filter(office=office, parts__means=Means.CHEQUE).order_by("-number")
    returned = cheques.first()
    if returned is not None:
        counter.take_back(receipt_id=returned.pk, by=accountant, now=now - timedelta(hours=2))
    mine = Charge.objects.filter(office=office, household=known).latest("created_at")
    credits.issue_credit(charge=mine, cents=1000, reason=CreditReason.CALLED_OFF, by=cashier, now=now)
    other = Charge.objects.filter(office=office, settled_at__lt=now - timedelta(days=2)).exclude(household=known)
    paid = other.filter(state="settled", cents__gte=5000).latest("created_at")
    note = credits.issue_credit(charge=paid, cents=2400, reason=CreditReason.CANCELLED, by=accountant, now=now)
    refunds.ask_refund(note_id=note.pk, holder="Odile Fictive (fictif)", iban=IBAN, now=now)
