"""About what a place costs: an estimate between the two ends of the national scale, and labelled so. Pure.

The scale of the CNAF (« barème national des participations familiales »): a share of the month's resources for each
hour, by the number of children, between a floor and a ceiling of resources. Only the operator reckons the real one,
from the CAF's own figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: Floor and ceiling of a month's resources in cents, from January 2025 on.
FLOOR, CEILING = 80_100, 700_000
#: Millionths of a month's resources for an hour, by number of dependent children; the last for more.
RATES = (619, 516, 413, 310, 310, 310, 310, 206)
WEEKS, MONTHS = 52, 12
HOURS_OF_A_HALF_DAY = 5


@dataclass(frozen=True)
class Estimate:
    """Cents a month, from the lowest resources to the highest."""

    least: int
    most: int


def estimate(half_days: Sequence[str], dependent_children: int) -> Estimate:
    """For these half-days every week of the year."""
    rate = RATES[min(max(dependent_children, 1), len(RATES)) - 1]
    hours = len(half_days) * HOURS_OF_A_HALF_DAY * WEEKS / MONTHS
    return Estimate(*(round(resources * rate * hours / 1_000_000) for resources in (FLOOR, CEILING)))
