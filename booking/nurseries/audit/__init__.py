"""Counts an answer again, from the contract of the allocation alone.

Nothing here is shared with `allocation`, not even a module of the house: a mistake made there is not made again here.
It counts with plain dictionaries, cell by cell, and walks each nursery once from the strongest right to the weakest.
"""

from booking.nurseries.audit.findings import findings

__all__ = ["findings"]
