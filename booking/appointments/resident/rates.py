"""How often one may search, hold, book: what `booking.residents.limits` counts for this service."""

from booking.residents.limits import Limit

SEARCHES = Limit("recherche", 90, 1500, 60)


HOLDS = Limit("retenue", 30, 240, 600)


#: Generous for a library's reading room, far below what would fill a calendar with invented people in a day.
BOOKINGS = Limit("confirmation", 60, 240, 3600)


RESENDS = Limit("renvoi", 5, 60, 3600)


#: Places in the waiting list, by the day: who asks under many addresses must not fill the queue.
WAITS = Limit("attente", 5, 40, 86400)
