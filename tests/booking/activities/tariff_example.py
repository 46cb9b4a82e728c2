"""The invented grid of the twelve examples: swimming school by quotient, aquagym, baby swimmers, a single aquabike."""

from datetime import date
from fractions import Fraction

from booking.activities.pricing import Because, Grid, Rate, Reduction, Residence, Row, Span, Status, Unit, Wish

OTHER, HERE = Residence.OTHER, Residence.TERRITORY
SCHOOL = (
    Row("ecole", Unit.YEAR, 6000, HERE, quotients=Span(0, 501)),
    Row("ecole", Unit.YEAR, 9000, HERE, quotients=Span(501, 1001)),
    Row("ecole", Unit.YEAR, 11800, HERE, quotients=Span(1001, 1501)),
    Row("ecole", Unit.YEAR, 14700, HERE, quotients=Span(1501)),
    Row("ecole", Unit.YEAR, 20600, OTHER),
)
AQUAGYM = (
    Row("aquagym", Unit.TERM, 8450, HERE, Status.FULL),
    Row("aquagym", Unit.TERM, 5915, HERE, Status.REDUCED),
    Row("aquagym", Unit.TERM, 11830, OTHER),
)
BABIES = (
    Row("bebes", Unit.TERM, 13000, ranks=Span(1, 2)),
    Row("bebes", Unit.TERM, 9000, ranks=Span(2, 3)),
    Row("bebes", Unit.TERM, 7500, ranks=Span(3)),
)
BIKE = (Row("aquabike", Unit.SESSION, 1200),)
EFFORT = (Row("effort", Unit.YEAR, Rate(Fraction(8, 100), 4000, 16000)),)
SIBLINGS = (
    Reduction(Because.SIBLING, 20, Span(2, 3), frozenset({"ecole"})),
    Reduction(Because.SIBLING, 30, Span(3), frozenset({"ecole"})),
)
SECOND = (Reduction(Because.SECOND_ACTIVITY, 10, Span(2), unit=Unit.TERM),)
GRID = Grid(
    "2026-2027 (fictif)",
    date(2026, 9, 1),
    "délibération fictive du 29 juin 2026",
    (*SCHOOL, *AQUAGYM, *BABIES, *BIKE, *EFFORT),
    (*SIBLINGS, *SECOND),
)
TODAY = date(2026, 11, 25)


def grid(step: int = 1) -> Grid:
    return Grid(GRID.version, GRID.valid_from, GRID.decision, GRID.rows, GRID.reductions, step)


def school(key: str = "a", quotient: int | None = None, **changes: object) -> Wish:
    known = {"member": key, "age": 8, "residence": HERE, "quotient": quotient, **changes}
    return Wish(key, code="ecole", unit=Unit.YEAR, **known)


def aquagym(key: str = "g", **changes: object) -> Wish:
    known = {"member": key, "age": 41, "residence": HERE, **changes}
    return Wish(key, code="aquagym", unit=Unit.TERM, **known)
